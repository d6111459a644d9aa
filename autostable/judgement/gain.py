"""Does a plan change the state of a training? Not by its training loss alone."""

from __future__ import annotations

import dataclasses
import math

from autostable.judgement import levels
from autostable.judgement.statements import Statement, no, unknown, yes


@dataclasses.dataclass(frozen=True)
class Score:
    """How good a model is on some rows.

    Attributes:
        loss: Its own loss there.
        calibrated: Its skill in the calibrated measure (`calibrated.Calibrated.skill`).
        skill: Its skill in its own loss (`dummy.skill`); 0 where a constant is as good and no figure is known.
        value: Its accuracy, AUC or R2, not calibrated.
    """

    loss: float | None = None
    calibrated: float | None = None
    skill: float | None = None
    value: float | None = None


@dataclasses.dataclass(frozen=True)
class Measured:
    """A trained model, measured.

    Attributes:
        trained: On rows that it was trained on.
        unseen: On others: validation data, or rows kept back from baseline and plan alike.
    """

    trained: Score = Score()
    unseen: Score | None = None


@dataclasses.dataclass(frozen=True)
class Unit:
    """What a gain is counted in.

    Attributes:
        constant: Loss of the best constant prediction; counts only where it is positive.
        reference: Calibrated skill of a reference that is surely above the constant; gains are in REACH then.
        same_loss: Baseline and plan have the same loss on the same rows at the same scale.
        in_figures: The loss itself is at fault, so gains are those in the figures that people know.
    """

    constant: float | None = None
    reference: float | None = None
    same_loss: bool = True
    in_figures: bool = False


def gain(before: Score, after: Score, unit: Unit) -> float | None:
    """How much better `after` is: in the constant's loss, else in REACH, else in skill; None if unknown.

    Skill is calibrated; where targets are of a kind that knows no calibration (masks, sequences) it is that of each own loss.
    """
    if unit.in_figures and before.value is not None and after.value is not None:
        return after.value - before.value
    constant = unit.constant
    first, second = before.loss, after.loss
    if unit.same_loss and constant is not None and constant > 0 and first is not None and second is not None:
        if not math.isfinite(second):
            return -math.inf
        return (first - second) / constant if math.isfinite(first) else math.inf
    if before.calibrated is None or after.calibrated is None:
        return None if before.skill is None or after.skill is None else after.skill - before.skill
    whole = unit.reference if unit.reference is not None and unit.reference > 0 else 1.0
    return (after.calibrated - before.calibrated) / whole


def got_worse(baseline: Measured, plan: Measured, unit: Unit) -> bool:
    """Whether unseen rows got worse by half of DELTA: nothing of that kind is called repaired."""
    if baseline.unseen is None or plan.unseen is None:
        return False
    found = gain(baseline.unseen, plan.unseen, unit)
    return found is not None and found <= -levels.DELTA / 2


def changes_state(
    baseline: Measured, plan: Measured, unit: Unit, *, holds: Statement, was_bounded: bool, vouched: bool
) -> Statement:
    """Whether a plan cures: what failed holds under it, and there is something gained.

    Args:
        baseline: The training as it was.
        plan: The training under the plan.
        unit: What gains are counted in.
        holds: The statement that failed, under the plan.
        was_bounded: The baseline was finite and bounded, and its loss read all of its targets. One that was not is cured when
            it is so again: targets that nothing predicts leave nothing to gain.
        vouched: The reference says that there is something to learn, so rows that were trained on will do.
    """
    if not holds.yes:
        return no(holds.figure, holds.why) if holds.no else unknown("what failed cannot be told under the plan")
    if got_worse(baseline, plan, unit):
        return no(gain(baseline.unseen or Score(), plan.unseen or Score(), unit), "unseen rows got worse")
    if not was_bounded:
        return yes(holds.figure, "bounded again")
    if baseline.unseen is not None and plan.unseen is not None:
        return _enough(gain(baseline.unseen, plan.unseen, unit))
    if vouched:
        found = gain(baseline.trained, plan.trained, unit)
        # of a step of the user's own nothing may be known but its signal, which was not there and is now
        return yes(holds.figure, "what failed holds") if found is None else _enough(found)
    return unknown("no unseen rows, and nobody vouches for those trained on")


def _enough(found: float | None) -> Statement:
    if found is None:
        return unknown("there is no figure to compare by")
    return yes(found) if found >= levels.DELTA else no(found)


def as_good(smaller: Measured, larger: Measured, unit: Unit) -> bool:
    """Whether the smaller or milder of two cures is a tie with the other: it is no worse by half of DELTA.

    Unseen rows count where both have them.
    """
    if smaller.unseen is not None and larger.unseen is not None:
        found = gain(smaller.unseen, larger.unseen, unit)
    else:
        found = gain(smaller.trained, larger.trained, unit)
    return found is not None and found < levels.DELTA / 2
