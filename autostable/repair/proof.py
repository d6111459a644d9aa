"""What the attempts of a repair say of the causes: a cause is a hypothesis, and a plan is its experiment. Pure.

A plan that cures and fails without the remedy for a cause proves that cause. One that cures without treating a cause, where
treating it alone did not help, refutes it. Attempts of a search that found nothing refute nothing: where all was tried in vain
the first cause was right in twelve of sixteen programs of tests/cases, and only its remedies were not enough. That is
said, and such a cause keeps its advice; it goes behind those for which something is left to try.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence

from autostable import registry
from autostable.evidence import Evidence
from autostable.figures import loss_figure
from autostable.knowledge.signs import level
from autostable.records import Attempt, Cause, CauseState, Code, Plan
from autostable.repair.ladders import REMEDIES, prescribe, remedies_for, treated, treats
from autostable.repair.yardsticks import worth_it

# What is a part of the cure comes first, proven or not: whether a removal was tried depends on what the search had to learn.
# Of causes that are as sure before any attempt the proven one does: right in 164 of 171 programs, in 162 if not.
ORDER = {
    CauseState.PROVEN: 0,
    CauseState.SUPPORTED: 0,
    CauseState.NOT_TRIED: 1,
    CauseState.IN_VAIN: 1,
    CauseState.REFUTED: 2,
}


def settled(causes: Sequence[Cause], attempts: Sequence[Attempt], plan: Plan) -> tuple[Cause, ...]:
    """The causes with what the attempts say of them: the cured first, what is refuted last.

    Args:
        causes: The likeliest first.
        attempts: Of the repair, its baseline first.
        plan: Under which the training was cured.
    """
    owned = {}
    for step in reversed(plan):
        owner = _owner(step.name, causes)
        if owner is not None:
            owned[owner.code] = step.name
    told = [
        _of_treated(cause, owned[cause.code], attempts, plan)
        if cause.code in owned
        else _of_untreated(cause, attempts, plan)
        for cause in causes
    ]
    return tuple(sorted(told, key=_place))


def in_vain(causes: Sequence[Cause], attempts: Sequence[Attempt], evidence: Evidence) -> tuple[Cause, ...]:
    """The causes of a training that no plan has cured, with what was tried: behind the others where that was all there is.

    Args:
        causes: The likeliest first.
        attempts: Of the repair, its baseline first.
        evidence: What the causes rest on; remedies decide by it whether they apply.
    """
    applying = {ladder.name for ladder in prescribe(causes, evidence)}
    told = [(cause, *_tried(cause, attempts, applying)) for cause in causes]
    return tuple(
        dataclasses.replace(cause, state=CauseState.IN_VAIN, proof=_vain(tried, left)) if tried else cause
        for cause, tried, left in sorted(told, key=lambda each: bool(each[1]) and not each[2])
    )


def _tried(cause: Cause, attempts: Sequence[Attempt], applying: Collection[str]) -> tuple[list[str], list[str]]:
    """The remedies for a cause that were tried, and those that apply and were not. What changed nothing or crashed was not."""
    ran = [attempt for attempt in attempts[1:] if attempt.outcome != "crashed"]
    plans = [attempt.plan for attempt in ran if attempt.curve != attempts[0].curve]
    tried = [name for name in dict.fromkeys(step.name for plan in plans for step in plan) if treats(name, cause.code)]
    return tried, [name for name in remedies_for(cause.code) if name in applying and name not in tried]


def _vain(tried: Sequence[str], left: Sequence[str]) -> str:
    rest = f"; not tried: {', '.join(left)}" if left else ""
    return f"Tried in vain: {', '.join(tried)} did not help{rest}."


def _place(cause: Cause) -> tuple[int, float, bool]:
    return ORDER[cause.state], -level(cause.confidence), cause.state is not CauseState.PROVEN


def _owner(name: str, causes: Sequence[Cause]) -> Cause | None:
    """The cause that a remedy is for: of those that it may be for the one that it is the likeliest cure of."""
    found = [cause for cause in causes if treats(name, cause.code)]
    return min(found, key=lambda cause: _rank(name, cause.code), default=None)


def _rank(name: str, code: Code) -> int:
    names = REMEDIES[code]
    return names.index(name) if name in names else len(names)


def _of_treated(cause: Cause, name: str, attempts: Sequence[Attempt], plan: Plan) -> Cause:
    rest = tuple(step for step in plan if step.name != name)
    without = next((attempt for attempt in attempts if attempt.plan == rest), None)
    cured = None if without is None else _alike(without, plan, attempts)
    if without is None or cured is None or not cured.learnt or (rest and _as_good(without, cured)):
        return dataclasses.replace(cause, state=CauseState.SUPPORTED, proof=f"{name} is part of what cured it.")
    proof = f"Without {name} {_ending(without, plan)}, with it {_ending(cured, plan)}."
    return dataclasses.replace(cause, state=CauseState.PROVEN, proof=proof)


def _alike(without: Attempt, plan: Plan, attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt of the plan that cured, as long as the one without; else the last of it."""
    found = [attempt for attempt in attempts if attempt.plan == plan]
    return next((attempt for attempt in found if attempt.kind == without.kind), found[-1] if found else None)


def _of_untreated(cause: Cause, attempts: Sequence[Attempt], plan: Plan) -> Cause:
    if treated(plan, cause.code):
        return dataclasses.replace(
            cause, state=CauseState.SUPPORTED, proof="What cured the training is a remedy for this too."
        )
    alone = [
        attempt
        for attempt in attempts
        if len(attempt.plan) == 1 and treats(attempt.plan[0].name, cause.code) and attempt.curve != attempts[0].curve
    ]  # what changes nothing at all is no experiment
    if not alone:
        return cause
    # what held in a probe, and not in full, did not help
    whole = [attempt for attempt in alone if attempt.kind == "full"]
    held = next((attempt for attempt in whole or alone if _helped(attempt, attempts[0])), None)
    if held is not None:
        return dataclasses.replace(cause, state=CauseState.SUPPORTED, proof=f"{held.plan[0].name} alone held as well.")
    names = " and ".join(dict.fromkeys(attempt.plan[0].name for attempt in alone))
    return dataclasses.replace(
        cause, state=CauseState.REFUTED, proof=f"{names} did not help, and the training is cured without."
    )


def _helped(attempt: Attempt, baseline: Attempt) -> bool:
    """Whether a plan held; a probe of a training that is finite anyway only where the loss came further than without it."""
    if not (attempt.stable and attempt.learnt):
        return False
    told = attempt.kind == "full" or not baseline.stable or not registry.setup_of(attempt.plan).own_loss
    return told or worth_it(attempt, baseline)


def _as_good(without: Attempt, cured: Attempt) -> bool:
    """Whether a plan with one remedy less held, and was no worse; of runs of two lengths that cannot be told."""
    if not (without.stable and without.learnt):
        return False
    if without.yardstick is None or cured.yardstick is None or without.kind != cured.kind:
        return True
    return without.yardstick <= cured.yardstick


def _ending(attempt: Attempt, plan: Plan) -> str:
    """How an attempt ended: "the loss ends at 0.31"."""
    if not attempt.stable or not attempt.learnt:
        return f"it fails ({attempt.why})" if attempt.why else "it fails"
    last = attempt.loss_last
    if last is None or not math.isfinite(last) or not registry.setup_of(plan).own_loss:  # a loss of another kind
        return "it is cured" if attempt.plan == plan else "it learns too little"
    return f"the loss ends at {loss_figure(last)}"
