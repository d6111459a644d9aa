"""The search for the smallest plan that holds, over anything that can attempt a plan. Pure.

As in a shrinker there is one best plan, one memo and one place that runs and decides (`consider`); what may be tried next the
passes propose (`passes`), by how likely it is to be the cure (`beliefs`) for the steps it costs. Deterministic: the same
evidence and the same outcomes give the same attempts.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Sequence

from autostable.judgement import levels
from autostable.records import Attempt, Plan, Remedy
from autostable.repair import passes
from autostable.repair.beliefs import ABSENT, Beliefs
from autostable.repair.bench import UNKNOWN, Bench, GoesOn, Limits, Result, probe_steps
from autostable.repair.ladders import OF_LOSSES, Ladder
from autostable.repair.passes import Aim, Proposal
from autostable.repair.yardsticks import worth_it, yardstick
from autostable.strategy import Pace

BETTER = 0.9  # a plan must bring the yardstick down to this share to be worth one more remedy
AS_GOOD = 1.05  # a plan within this factor of the best is as good, the simpler one wins
WIDTH = 24  # remedies that are considered at first; more where these are exhausted
WIDEST = 5  # times as many as there are: then cures of three (`beliefs.REACH`) are looked for among all of them
CURE = 10.0  # whole runs that the cure of a training is worth, in which too little was learnt
SUSPECT = 4.0  # likewise where it is not known whether there is anything to be cured
SHARED = 0.5  # the price of a comparison whose outcome all trials of a sweep use
GROWING = 1.0  # the odds that what runs wild, but stays finite, needs a slower pace
UNCLEAR = 0.4  # how likely the cause must be for a whole run where a probe has told nothing
KEPT = 3  # plans that hold in a probe and are run in full, where the ones before did not hold there
FASTER_CHANCE = 0.15  # of a plan that holds and learns nothing: a faster rate on top of it did in 4 of 27
FASTER = 2  # rates that are tried where a plan keeps a training finite and no more


_Key = tuple[str, ...]


class Search:
    """One repair.

    Args:
        bench: Runs plans.
        ladders: Remedies, the most promising first.
        baseline: The failed attempt.
        full: Steps of the whole training, where known.
        limits: What it may cost.
        useless: The baseline is finite but learns nothing: plans must beat it.
        suspect: And it is not known whether there is anything to be cured.
        saves: Of a training that has not come to its end: the share of a whole run that a plan would save; it may yet be cured
            after its end.
        unseen: No run of the bench is seen by anybody before it counts.
        tried: Attempts that were made before: they are known, and cost nothing.
        thorough: It is one of many that can use what is found: more is compared.
        first: Plans that cured its kin: run in full before anything else is tried.
        constant: Loss of the best constant prediction, where it is known.
        gradually: It left its bounds, and no single step was at fault.
        swings: The loss is meant to swing, so that its start says nothing of where it may end.
        idle: What to add to a plan under which the training is finite, but learns nothing.
        after: What to try after a plan that has just failed, by where it did; None where that tells nothing.
        under: A ladder as it would be with a plan in force (`ladders.under`).
        comparable: Whether the loss under a plan is still the training's own.
    """

    def __init__(
        self,
        bench: Bench,
        ladders: Sequence[Ladder],
        baseline: Attempt,
        *,
        full: int | None,
        limits: Limits,
        useless: bool,
        suspect: bool = False,
        saves: float | None = None,
        unseen: bool = False,
        tried: Sequence[Attempt] = (),
        thorough: bool = False,
        first: Sequence[Plan] = (),
        constant: float | None = None,
        gradually: bool = False,
        swings: bool = False,
        idle: Callable[[Plan], Sequence[Remedy]] = lambda plan: (),
        after: Callable[[Plan], Plan | None] = lambda plan: None,
        under: Callable[[Ladder, Plan], Ladder] = lambda ladder, plan: ladder,
        comparable: Callable[[Plan], bool] = lambda plan: True,
    ) -> None:
        self._bench, self._baseline, self._limits = bench, baseline, limits
        self._all, self._steps = tuple(ladders), full
        self.useless, self.thorough = useless, thorough
        self._worth = saves or (SUSPECT if suspect else CURE)
        self._unseen, self._tried = unseen, tuple(tried)
        self._first, self._constant, self._swings = list(first), constant, swings
        self._idle, self._after, self.under, self._comparable = idle, after, under, comparable
        self.length = probe_steps(full, baseline.steps, useless, gradually=gradually)
        self.full = float(UNKNOWN * self.length if full is None else full)
        self._started, self._spent = time.monotonic(), baseline.steps
        self.attempts: list[Attempt] = []
        self._attempted: dict[_Key, Attempt] = {}
        self._failed: list[Plan] = []
        self._wild = False
        self._fell = 0  # plans that held in a probe, and not in full
        self._unlearnt: list[Attempt] = []
        self._too_slow: list[Plan] = []
        self._too_fast: list[Plan] = []
        self._best: Plan | None = None
        self._further: Proposal | None = None
        self._over = False
        self._consider_only(WIDTH)

    def _consider_only(self, width: int) -> None:
        """Consider so many remedies, in the light of what has been tried."""
        self._width, self.ladders = width, self._all[:width]
        self.beliefs = Beliefs(self.ladders, width)
        if self._wild:
            self._expect_slower()
        for plan in self._failed:
            self.beliefs.failed(self.levels(plan))

    def repair(self) -> Result:
        """Find a plan, make it small and mild, run it in full.

        One under which something is learnt, but less than a plain model makes of the same data, is the last choice; one
        under which nothing is learnt, though there is something, is none.
        """
        final = None
        while final is None and not self._over and (proposal := self._next()) is not None:
            final = self.consider(proposal)
        if final is None and self._unlearnt:
            final = self._last_choice()
        if final is None or not (final.stable and (final.learnt or final.passes)):
            return Result(None, self.attempts)
        return Result(final.plan, self.attempts, final)

    def _last_choice(self) -> Attempt:
        """The best of the plans that have learnt something, or the first one that it is not clearly better than."""
        lowest = min(map(yardstick, self._unlearnt))
        chosen = next(each for each in self._unlearnt if not _clearly_better(lowest, yardstick(each)))
        last = self.attempts[-1] if self.attempts else None
        if last is not None and last.plan == chosen.plan and last.kind == "full":
            return last  # need not be run again
        return self._attempt(chosen.plan, "full", None)

    # -- what is next ------------------------------------------------------------------------

    def _next(self) -> Proposal | None:
        if self._further is not None:
            further, self._further = self._further, None
            return further
        while self._first:
            plan = self._first.pop(0)
            if not self.known(plan):
                return Proposal(plan, "full", Aim.LAST, 1.0)
        if self._best is not None:
            return self._next_around(self._best)
        likely = [each for each in (self._next_cure(), self._next_faster(), self._next_milder()) if each is not None]
        return max(likely, key=lambda each: each.chance) if likely else self._next_unclear()

    def _next_around(self, best: Plan) -> Proposal:
        """What to try next around a plan that holds; the whole run of it, where nothing else can be paid any more."""
        found = passes.next_around(self, best)
        last = self._limits.attempts - len(self.attempts) == 1 or not self._affords(self.length_for(found.aim))
        return Proposal(best, "full", Aim.LAST, 1.0) if last else found

    def _next_cure(self) -> Proposal | None:
        """The likeliest plan of those that are not known; with more remedies, where there is none of these."""
        while True:
            found = next(passes.cures(self), None)
            if found is not None:
                return found if self._hopeful(found, self.length) else None
            if self._width >= WIDEST * len(self._all):
                return None
            self._consider_only(2 * self._width)

    def _hopeful(self, proposal: Proposal, steps: float) -> bool:
        """Whether a training that came to its end is worth so many steps; one that failed is, while the budget lasts."""
        if not self.useless:
            return True
        return proposal.chance * self.full * self._worth > steps

    def _next_faster(self) -> Proposal | None:
        """The first plan that keeps the training finite, with a rate at which it learns; None where there is none.

        What was slowed down to stay finite, or begins at a rate for raw numbers, may learn nothing once they are in order.
        """
        for plan in self._too_slow[:1]:
            for remedy in self._idle(plan)[:FASTER]:
                if not self.known((*plan, remedy)):
                    return Proposal((*plan, remedy), "full", Aim.LAST, FASTER_CHANCE)
        return None

    def _next_milder(self) -> Proposal | None:
        """A rate between that of the unchanged training, which is too low, and one under which it lost what it had learnt.

        What learns at it may not show that in a probe: nor did the unchanged training.
        """
        for plan in self._too_fast:
            milder = self._milder(plan)
            found = Proposal(milder, "full", Aim.LAST, self._likeliest(milder))
            if milder and not self._was_run(milder) and self._hopeful(found, self.full):
                return found
        return None

    def _milder(self, plan: Plan) -> Plan:
        """A plan with the next lower one of a faster rate; the empty one where there is none."""
        levels = self.levels(plan)
        for place, ladder in enumerate(self.ladders):
            if ladder.pace is not None and ladder.pace.faster and levels[place] > 0:
                return self.plan_of([level - (at == place) for at, level in enumerate(levels)])
        return ()

    def _was_run(self, plan: Plan) -> bool:
        """Whether a plan was run in full."""
        known = self._attempted.get(_key(plan))
        return known is not None and known.kind == "full"

    def _next_unclear(self) -> Proposal | None:
        """A plan for a likely cause whose probe was no better than the baseline's start: its loss only orders, and may lie.

        What the whole run has learnt decides. One such run, for the likeliest; of rates that are to be faster for the next
        lower one, where the probe ended above the unchanged training: that one was too fast.
        """
        if self._ran_in_full:
            return None
        for attempt in self._attempted.values():
            likely = self._likeliest(attempt.plan)
            if attempt.kind == "probe" and self._stands(attempt) and not self._holds(attempt) and likely >= UNCLEAR:
                worse = yardstick(attempt) > yardstick(self._baseline, attempt.steps)
                return Proposal((worse and self._milder(attempt.plan)) or attempt.plan, "full", Aim.LAST, likely)
        return None

    def _likeliest(self, plan: Plan) -> float:
        """How likely the likeliest of a plan's remedies is part of the cure."""
        return max((self._chance(step.name) for step in plan), default=0.0)

    def _chance(self, name: str) -> float:
        """How likely a remedy is part of the cure, before anything was tried."""
        return next((self.beliefs.chances[at] for at, ladder in enumerate(self.ladders) if ladder.name == name), 0.0)

    # -- the one place that runs and decides ---------------------------------------------------

    def consider(self, proposal: Proposal) -> Attempt | None:
        """Attempt a plan and learn from it.

        Returns:
            The run in full of a plan that is what was looked for; None where there is none yet.
        """
        kind = self._kind_within_limits(proposal)
        if kind is None:
            self._over = True
            return None
        steps = None if kind == "full" else self.length_for(proposal.aim)
        attempt = self._attempt(proposal.plan, kind, steps, goes_on=self._seen_to_the_end(proposal))
        if not attempt.stable:
            self._follow(attempt, kind)
        if attempt.kind == "full":
            return self._settled(attempt)
        if not self._holds(attempt):
            self._learn_from(attempt)
        elif self._best is None or self._wins(attempt, self._best, proposal.aim):
            self._best = attempt.plan
        return None

    def _seen_to_the_end(self, proposal: Proposal) -> GoesOn | None:
        """What says of a probe whether it is gone on with: it would win, and all that comes next is its whole run.

        None for a probe that is not: one that may be has the user's callbacks from its start, and what they write or send of
        one that is cut is seen, as is a run in full (see `passes.cures`). It must be likelier to hold than not.
        """
        if not self._unseen and proposal.chance < passes.EVEN:
            return None

        def goes_on(attempt: Attempt) -> bool:
            known, key = self._attempted, _key(attempt.plan)
            self._attempted = {**known, key: attempt}
            try:
                wins = self._best is None or self._wins(attempt, self._best, proposal.aim)
                return self._holds(attempt) and wins and self._next_around(attempt.plan).kind == "full"
            finally:
                self._attempted = known

        return goes_on

    def _kind_within_limits(self, proposal: Proposal) -> str | None:
        """Whether a plan is probed or run in full; None where one of the limits forbids it."""
        length = self.length_for(proposal.aim)
        left = self._limits.attempts - len(self.attempts)
        late = self._limits.seconds is not None and time.monotonic() - self._started > self._limits.seconds
        if left <= 0 or late:
            return None
        if proposal.kind == "full" or left == 1 or (self._steps is not None and length >= self._steps):
            return None if self._ran_in_full and self._spent_up else "full"  # a probe as long is as dear
        return "probe" if self._affords(length) else None

    def _affords(self, length: int) -> bool:
        """Whether a probe and the whole run after it are within the budget."""
        return (
            self._limits.steps is None
            or self._steps is None
            or self._spent + length + self._steps <= self._limits.steps
        )

    @property
    def _ran_in_full(self) -> bool:
        return any(attempt.kind == "full" for attempt in self.attempts)

    @property
    def _spent_up(self) -> bool:
        """Whether one more full run is beyond the budget."""
        return self._limits.steps is not None and self._spent + (self._steps or 0) > self._limits.steps * 1.05

    def _attempt(self, plan: Plan, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        attempt = self._known(plan, kind, steps)
        if attempt is None:
            attempt = self._bench.attempt(plan, kind=kind, steps=steps, goes_on=goes_on)
            self._spent += attempt.steps
            self.attempts.append(attempt)
        self._attempted[_key(plan)] = attempt
        return attempt

    def _known(self, plan: Plan, kind: str, steps: int | None) -> Attempt | None:
        """An attempt of the plan that was made before this search, and was as long; one in full tells what its probe would."""
        for tried in self._tried:
            as_long = tried.kind == "full" or (tried.kind == kind and steps is not None and tried.steps <= steps)
            if tried.plan == plan and as_long:
                return tried
        return None

    def _follow(self, attempt: Attempt, kind: str) -> None:
        """Where a plan fails elsewhere, the plan that treats that place as well is tried next."""
        further = self._after(attempt.plan)
        if further is not None and not self.known(further):
            self._further = Proposal(further, kind, Aim.CURE, 1.0)

    def _settled(self, final: Attempt) -> Attempt | None:
        """A run in full, if it is what was looked for; else the search goes on without that plan."""
        if self._accepted(final):
            return final
        self._fell += final.plan == self._best
        self._learn_from(final)
        if self._steps is None and final.stable:  # it came to its end: now it is known how long a whole run is
            self._steps, self.full = final.steps, float(final.steps)
            if self._limits.runs is not None:
                self._limits = dataclasses.replace(self._limits, steps=int(self._limits.runs * final.steps))
        if not final.stable:
            self.length = max(self.length, probe_steps(self._steps, final.steps, self.useless))
        self._best = self._next_best()
        return None

    def _next_best(self) -> Plan | None:
        """The best of the other plans that held in a probe."""
        held = [each for each in self._attempted.values() if each.kind == "probe" and self._holds(each)]
        if self._fell > KEPT:
            return None
        return min(held, key=lambda each: (yardstick(each), len(each.plan))).plan if held else None

    def _learn_from(self, attempt: Attempt) -> None:
        """Make the cures less likely that a plan which failed contains."""
        self._failed.append(attempt.plan)
        self.beliefs.failed(self.levels(attempt.plan))
        if not self._wild and not self.useless and self._grows(attempt):
            self._wild = True
            self._expect_slower()

    def _expect_slower(self) -> None:
        """What grows, but stays finite, speaks for a slower pace."""
        self.beliefs.found([ladder.pace is Pace.SLOWER for ladder in self.ladders], GROWING)

    def _grows(self, attempt: Attempt) -> bool:
        """Whether the training grows under a plan that at least kept it finite to the end of its probe."""
        first, last = attempt.loss_first, attempt.loss_last
        if attempt.outcome != "unstable" or first is None or last is None or attempt.steps < self.length:
            return False
        return math.isfinite(last) and first > 0 and last > levels.TWICE * first

    # -- what decides --------------------------------------------------------------------------

    def _holds(self, attempt: Attempt) -> bool:
        """Whether a plan's probe is stable, and better than a useless baseline."""
        return self._stands(attempt) and self._worth_it(attempt)

    def _stands(self, attempt: Attempt) -> bool:
        """Whether an attempt is stable, and nothing speaks against it but its loss."""
        return attempt.stable and self._bounded(attempt) and attempt.learnt

    def _accepted(self, final: Attempt) -> bool:
        """Whether a run in full is what was looked for; one that holds and may pass, but learns little, is kept in mind."""
        holds = final.stable and self._bounded(final) and (final.learning is not None or self._worth_it(final))
        if holds and not final.learnt and final.passes:
            self._unlearnt.append(final)
        if final.stable and not final.learnt and not self.useless:
            self._too_slow.append(final.plan)
        if final.stable and self._has_lost(final):
            self._too_fast.append(final.plan)
        return holds and final.learnt

    def _has_lost(self, final: Attempt) -> bool:
        """Whether a run in full tells true pairs from shuffled ones no more, and the unchanged training did."""
        before, now = self._baseline.learning, final.learning
        if before is None or now is None or before.signal is None or now.signal is None:
            return False
        return now.signal < levels.SIGNAL <= before.signal

    def _bounded(self, attempt: Attempt) -> bool:
        """Whether a plan ends within twice the loss at which the unchanged training began, or a constant's, in the same loss.

        One that starts out of bounds (targets rescaled by what came after a divergence) may well come down by itself. The
        first batch may have been a lucky one: it is no measure where it lies below the loss of a constant.
        """
        start, end = self._baseline.loss_first, attempt.loss_last
        if self._swings or start is None or end is None or not (math.isfinite(start) and start > 0):
            return True
        start = max(start, self._constant or 0.0)
        return end <= levels.TWICE * start or self._rescales(attempt.plan)

    def _rescales(self, plan: Plan) -> bool:
        """Whether the loss under a plan is on another scale: it is another loss, or its output contradicted it before."""
        contradicted = {ladder.name for ladder in self._all if ladder.plain and ladder.cause in OF_LOSSES}
        return any(step.name in contradicted for step in plan) or not self._comparable(plan)

    def _worth_it(self, attempt: Attempt) -> bool:
        """Whether a stable attempt is better than a useless baseline was after as many steps; of another loss nobody knows."""
        if not self.useless or self._rescales(attempt.plan):
            return True
        return worth_it(attempt, self._baseline)

    def _wins(self, attempt: Attempt, best: Plan, aim: Aim) -> bool:
        """Whether a plan that holds takes the place of the best one; both are compared after as many steps."""
        held = self._attempted[_key(best)]
        steps = min(attempt.steps, held.steps)
        ours, theirs = yardstick(attempt, steps), yardstick(held, steps)
        if aim is Aim.SMALLER:  # a tie will do: within half of DELTA of a constant's loss, where that is known
            return ours <= theirs + max((AS_GOOD - 1) * abs(theirs), levels.DELTA / 2 * (self._constant or 0.0))
        if aim is Aim.PACE:
            return ours <= theirs
        # to be clearly better it must have come down by itself: some begin lower for no merit of theirs
        if attempt.loss_first is not None and attempt.loss_last is not None and attempt.loss_last > attempt.loss_first:
            return False
        return _clearly_better(ours, theirs)

    # -- what the passes see -------------------------------------------------------------------

    def known(self, plan: Plan) -> bool:
        """Whether a plan was attempted."""
        return _key(plan) in self._attempted

    def length_for(self, aim: Aim) -> int:
        """Steps of a probe; one that only compares need not go past the failure."""
        if aim is Aim.BETTER:
            return min(self.length, probe_steps(self._steps, 0, self.useless))
        return self.length

    def pays(self, chance: float, steps: float) -> bool:
        """Whether a comparison is worth its steps: a better plan is worth a whole run."""
        return chance * self.full > steps * (SHARED if self.thorough else 1.0)

    def short(self, plan: Plan) -> bool:
        """Whether a plan that holds has come less than half of the way to what a plain model lets expect."""
        had = self._baseline.learning
        if had is None or had.constant is None or had.plain_calibrated is None or not self._comparable(plan):
            return False
        held = self._attempted.get(_key(plan))
        expected = had.constant * levels.REACH * had.plain_calibrated
        return held is not None and had.constant - yardstick(held) < expected / 2

    def far(self, plan: Plan) -> bool:
        """Whether a plan that holds is still above twice a constant's loss."""
        held = self._attempted.get(_key(plan))
        if held is None or self._constant is None or not yardstick(held) > levels.TWICE * self._constant > 0:
            return False
        return self._comparable(plan)

    def lost(self) -> float:
        """Steps that are lost where a plan that does not hold was run in full at once."""
        return self.full if self.useless else min(self._baseline.steps, self.length)

    def levels(self, plan: Plan) -> list[int]:
        """The strengths of a plan's remedies, by ladder; what is on no ladder counts as its first."""
        found = [ABSENT] * len(self.ladders)
        for place, ladder in enumerate(self.ladders):
            own = next((index for index, step in enumerate(plan) if step.name == ladder.name), None)
            if own is not None:
                strengths = self.under(ladder, plan[:own]).strengths
                found[place] = strengths.index(plan[own]) if plan[own] in strengths else ladder.start
        return found

    def plan_of(self, levels: Iterable[int]) -> Plan:
        """The plan with these strengths, in the order of the ladders; what waits for another comes after it."""
        plan: Plan = ()
        chosen = [(ladder, level) for ladder, level in zip(self.ladders, levels, strict=True) if level != ABSENT]
        for ladder, level in sorted(chosen, key=lambda each: each[0].after is not None):
            here = self.under(ladder, plan)
            place = min(max(here.start + level - ladder.start, 0), len(here.strengths) - 1)
            plan = (*plan, here.strengths[place])
        return plan


def _key(plan: Plan) -> _Key:
    """A plan for the memo: in another order it is the same."""
    return tuple(sorted(map(repr, plan)))


def _clearly_better(ours: float, theirs: float) -> bool:
    return ours <= theirs - (1 - BETTER) * abs(theirs) and ours < theirs
