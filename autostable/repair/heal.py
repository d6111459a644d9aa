"""What to do about a training that failed in its middle: which move comes next, how far back, for how long. Pure.

The mildest comes first: what failed may not fail again (a slot that something else has spoilt); a batch is left out where it,
and nothing else, is to blame; then the remedies of the causes, from the state just before; then a lower rate for a while, from
earlier states; at last clipping that adapts itself. What failed again after a move is met with the next one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence

from autostable import registry
from autostable.evidence import Evidence
from autostable.knowledge.signs import LIKELY
from autostable.records import Action, Cause, Code, Plan, Remedy
from autostable.repair.ladders import Ladder, prescribe, strengths_of
from autostable.repair.what_if import with_plan

MOST_SKIPPED = (
    0.01,
    0.05,
)  # of the batches of a training, at first and where no remedy helps: those of skip-bad-updates
FEWEST_SKIPPED = 3  # however short it is; likewise
OFTEN = 3  # batches left out for one cause: from there on its remedy is in force instead
HALF, TENTH = 0.5, 0.1  # of the learning rate, for a while
STRENGTHS = 2  # of each remedy that are tried in flight: more would cost more than starting over
GIVEN_BACK = 100  # steps, at least, over which a rate that was lowered comes back
CAP = "cap-learning-rate"  # where the rate has jumped, nothing else is to blame
ADAPTIVE = ("clip-outlying-gradients", "clip-growing-gradients")
_OF_DATA = (Code.DATA_NONFINITE, Code.LABELS_OUT_OF_RANGE, Code.DATA_OUTLIERS, Code.LABELS_SUSPICIOUS)
_OF_FORMULAS = ("unsafe-", "empty-mask", "precision-")


@dataclasses.dataclass(frozen=True)
class Move:
    """One thing to do.

    Attributes:
        back: How many states before the last healthy one to go back to.
        factor: Of the learning rate, under SLOWER.
    """

    action: Action
    remedy: Remedy | None = None
    back: int = 0
    factor: float = 1.0
    cause: Code | None = None


@dataclasses.dataclass(frozen=True)
class Failure:
    """What is known of a failure.

    Attributes:
        born: Where the first bad number was born, as `Finding.born` says; None where that is not known.
        alone: Whether the same state has taken other batches without harm: None where that was not tried.
        known: Whether the batch is at hand.
        skipped: Batches that were left out so far, and how many of them for the first of these causes.
    """

    born: str | None
    alone: bool | None
    known: bool
    skipped: int = 0
    alike: int = 0


def may_skip(skipped: int, full: int | None, steps: int, share: float) -> bool:
    """Whether one more batch may be left out."""
    return skipped < max(FEWEST_SKIPPED, round(share * (full or steps)))


def to_blame(failure: Failure, causes: Sequence[Cause]) -> bool:
    """Whether the batch, and not the state that it met, is to blame."""
    if not failure.known:
        return False
    first = causes[0] if causes else None
    if failure.born == "data" or (first is not None and first.code in _OF_DATA):
        return True
    if first is not None and first.confidence > LIKELY and first.code.startswith(_OF_FORMULAS):
        return False  # the formula fails on the next such batch as well
    return failure.alone is True


def moves(
    failure: Failure, causes: Sequence[Cause], evidence: Evidence, plan: Plan, *, full: int | None,
    rates: Sequence[float] = (), select: Collection[str] = (), ignore: Collection[str] = (),
) -> Iterator[Move]:  # fmt: skip
    """What may be done, the mildest first.

    Args:
        failure: What is known of it.
        causes: Ranked causes.
        evidence: What they rest on.
        plan: What is in force.
        full: Steps of the whole training, where known.
        rates: Learning rates up to a healthy state, and the highest since then.
        select: See `prescribe`.
        ignore: See `prescribe`.
    """
    blamed = to_blame(failure, causes)
    skip, still = (blamed and may_skip(failure.skipped, full, evidence.course.steps, share) for share in MOST_SKIPPED)
    cause = causes[0].code if causes else None
    cured = list(_capped(evidence, plan, rates))
    if cured:
        skip = still = False  # no batch is at fault that comes when the rate has jumped
    cured += list(_remedies(causes, evidence, plan, select, ignore))
    if skip and (failure.alike < OFTEN or not cured):
        yield Move(Action.SKIPPED, cause=cause)
    yield from cured
    if still:
        yield Move(Action.SKIPPED, cause=cause)
    yield from _calmer(evidence, plan)
    yield Move(Action.REMEDY, Remedy("lower-learning-rate", {"factor": TENTH}), back=2)


def after_spike(evidence: Evidence, plan: Plan, rates: Sequence[float] = ()) -> Iterator[Move]:
    """What may be done about a loss that left its course and stays finite: no batch is known to be at fault."""
    yield from _capped(evidence, plan, rates)
    yield from _calmer(evidence, plan)


def without_batches(evidence: Evidence, plan: Plan, rates: Sequence[float] = ()) -> Iterator[Move]:
    """What may be done where the batches up to a failure are not at hand: they are passed over, and no step is looked into."""
    yield Move(Action.WENT_BACK)
    yield from after_spike(evidence, plan, rates)


def _capped(evidence: Evidence, plan: Plan, rates: Sequence[float]) -> Iterator[Move]:
    """A cap for a rate that has jumped. What is known of the rates of a whole training is another thing than these."""
    jumped = dataclasses.replace(evidence, course=dataclasses.replace(evidence.course, rates=tuple(rates)))
    for remedy in adaptive(CAP, jumped, plan):
        yield Move(Action.REMEDY, remedy, cause=Code.LEARNING_RATE_TOO_HIGH)


def _calmer(evidence: Evidence, plan: Plan) -> Iterator[Move]:
    """A lower rate for a while, and clipping, each from an earlier state than the last."""
    yield Move(Action.SLOWER, Remedy("lower-learning-rate", {"factor": HALF}), factor=HALF)
    yield Move(Action.SLOWER, Remedy("lower-learning-rate", {"factor": TENTH}), back=1, factor=TENTH)
    for back, name in enumerate(ADAPTIVE, start=1):
        for remedy in adaptive(name, evidence, plan):
            yield Move(Action.REMEDY, remedy, back=back)


def adaptive(name: str, evidence: Evidence, plan: Plan) -> tuple[Remedy, ...]:
    """The strengths of a remedy that no cause calls for which are not in force yet; nothing where it does not apply."""
    return tuple(each for each in strengths_of(name, evidence) if each not in plan)


def with_remedy(plan: Plan, remedy: Remedy) -> Plan:
    """The plan with one remedy more; a stronger one takes the place of a milder one of its name, or both become one."""
    before = next((each for each in plan if each.name == remedy.name), None)
    if before is None:
        return (*plan, remedy)
    joined = registry.remedy(remedy.name).joined(before.parameters, remedy.parameters)
    new = remedy if joined is None else Remedy(remedy.name, joined)
    return tuple(new if each is before else each for each in plan)


def rate_after(factor: float, steps: int, over: int) -> float:
    """The share of the learning rate that is in force so many steps after it was lowered: it comes back bit by bit.

    It stays low for the first half, and grows in a straight line from there.
    """
    if steps >= over:
        return 1.0
    rising = max(0.0, 2.0 * steps / over - 1.0)
    return factor + (1.0 - factor) * rising


def _remedies(
    causes: Sequence[Cause], evidence: Evidence, plan: Plan, select: Collection[str], ignore: Collection[str]
) -> Iterator[Move]:
    met = with_plan(plan, evidence) if plan else evidence
    for ladder in prescribe(causes, met, select=select, ignore=(*ignore, "skip-bad-updates")):
        if ladder.cause is None or not _fits(ladder):
            continue  # of a last resort: its like comes behind
        for remedy in ladder.strengths[ladder.start : ladder.start + STRENGTHS]:
            if remedy not in plan and registry.setup_of((remedy,)).in_flight:
                yield Move(Action.REMEDY, remedy, cause=ladder.cause)


def _fits(ladder: Ladder) -> bool:
    """Whether a remedy waits for nothing that only a start could bring."""
    return ladder.after is None
