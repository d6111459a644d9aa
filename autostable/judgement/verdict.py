"""The table of how a training is judged, row by row: statements in, state and reason out."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Sequence

from autostable.judgement import levels
from autostable.judgement.statements import Statement, yes
from autostable.records import State


class Goal(enum.StrEnum):
    """What a training is held to."""

    HEALTHY = "healthy"
    FINITE = "finite"


class Reason(enum.Enum):
    """The row of the table that decided."""

    NOT_FINITE = "not finite"
    NOT_BOUNDED = "not bounded"
    ABOVE_CONSTANT = "far above a constant"
    ENDLESS = "falls without end"
    BLIND_LOSS = "blind loss"
    ONE_CLASS = "one class"
    CUT = "labels cut to whole numbers"
    TURNED = "a loss the wrong way round"
    BEYOND = "answers beyond the targets pay"
    ONE_SIDED = "one answer for all is as good"
    COPIES = "copies what it is shown"
    PEEKS = "is shown what it is to foretell"
    ASTRAY = "learnt from targets that are not what they say"
    LOST_IN_USE = "lost as it is used"
    NO_SIGNAL = "no signal"
    NO_SKILL = "no better than a constant"
    FAULT = "a plain fault and nothing found"
    NOTHING_TO_FIND = "nothing found"
    SKILL_IN_DOUBT = "signal without skill"
    SHORT_REACH = "beaten by a plain model"
    SHORT_OF_PEERS = "beaten by other trials"
    PART_MISSED = "a part is never told"
    OUT_OF_REACH = "targets that the output cannot give"
    LITTLE = "little learnt, and a fault"
    PARTLY = "learnt in part, and a contradiction"
    COPIED_UNITS = "units that are one"
    WORSE_AS_USED = "worse as it is used"
    STILL_FALLING = "still falling"
    UNDECIDED = "too few steps"
    STANDS_STILL = "no gradient left"
    ONLY_BOUNDED = "only bounded can be told"
    BY_HEART = "learnt by heart"
    GOAL_MET = "finite, as asked"
    LEARNT = "learnt"

    @property
    def code(self) -> str:
        """As reports have it: "not-finite"."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, code: str) -> Reason | None:
        """The row that has this code; None of one that only another version knows."""
        return cls.__members__.get(code.upper().replace("-", "_"))


@dataclasses.dataclass(frozen=True)
class Statements:
    """All that can be said of one output of a training.

    Attributes:
        finite: No NaN or Inf where it matters.
        bounded: By its own start and its own best.
        endless: The loss falls below zero without end.
        within: By twice the loss of the best constant.
        blind: The loss is blind: it does not read which target belongs to which row.
        signal: The network tells true pairs from shuffled ones, and has learnt that (`signal.learnt`).
        skill: It is better than the best constant.
        finds: A plain model finds something in these inputs; cannot be told where none applies.
        reach: The network is not surely below its limit of what the plain model reaches.
        peers: It is not surely below its limit of what the best other trial of its sweep reaches on the same unseen rows.
        parts: No class and no column is left out that a plain model tells.
        fits: What its output can give at all comes near enough to the targets.
        used: As it is used it is as good as its training shows; asked where averages lag.
        falling: It is still falling.
        unseen: It has signal on rows that were not trained on; never makes a training sick.
        one_class: All labels are equal: there is nothing to tell apart.
        cut: Labels that differ are one to the loss, for it cuts them to whole numbers: blind to a part of what it is given.
        partial: Less than the limit of REACH of all there is was learnt, in the figures that people know.
        contradiction: A plain fault that no training is sound with, whatever it learns.
        turned: The loss is least where every answer is wrong.
        beyond: The loss falls without end for answers that go beyond the targets, and the answers do.
        one_sided: One answer for every row costs no more than all the right ones.
        peeks: Each target is what the model is shown one step later, and its answers depend on that: in use it is not there.
        copies: Each target is among what the model is shown at its step, and it looks no further ahead: it need only copy.
        astray: Some of its targets are surely in another unit, or have wrapped around: what it says of such rows is wrong.
        lost: As it is used its loss is no lower than at its start, though in training it is.
        plain_fault: A wrong output for the loss, labels out of range, raw inputs, an outlier, a schedule that is over.
        constant_output: The output is the same for all rows, or as good as that.
        stuck: It is the very same for all rows: dead units do not come back by themselves.
        short: It is below its limit of what the plain model reaches, if not surely so, and its own loss does not acquit it.
        still: The last gradients are all exactly zero, though the loss is not: nothing will move any more.
        copied: Units of a layer are copies of one another still: they began equal, and no gradient tells them apart.
    """

    finite: Statement = Statement()
    bounded: Statement = Statement()
    endless: Statement = Statement()
    within: Statement = Statement()
    blind: Statement = Statement()
    signal: Statement = Statement()
    skill: Statement = Statement()
    finds: Statement = Statement()
    reach: Statement = Statement()
    peers: Statement = Statement()
    parts: Statement = Statement()
    fits: Statement = Statement()
    used: Statement = Statement()
    falling: Statement = Statement()
    unseen: Statement = Statement()
    one_class: bool = False
    cut: bool = False
    turned: bool = False
    beyond: bool = False
    one_sided: bool = False
    copies: bool = False
    peeks: bool = False
    astray: bool = False
    lost: bool = False
    partial: bool = False
    contradiction: bool = False
    plain_fault: bool = False
    constant_output: bool = False
    stuck: bool = False
    short: bool = False
    still: bool = False
    copied: bool = False

    @property
    def by_name(self) -> Mapping[str, Statement]:
        """As reports have them: all statements, and of what is a fault by being seen what was seen."""
        found: dict[str, Statement] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Statement):
                figure = None if value.figure is None else float(value.figure)  # which may be a number of NumPy's
                found[field.name] = Statement(value.answer, figure, str(value.why))
            elif value:
                found[field.name] = yes()
        return found


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What a training is, by which row of the table, and in which output (counted from 0)."""

    state: State
    reason: Reason
    output: int = 0


_SICK = {
    Reason.NOT_FINITE,
    Reason.NOT_BOUNDED,
    Reason.ABOVE_CONSTANT,
    Reason.ENDLESS,
    Reason.BLIND_LOSS,
    Reason.ONE_CLASS,
    Reason.CUT,
    Reason.TURNED,
    Reason.BEYOND,
    Reason.ONE_SIDED,
    Reason.COPIES,
    Reason.PEEKS,
    Reason.ASTRAY,
    Reason.LOST_IN_USE,
    Reason.NO_SIGNAL,
    Reason.NO_SKILL,
    Reason.STANDS_STILL,
}
_SUSPECT = {
    Reason.FAULT,
    Reason.SKILL_IN_DOUBT,
    Reason.SHORT_REACH,
    Reason.SHORT_OF_PEERS,
    Reason.PART_MISSED,
    Reason.OUT_OF_REACH,
    Reason.LITTLE,
    Reason.PARTLY,
    Reason.COPIED_UNITS,
    Reason.WORSE_AS_USED,
}


_FROM_GOOD_TO_BAD = tuple(State)


def state_of(reason: Reason) -> State:
    """The state that a row of the table gives."""
    return State.SICK if reason in _SICK else State.SUSPECT if reason in _SUSPECT else State.HEALTHY


def judge(outputs: Sequence[Statements], goal: Goal = Goal.HEALTHY) -> Judgement:
    """The worst of all outputs; the first of equals.

    Raises:
        ValueError: If there is no output.
    """
    if not outputs:
        raise ValueError("a training has at least one output")
    reasons = [reason_of(output, goal) for output in outputs]
    worst = max(range(len(reasons)), key=lambda index: (_FROM_GOOD_TO_BAD.index(state_of(reasons[index])), -index))
    return Judgement(state_of(reasons[worst]), reasons[worst], worst)


def state(statements: Statements, goal: Goal = Goal.HEALTHY) -> State:
    """What a training with one output is."""
    return state_of(reason_of(statements, goal))


def reason_of(s: Statements, goal: Goal = Goal.HEALTHY) -> Reason:
    """The row of the table that decides about one output."""
    if s.finite.no:
        return Reason.NOT_FINITE
    if s.bounded.no:
        return Reason.NOT_BOUNDED
    if goal is Goal.FINITE:
        return Reason.GOAL_MET
    if (s.fits.figure or 0.0) > levels.TWICE:
        return Reason.ABOVE_CONSTANT  # and will be: the best that the output can give is
    if s.within.no or (s.plain_fault and (s.within.figure or 0.0) > levels.TWICE):
        return Reason.ABOVE_CONSTANT  # a fault that shows by itself does not heal by itself, falling or not
    if s.endless.yes and s.plain_fault:
        return Reason.ENDLESS
    if s.blind.yes:
        return Reason.BLIND_LOSS
    if s.one_class:
        return Reason.ONE_CLASS
    if s.cut:
        return Reason.CUT
    if s.turned:
        return Reason.TURNED
    if s.beyond:
        return Reason.BEYOND
    if s.one_sided:
        return Reason.ONE_SIDED
    if s.copies:
        return Reason.COPIES
    if s.peeks:
        return Reason.PEEKS
    if s.astray:
        return Reason.ASTRAY
    if s.lost:
        return Reason.LOST_IN_USE
    return _failed(s) or _passed(s)


def _failed(s: Statements) -> Reason | None:
    """What was not learnt though it could be; None where nothing of that kind can be said."""
    if s.finds.no and not s.peers.no:
        found_nothing = s.signal.no or s.skill.no or (s.signal.unknown and not _clear(s.skill))
        if found_nothing and s.used.no:
            return Reason.WORSE_AS_USED  # its training did find something
        if found_nothing and s.still:
            return Reason.STANDS_STILL  # a network that cannot move would have found nothing anywhere
        return None if not found_nothing else _nothing_found(s)
    reason = _unlearnt(s)
    if reason in (Reason.WORSE_AS_USED, Reason.OUT_OF_REACH, Reason.STANDS_STILL):  # falling on does not help
        return reason
    if reason is None or s.falling.no or s.plain_fault or s.stuck:  # what shows by itself does not heal by itself
        return reason
    return Reason.STILL_FALLING if s.falling.yes else Reason.UNDECIDED


def _unlearnt(s: Statements) -> Reason | None:
    if s.signal.no:
        return Reason.NO_SIGNAL
    if s.finds.yes and (s.skill.no or _next_to_nothing(s)):
        return Reason.NO_SKILL
    if s.skill.no and s.signal.yes:
        return Reason.SKILL_IN_DOUBT
    if s.reach.no:
        return Reason.STANDS_STILL if s.still else Reason.SHORT_REACH
    if s.peers.no:
        return Reason.SHORT_OF_PEERS
    if s.parts.no:
        return Reason.PART_MISSED
    if s.fits.no:
        return Reason.OUT_OF_REACH
    return Reason.WORSE_AS_USED if s.used.no else None


def _clear(skill: Statement) -> bool:
    """Whether skill speaks for itself where signal cannot be told: half of all blind guesses lie a little above nothing."""
    return skill.yes and (skill.figure is None or skill.figure >= levels.DELTA)


def hardly(skill: Statement) -> bool:
    """Whether a skill is known, and next to none: what DELTA would have to be gained of."""
    return skill.figure is not None and skill.figure < levels.DELTA


def _next_to_nothing(s: Statements) -> bool:
    """Whether less than DELTA was learnt, of the constant's loss and surely of what a plain model makes of the same data."""
    return s.reach.no and s.reach.figure is not None and s.reach.figure < levels.DELTA and hardly(s.skill)


def _nothing_found(s: Statements) -> Reason:
    return Reason.FAULT if s.plain_fault or s.constant_output else Reason.NOTHING_TO_FIND


def _passed(s: Statements) -> Reason:
    if not (s.signal.yes or _clear(s.skill) or s.reach.yes):
        return Reason.STANDS_STILL if s.still else Reason.ONLY_BOUNDED
    if s.plain_fault and hardly(s.skill):
        return Reason.LITTLE
    if s.plain_fault and s.short:
        return Reason.SHORT_REACH  # few rows are never sure; beside a fault it is enough that they say so
    if s.contradiction and s.partial:
        return Reason.PARTLY
    if s.copied:
        return Reason.COPIED_UNITS
    return Reason.BY_HEART if s.unseen.no else Reason.LEARNT


def words(reason: Reason) -> str:
    """The sentence of a report."""
    return _WORDS[reason]


# fmt: off
_WORDS = {
    Reason.NOT_FINITE: "NaN or Inf was seen",
    Reason.NOT_BOUNDED: "the loss is not bounded: it left its own start, or gave back what it had reached",
    Reason.ABOVE_CONSTANT: "the loss ends above twice that of a constant prediction, and is not on its way down",
    Reason.ENDLESS: "the loss falls below zero without end, and there is a plain fault: it measures nothing",
    Reason.BLIND_LOSS: "the loss does not read which target belongs to which row: it is as good with the targets shuffled",
    Reason.ONE_CLASS: "all labels are equal, as the loss reads them: there is nothing to tell apart",
    Reason.CUT: "the loss cuts the labels to whole numbers, so that labels that differ are one to it",
    Reason.TURNED: "the loss is least where every answer is wrong: it is a score, which is best where it is largest",
    Reason.BEYOND: "answers that go beyond the targets make the loss ever smaller, and the answers do",
    Reason.ONE_SIDED: "one answer for every row costs no more than all the right ones: the loss asks for nothing else",
    Reason.PEEKS: "each target is what the model is shown one step later, and it looks there: in use it will not be there",
    Reason.COPIES: "each target is what the model is shown at the same step: it copies, and has nothing to foretell",
    Reason.ASTRAY: "some targets are in another unit or have wrapped around: what was learnt of such rows is wrong",
    Reason.LOST_IN_USE: "as the model is used its loss is no lower than at its start, though in training it is",
    Reason.NO_SIGNAL: "nothing was learnt: the loss is as good with the targets shuffled among the rows",
    Reason.NO_SKILL: "nothing of use was learnt: a constant prediction is as good, yet a plain model finds something",
    Reason.FAULT: "nothing was learnt, and there is a plain fault; a plain model finds nothing in these inputs either",
    Reason.NOTHING_TO_FIND: "nothing in these inputs tells of the targets; neither this network nor a plain model found it",
    Reason.SKILL_IN_DOUBT: "something was learnt, but a constant prediction is as good",
    Reason.SHORT_REACH: "a plain model reaches more on rows that it has not seen than this network on its own",
    Reason.SHORT_OF_PEERS: "other trials of this sweep reach far more on the same validation data",
    Reason.PART_MISSED: "a class is never the answer, or a column never moves, that a plain model tells",
    Reason.OUT_OF_REACH: "a good part of the targets lies beyond what the last activation can give",
    Reason.LITTLE: "hardly anything was learnt, and there is a plain fault",
    Reason.PARTLY: "something was learnt, but far from all, and there is a fault that no training is sound with",
    Reason.COPIED_UNITS: "something was learnt, but units of a layer are copies of one another: they never parted",
    Reason.WORSE_AS_USED: "the model is far worse as it is used than its training shows: averages that it keeps lag behind",
    Reason.STILL_FALLING: "not far yet, but still falling: at its pace it gets there within as many steps again",
    Reason.UNDECIDED: "not far yet; of so few steps it cannot be told whether the loss still falls",
    Reason.STANDS_STILL: "nothing moves any more: all gradients are zero, though the loss is not",
    Reason.ONLY_BOUNDED: "finite and bounded; whether it learns is not known",
    Reason.BY_HEART: "it remembers its rows; on unseen rows it knows nothing",
    Reason.GOAL_MET: "finite and bounded; no more was asked for",
    Reason.LEARNT: "it has learnt",
}
# fmt: on
