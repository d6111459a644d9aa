"""From what was seen of one output to its statements, and to the record that reports keep. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from autostable.judgement import bounds, course, dummy, figures, levels, reference, signal
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.kinds import Kind, scores_of, targets_of
from autostable.judgement.reference import Reference
from autostable.judgement.signal import Signal, Still
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Judgement, Statements
from autostable.records import Astray, Learning


@dataclasses.dataclass(frozen=True)
class Seen:
    """What was seen of one output of a model at rest.

    Attributes:
        rows: Rows that were looked at.
        loss: The training's own loss as used, of all outputs together.
        signal: The permutation test of this output's target.
        still: Why shuffling moves nothing, where it does not.
        perfect: The signal of perfect predictions; None where targets are no numbers.
        plain: The signal of the best plain model's own predictions; None where none was fitted.
        constant: The loss of the best constant in this output's place; None where it is not known.
        kind: Of the targets; None where a plain model does not apply.
        network: The calibrated measure.
        reference: The best plain model that was fitted; None where none was.
        own: The loss of the network, and of the reference's calibrated predictions in its place.
        one_class: All targets are equal, and the loss is one for classes.
        cut: The loss cuts its targets to whole numbers, which not all of them are.
        logits: The loss wants logits, and is given shares: answers beyond 0 and 1 cost next to nothing, perfect shares do not.
        turned: Answers that are all wrong cost less than those that are all right.
        beyond: Right answers cost nothing, those that go beyond the targets less than nothing, and the answers do.
        one_sided: One answer for every row costs no more than all the right ones.
        copies: Each target is what the model is shown at its step, and no answer depends on later steps.
        peeks: Each target is what the model is shown at the next step, and its answers depend on later steps.
        astray: Targets that are surely in another unit, or have wrapped around; None where that is not so.
        trained: Of a step that normalises by batches the loss in training, on the same batches; None of others.
        silent: Classes that are never the answer, columns that never move (see `parts`); `missed` those that a plain model has.
        floor: The loss of the targets themselves, brought into the range of the output; None where it gives any number.
        figure: Name of the figure that people know it by, the network's value, the reference's.
    """

    rows: int
    loss: float
    signal: Signal
    still: Still | None = None
    perfect: Signal | None = None
    plain: Signal | None = None
    constant: float | None = None
    kind: Kind | None = None
    network: Calibrated | None = None
    reference: Reference | None = None
    own: tuple[float, float] | None = None
    figure: tuple[str, float | None, float | None] | None = None
    one_class: bool = False
    cut: bool = False
    logits: bool = False
    turned: bool = False
    beyond: bool = False
    one_sided: bool = False
    copies: bool = False
    peeks: bool = False
    astray: Astray | None = None
    trained: float | None = None
    silent: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    floor: float | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether a part of it is silent, and no plain model has told it yet."""
        return bool(self.silent) and not self.missed


def statements(seen: Seen, losses: Sequence[float], *, bounded: Statement, steps: int | None = None) -> Statements:
    """All that can be said of one output.

    Args:
        seen: What was seen of it.
        losses: Of all steps, or of all epochs, oldest first.
        bounded: Whether the course is.
        steps: How many steps there were, if these are not their losses.
    """
    skill = dummy.statement(seen.loss, seen.constant)
    best = next((one for one in (seen.perfect, seen.plain) if one is not None and not one.passes), seen.perfect)
    told = signal.statement(seen.signal, best=best, still=seen.still)
    found = _finds(seen)
    falling = course.still_falling(
        losses, wanted(seen, skill), used=seen.loss, steps=steps, slackens=found.yes or _far_above(seen),
        constant=seen.constant,
    )  # fmt: skip
    return Statements(
        finite=yes() if seen.loss == seen.loss else unknown(),
        bounded=bounded,
        endless=bounds.endless(losses),
        within=bounds.within(seen.loss, seen.constant, falling),
        blind=signal.blind(seen.signal, seen.still),
        signal=signal.learnt(told, course.lower(losses), skill),
        skill=skill,
        finds=found,
        reach=_reach(seen),
        parts=_parts(seen),
        fits=_fits(seen),
        falling=falling,
        one_class=seen.one_class,
        cut=seen.cut,
        turned=seen.turned,
        beyond=seen.beyond,
        one_sided=seen.one_sided,
        copies=seen.copies,
        peeks=seen.peeks,
        astray=seen.astray is not None,
        lost=_lost(seen, losses),
        partial=_partial(seen, skill, losses),
        constant_output=seen.still in (Still.CONSTANT_OUTPUT, Still.DROWNED),
        stuck=seen.still is Still.CONSTANT_OUTPUT,
        short=_short(seen),
    )


def _lost(seen: Seen, losses: Sequence[float]) -> bool:
    """Whether what a step has learnt is not in the averages that its model is used with."""
    start, _ = course.ends(losses)
    return (
        seen.trained is not None
        and start is not None
        and seen.trained < start <= seen.loss
        and course.lower(losses).yes
    )


def _far_above(seen: Seen) -> bool:
    """Whether the loss is more than twice a constant's: a straight line is no excuse there.

    Nor is it where something is to be had; else (targets that nothing predicts, a likelihood on its way to a constant's) it is.
    """
    return seen.constant is not None and seen.loss - seen.constant > (levels.TWICE - 1.0) * abs(seen.constant)


def wanted(seen: Seen, skill: Statement) -> float | None:
    """The loss that would end all doubt: that of a constant, or what the limit of REACH comes to where that is passed."""
    if seen.constant is None:
        return None
    if skill.yes and seen.constant > 0 and seen.reference is not None and seen.reference.sure:
        return seen.constant * (1 - levels.REACH * seen.reference.skill)
    return seen.constant


def needs_reference(seen: Seen, told: Statements) -> bool:
    """Whether a plain model could change what is said: one that reaches everything would still be reached far enough."""
    if seen.kind is None:
        return False
    far = seen.network is not None and seen.network.skill >= levels.REACH
    far = far and told.signal.yes and not told.skill.no and not (told.contradiction and told.partial)
    return not far or seen.in_doubt


def learning(seen: Seen, judgement: Judgement, told: Statements) -> Learning:
    """The record of one output."""
    figure, value, plain = seen.figure or (None, None, None)
    finds = seen.reference
    return Learning(
        state=judgement.state, reason=judgement.reason.code, output=judgement.output,
        rows=seen.rows, loss=_number(seen.loss), constant=_number(seen.constant), signal=_number(seen.signal.z),
        skill=_number(told.skill.figure), calibrated=None if seen.network is None else seen.network.skill,
        reach=None if seen.network is None else reference.reach(seen.network.skill, finds), figure=figure, value=value,
        plain=plain, model=None if finds is None else str(finds.model),
        plain_calibrated=None if finds is None or not finds.sure else finds.skill,
    )  # fmt: skip


def figure_of(
    kind: Kind | None, targets: Any, outputs: Any, found: Reference | None
) -> tuple[str, float | None, float | None] | None:
    """Accuracy, AUC (one class rarer than one in ten) or R2 of network and plain model."""
    if kind is None:
        return None
    wanted = targets_of(kind, targets)
    ours = figures.figures(kind, wanted, scores_of(kind, outputs))
    theirs = None
    if found is not None and len(found.predictions) == len(wanted):
        theirs = figures.figures(kind, wanted, found.predictions)
    if kind is Kind.NUMBER:
        return "R2", ours.r2, None if theirs is None else theirs.r2
    rare = ours.auc is not None and float(min(wanted.mean(), 1 - wanted.mean())) < levels.TENTH
    if rare:
        return "AUC", ours.auc, None if theirs is None else theirs.auc
    return "accuracy", ours.accuracy, None if theirs is None else theirs.accuracy


def _finds(seen: Seen) -> Statement:
    if seen.reference is None and seen.kind is not None and seen.network is not None:
        # it was not asked: the network itself shows that there is something
        if seen.network.skill >= levels.REACH:
            return yes(seen.network.skill, "the network itself has found it")
        return unknown("no plain model was fitted")
    return reference.finds(seen.reference)


def _reach(seen: Seen) -> Statement:
    if seen.reference is None and seen.network is not None and seen.network.skill >= levels.REACH:
        return yes(seen.network.skill, "no plain model reaches more than all there is")
    return reference.statement(seen.network, seen.reference, own=acquitting(seen))


def _short(seen: Seen) -> bool:
    """Whether the network is below its limit, be that chance or not."""
    share = None if seen.network is None else reference.reach(seen.network.skill, seen.reference)
    own = acquitting(seen)
    return share is not None and share < levels.REACH and not (own is not None and own[0] <= own[1])


def uninformed(seen: Seen, start: float | None) -> float | None:
    """What it costs to know nothing, where no constant can be asked: the lesser of the first steps and of pairs mixed up.

    Args:
        seen: What was seen of the output.
        start: Mean loss of the first steps.
    """
    known = [each for each in (start, seen.signal.mean) if each is not None and math.isfinite(each)]
    return seen.constant if seen.constant is not None else min(known, default=None)


def _partial(seen: Seen, skill: Statement, losses: Sequence[float]) -> bool:
    """Whether less than REACH of all there is was learnt; of numbers as they are given: a map that is off may be the fault."""
    known = skill.figure if seen.network is None else seen.network.skill
    if seen.kind is Kind.NUMBER and seen.figure is not None:
        known = seen.figure[1]
    if known is None:
        known = dummy.skill(seen.loss, uninformed(seen, course.means(losses)[0]))
    return known is not None and known < levels.REACH


def _parts(seen: Seen) -> Statement:
    """Whether nothing is left out that a plain model tells."""
    if seen.missed:
        return no(float(len(seen.missed)))
    return unknown("no plain model tells it") if seen.silent else yes()


def _fits(seen: Seen) -> Statement:
    """Whether the best that the output can give is near the targets, in parts of what a constant is off by."""
    if seen.floor is None or seen.constant is None or seen.constant <= 0:
        return unknown("the output may give any number")
    share = seen.floor / seen.constant
    return no(share) if share >= levels.DELTA else yes(share)


def acquitting(seen: Seen) -> tuple[float, float] | None:
    """The own losses of network and plain model, where these can acquit the network: the loss has to tell them from a constant.

    One that reads nothing, or that compares every row with every other, is about the same for all of them.
    """
    near = seen.constant is not None and seen.constant - seen.loss < levels.DELTA * abs(seen.constant)
    return None if seen.signal.moves_nothing or near else seen.own


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)
