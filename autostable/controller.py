"""The loop: from ranked remedies to the smallest plan that holds, over anything that can attempt a plan.

Pure: it sees only a `Bench`. Probes are short runs from the start of the training; only the winner
is run in full. Deterministic: the same evidence and the same outcomes give the same plan.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from autostable import registry
from autostable.judgement import levels
from autostable.prescription import Ladder
from autostable.records import Attempt, Plan, Remedy

BETTER = 0.9  # a plan must bring the yardstick down to this share to be worth one more remedy
WORTH = 0.97  # what a plan for a useless training must bring the loss down to, to be any use
AS_GOOD = 1.05  # a plan within this factor of the best is as good, the simpler one wins
LONG = 0.35  # a probe of a larger share of the whole run is not worth it: run the whole
BETTERING = frozenset(  # remedies that can make a finite training better; the others only keep it finite
    {"rescale-inputs", "rescale-targets", "difference-windows", "winsorize-outliers", "fix-output-activation", "swap-loss",
     "swap-activation", "reinitialize-weights", "insert-normalization", "remap-labels", "weaken-penalty"}
)  # fmt: skip
CERTAIN = 0.83  # a remedy for a cause of at least this weight is part of the plan
LIKELY = 0.7  # remedies for causes of at least this weight go together at once, where each try costs a whole run
STRONG = 0.45  # remedies for causes of at least this weight are tried beside one that already holds
CLIMBS = {"lower-learning-rate": 4, "clip-gradients": 3, "raise-learning-rate": 3, "warm-up-learning-rate": 1}


class Bench(Protocol):
    """Anything that can attempt a plan."""

    def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
        """Run the training under a plan; `steps` limits a probe, None runs to the end."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a repair may cost.

    Attributes:
        attempts: Most attempts, the baseline not counted.
        steps: Most training steps in all, the baseline included; None is unlimited.
        seconds: Most wall-clock seconds; None is unlimited.
    """

    attempts: int = 16
    steps: int | None = None
    seconds: float | None = None


@dataclasses.dataclass
class Result:
    """The plan that was run in full and holds (None where none does), and every attempt."""

    plan: Plan | None
    attempts: list[Attempt]
    final: Attempt | None = None


def probe_steps(full: int | None, failed_at: int, useless: bool) -> int:
    """How long a probe runs: past the failure, long enough to compare, a small share of the whole."""
    if full is None:
        return max(30, 2 * failed_at + 20)
    share = max(int(full * (0.15 if useless else 0.1)), 25)
    past = 0 if useless else int(failed_at * 1.3) + 5
    return max(1, min(full, max(share, min(past, int(full * 0.5)))))


class Controller:
    """One repair.

    Args:
        bench: Runs plans.
        ladders: Remedies, the most promising first.
        baseline: The failed attempt.
        full: Steps of the whole training, where known.
        limits: What it may cost.
        useless: The baseline is finite but learns nothing: plans must beat it.
        thorough: Remedies of all strong causes are compared, even where the first one holds.
        first: Plans that cured its kin: run in full before anything else is tried.
        constant: Loss of the best constant prediction, where it is known.
        swings: The loss is meant to swing, so that its start says nothing of where it may end.
        idle: What to add to a plan under which the training is finite, but learns nothing.
        after: What to try after a plan that has just failed, by where it did; None where that tells nothing.
        under: A ladder as it would be with a plan in force (`prescription.under`).
    """

    def __init__(
        self, bench: Bench, ladders: Sequence[Ladder], baseline: Attempt, *,
        full: int | None, limits: Limits, useless: bool, thorough: bool = False, first: Sequence[Plan] = (),
        under: Callable[[Ladder, Plan], Ladder] = lambda ladder, plan: ladder, constant: float | None = None,
        swings: bool = False,
        idle: Callable[[Plan], Sequence[Remedy]] = lambda plan: (),
        after: Callable[[Plan], Plan | None] = lambda plan: None,
    ) -> None:  # fmt: skip
        self._bench = bench
        self._ladders = list(ladders)
        self._full = full
        self._limits = limits
        self._useless = useless
        self._length = probe_steps(full, baseline.steps, useless)
        self._known: dict[str, Attempt] = {}
        self._started = time.monotonic()
        self.attempts: list[Attempt] = []
        self._spent = baseline.steps
        self._baseline = baseline
        self._thorough = thorough
        self._first = list(first)
        self._under = under
        self._constant, self._swings = constant, swings
        self._idle, self._after = idle, after
        self._unlearnt: list[Attempt] = []
        self._too_slow: list[Plan] = []

    def repair(self) -> Result:
        """Find a plan, make it small and mild, run it in full.

        One under which something is learnt, but less than a plain model makes of the same data, is the last choice; one
        under which nothing is learnt, though there is something, is none.
        """
        found = self._found() or self._stronger() or self._faster()
        if found is None and self._unlearnt:
            best = min(self._unlearnt, key=_yardstick)
            found = self._run_last(best.plan) or self._attempt(best.plan, "full", None)
        if found is None or not found.stable:
            return Result(None, self.attempts)
        return Result(found.plan, self.attempts, found)

    def _found(self) -> Attempt | None:
        """The run in full of the plan that is chosen; None where none holds and learns, or the budget is spent."""
        outright = self._outright()
        found = self._in_full([*self._first, *outright])
        if found is not None or (outright and self._short and not self._many):
            return found
        for number, plan in enumerate(self._ranked()):
            if number and self._spent_up:
                break
            final = self._run_last(plan) or self._followed(plan)
            if final is None:
                break
            if self._accepted(final):
                return final
            self._length = probe_steps(self._full, final.steps, self._useless)
        return None

    def _stronger(self) -> Attempt | None:
        """Other strengths of the best remedy, where its first one keeps the training finite and no more."""
        held = {step.name for plan in self._too_slow for step in plan}
        best = [ladder for ladder in self._strong[:1] if ladder.name in held and ladder.after is None]
        rungs = [remedy for ladder in best for remedy in (*ladder.strengths[1:2], *ladder.strengths[-1:])]
        return self._in_full([(remedy,) for remedy in rungs])

    def _faster(self) -> Attempt | None:
        """The first plan that keeps the training finite, with a rate at which it learns; None where there is none.

        What was slowed down to stay finite, or begins at a rate for raw numbers, may learn nothing once they are in order.
        """
        plans = [(*plan, remedy) for plan in self._too_slow[:1] for remedy in self._idle(plan)[:2]]
        return self._in_full(plans)

    def _accepted(self, final: Attempt) -> bool:
        """Whether a run in full is what was looked for; one that holds and may pass, but learns little, is kept in mind."""
        holds = final.stable and self._bounded(final) and (final.learning is not None or self._worth_it(final))
        if holds and not final.learnt and final.passes:
            self._unlearnt.append(final)
        if final.stable and not final.learnt and not self._useless:
            self._too_slow.append(final.plan)
        return holds and final.learnt

    def _bounded(self, attempt: Attempt) -> bool:
        """Whether a plan ends within twice the loss at which the unchanged training began, or a constant's, in the same loss.

        One that starts out of bounds (targets rescaled by what came after a divergence) may well come down by itself. The
        first batch may have been a lucky one: it is no measure where it lies below the loss of a constant.
        """
        start, end = self._baseline.loss_first, attempt.loss_last
        if self._swings or start is None or end is None or not (math.isfinite(start) and start > 0):
            return True
        start = max(start, self._constant or 0.0)
        return end <= levels.TWICE * start or not registry.setup_of(attempt.plan).own_loss

    def _worth_it(self, attempt: Attempt) -> bool:
        """Whether a stable attempt is better than a useless baseline was after as many steps."""
        if not self._useless:
            return True
        theirs = _yardstick(self._baseline, attempt.steps)
        return not math.isfinite(theirs) or _yardstick(attempt) < theirs - (1 - WORTH) * abs(theirs)

    # -- in full at once ---------------------------------------------------------------------

    def _in_full(self, plans: Sequence[Plan]) -> Attempt | None:
        """The first of these plans that holds, each run to the end; None where none does or the budget is spent."""
        for plan in plans:
            if repr(plan) in self._known:
                continue
            if self._spent_up:
                break
            final = self._followed(plan)
            if final is None:
                break
            if self._accepted(final):
                return final
        return None

    def _followed(self, plan: Plan, kind: str = "full") -> Attempt | None:
        """The attempt of a plan; where it fails elsewhere, of the plan that treats that place as well, and so on."""
        attempt = self._run(plan, kind)
        while attempt is not None and not attempt.stable:
            further = self._after(attempt.plan)
            if further is None or repr(further) in self._known or (kind == "full" and self._spent_up):
                break
            attempt = self._run(further, kind)
        return attempt

    @property
    def _spent_up(self) -> bool:
        """Whether one more full run is beyond the budget."""
        return self._limits.steps is not None and self._spent + (self._full or 0) > self._limits.steps * 1.05

    @property
    def _long(self) -> bool:
        """Whether a probe would be nearly the whole run."""
        return self._full is not None and self._length > LONG * self._full

    @property
    def _short(self) -> bool:
        """Whether the training is too short to be judged by a part of it."""
        return self._useless and self._long

    @property
    def _strong(self) -> list[Ladder]:
        return [ladder for ladder in self._ladders if ladder.weight >= STRONG]

    @property
    def _many(self) -> bool:
        """Whether several remedies are to be compared."""
        return self._thorough and len(self._strong) > 1

    def _outright(self) -> list[Plan]:
        """Plans to run without a probe: one remedy stands out, or a probe would be nearly the whole run."""
        strong = self._strong
        if self._many:
            return self._all_at_once() if self._long else []
        if self._useless:
            return self._one_by_one(strong) if self._long else []
        if self._full is None or not strong or not (len(strong) == 1 or self._long):
            return []
        return [(remedy,) for remedy in strong[0].strengths[:2]]

    def _all_at_once(self) -> list[Plan]:
        """The first remedy of every likely cause in one plan: where a try costs a whole run, they cannot be weighed."""
        likely: dict[str | None, Ladder] = {}
        for ladder in self._ladders:
            if ladder.weight >= LIKELY:
                likely.setdefault(ladder.cause, ladder)
        plan = self._together([ladder for ladder in likely.values() if _applies(ladder, likely.values())])
        return [plan] if len(plan) > 1 else []

    def _one_by_one(self, strong: Sequence[Ladder]) -> list[Plan]:
        """The strongest remedy, those of all likely causes together, the next one, then the first with what needs it."""
        alone: list[Plan] = [(ladder.first,) for ladder in strong if ladder.after is None]
        first, together = alone[:1], self._all_at_once()
        return [*first, *together, *alone[1:2]] + [
            (*plan, ladder.first) for ladder in strong for plan in first if ladder.after == plan[0].name
        ]

    # -- search ------------------------------------------------------------------------------

    def _ranked(self) -> Sequence[Plan]:
        """Plans to run in full: the chosen one, then the other stable ones, best first."""
        chosen = self._search()
        others = sorted(
            (
                each
                for each in self._known.values()
                if each.stable and each.learnt and self._bounded(each) and each.plan != chosen
            ),
            key=lambda attempt: (_yardstick(attempt), len(attempt.plan)),
        )
        plans = [attempt.plan for attempt in others]
        return plans[:3] if chosen is None else [chosen, *plans[:3]]

    def _search(self) -> Plan | None:
        held = self._first_that_holds()
        if held is None:
            return None
        held = self._improve(held)
        return self._minimize(held)

    def _first_that_holds(self) -> Plan | None:
        alone = [ladder for ladder in self._ladders if ladder.after is None]
        singles = [ladder for ladder in alone if ladder.weight >= 0.25] or alone[:2]
        if self._useless or self._thorough:
            strong = [ladder for ladder in singles if ladder.weight >= STRONG] or singles[:2]
            # what is wrong beyond doubt is put right first; the rest is weighed on top of that
            certain = self._beyond_doubt(strong)
            for plan in (self._together(certain[:1]), self._together(certain)):
                if plan and self._holds(plan):
                    return plan
            waiting = [ladder for ladder in self._ladders if ladder.after is not None and ladder.weight >= STRONG]
            openings = [self._opening(ladder) for ladder in sorted((*strong[:5], *waiting[:2]), key=_heaviest)]
            stable = [plan for plan in openings if plan and self._holds(plan)]
            faster = [
                dataclasses.replace(ladder, strengths=ladder.strengths[ladder.start :], start=0)
                for ladder in singles
                if ladder.name == "raise-learning-rate"
            ]
            return min(stable, key=self._measure, default=None) or self._climb((), faster) or self._combined(singles)
        for ladder in singles[:2]:
            plan = (ladder.first,)
            if self._holds(plan):
                return plan
            followed = self._probed_after(plan)
            if followed is not None:
                return followed
            if self._known.get(repr(plan)) is not None and self._finite(plan):  # finite, but it runs wild: slower
                found = self._climb((), self._rates()) or self._climb(plan, self._rates())
                if found is not None:
                    return found
            elif (
                ladder.name in CLIMBS and ladder.weight >= CERTAIN and (found := self._climb((), [ladder])) is not None
            ):
                return found  # the right remedy, only stronger
        return self._combined(singles) or self._climb((), self._ladders)

    def _probed_after(self, plan: Plan) -> Plan | None:
        """What holds once each place is treated in which a plan has failed, one after the other; None where that is nothing."""
        further = self._after(plan)
        if further is None or repr(further) in self._known:
            return None
        attempt = self._followed(further, "probe")
        return attempt.plan if attempt is not None and self._holds(attempt.plan) else None

    def _opening(self, ladder: Ladder) -> Plan:
        """The remedy alone, or with the one that it waits for."""
        before = [other for other in self._ladders if other.name == ladder.after and other.after is None]
        return self._together([*before[:1], ladder]) if before or ladder.after is None else ()

    @staticmethod
    def _beyond_doubt(ladders: Sequence[Ladder]) -> list[Ladder]:
        """The first remedy of each cause that is certain."""
        first: dict[str | None, Ladder] = {}
        for ladder in ladders:
            if ladder.weight >= CERTAIN:
                first.setdefault(ladder.cause, ladder)
        return list(first.values())

    def _rates(self) -> list[Ladder]:
        return [ladder for ladder in self._ladders if ladder.name == "lower-learning-rate"]

    def _finite(self, plan: Plan) -> bool:
        """Whether a plan that does not hold, or learns nothing, at least stayed finite to the end of its probe."""
        attempt = self._known[repr(plan)]
        if attempt.loss_last is None or not math.isfinite(attempt.loss_last) or attempt.steps < self._length:
            return False
        return attempt.outcome == "unstable" or not attempt.learnt

    def _combined(self, singles: Sequence[Ladder]) -> Plan | None:
        """Remedies of the strong causes together, then with a last resort climbed on top."""
        strong = [ladder for ladder in singles if ladder.weight >= STRONG and ladder.name not in CLIMBS]
        plans = [self._together(strong[:count]) for count in range(2, len(strong) + 1)]
        for plan in plans[:2]:
            if self._holds(plan):
                return plan
        rates = self._rates()
        for plan in [*reversed(plans[:1]), *((ladder.first,) for ladder in strong[:1])]:
            found = self._climb(plan, rates)
            if found is not None:
                return found
        return None

    def _together(self, ladders: Sequence[Ladder]) -> Plan:
        plan: Plan = ()
        for ladder in ladders:
            plan = (*plan, self._under(ladder, plan).first)
        return plan

    def _climb(self, base: Plan, ladders: Sequence[Ladder]) -> Plan | None:
        """The mildest strength that holds, ladder by ladder."""
        for ladder in ladders:
            if any(step.name == ladder.name for step in base) or ladder.after is not None:
                continue
            # every other strength of a long ladder; what lies between is tried when the plan is made mild
            begin = min(1, ladder.start) if base else ladder.start  # on top of a remedy, mildly
            rungs = ladder.strengths[begin::2] if len(ladder.strengths) > 4 else ladder.strengths
            for remedy in rungs[: CLIMBS.get(ladder.name, 3)]:
                if self._holds((*base, remedy)):
                    return (*base, remedy)
        return None

    def _improve(self, held: Plan) -> Plan:
        """Add what brings the yardstick down clearly; strong causes only."""
        for _ in range(3 if self._thorough else 1):
            before = held
            held = self._improved_once(held)
            if held == before:
                break
        return self._tuned(held)

    def _improved_once(self, held: Plan) -> Plan:
        for ladder in self._ladders:
            if ladder.weight < STRONG or ladder.name not in BETTERING or self._treated(ladder, held):
                continue
            if ladder.after is not None and all(step.name != ladder.after for step in held):
                continue
            candidates: list[Plan] = [(*held, self._under(ladder, held).first)]
            if ladder.after is None and not self._certain(held):
                candidates.append((ladder.first,))
            for candidate in candidates:
                if self._holds(candidate, short=True) and self._better(candidate, held):
                    held = candidate
                    break
        return held

    def _certain(self, plan: Plan) -> bool:
        """Whether a plan holds a remedy for what is wrong beyond doubt: it is never traded for another."""
        certain = {ladder.name for ladder in self._ladders if ladder.weight >= CERTAIN}
        return self._useless and any(step.name in certain for step in plan)

    def _treated(self, ladder: Ladder, plan: Plan) -> bool:
        """Whether a plan holds this remedy, or another one for the same cause."""
        names = {step.name for step in plan}
        causes = {other.cause for other in self._ladders if other.name in names}
        return ladder.name in names or ladder.cause in causes

    def _tuned(self, held: Plan) -> Plan:
        """Move along the ladder of the learning rate while the yardstick falls clearly."""
        names = {step.name for step in held}
        for ladder in self._ladders:
            if ladder.name not in ("lower-learning-rate", "raise-learning-rate"):
                continue
            if ladder.weight < 0.5 and not (self._useless and ladder.name in names):
                continue  # what holds with another rate, found without a cause, may want more of it
            for direction in (1, -1):
                while (candidate := _moved(held, ladder, direction)) is not None:
                    if not (self._holds(candidate, short=True) and self._better(candidate, held)):
                        break
                    held = candidate
        return held

    def _minimize(self, held: Plan) -> Plan:
        """Take remedies out, then weaken them, as long as the plan holds and is as good."""
        for step in held:
            without = tuple(other for other in held if other is not step)
            if without and not self._certain((step,)) and self._as_good(without, held):
                held = without
        for index, step in enumerate(held):
            ladder = next((ladder for ladder in self._ladders if ladder.name == step.name), None)
            if ladder is None or step not in ladder.strengths:
                continue
            level = ladder.strengths.index(step)
            if level > 0 and self._as_good(_with(held, index, ladder.strengths[level - 1]), held):
                held = _with(held, index, ladder.strengths[level - 1])
        return held

    def _as_good(self, plan: Plan, than: Plan) -> bool:
        """Whether a smaller or milder plan is a tie with another: within half of DELTA of a constant's loss, where known."""
        if not self._holds(plan):
            return False
        ours, theirs = self._measured_alike(plan, than)
        return ours <= theirs + max((AS_GOOD - 1) * abs(theirs), levels.DELTA / 2 * (self._constant or 0.0))

    # -- attempts ----------------------------------------------------------------------------

    def _holds(self, plan: Plan, *, short: bool = False) -> bool:
        """Whether a plan's probe is stable; a short probe only compares, it need not go past the failure."""
        attempt = self._known.get(repr(plan)) or self._run(plan, "probe", short=short)
        if attempt is None or not (attempt.stable and self._bounded(attempt)):
            return False
        return attempt.learnt and self._worth_it(attempt)

    def _measure(self, plan: Plan, steps: int | None = None) -> float:
        """The yardstick of a plan, after so many steps of its probe (its end, if None)."""
        attempt = self._known.get(repr(plan))
        return math.inf if attempt is None else _yardstick(attempt, steps)

    def _measured_alike(self, plan: Plan, other: Plan) -> tuple[float, float]:
        """The yardsticks of two plans that were probed, both after the same number of steps."""
        steps = min(self._known[repr(each)].steps for each in (plan, other))
        return self._measure(plan, steps), self._measure(other, steps)

    def _better(self, candidate: Plan, held: Plan) -> bool:
        """Whether one plan's loss is below BETTER times another's.

        To be so much better it must have come down by itself: some begin lower for no merit of theirs.
        """
        probe = self._known[repr(candidate)]
        if probe.loss_first is not None and probe.loss_last is not None and probe.loss_last > probe.loss_first:
            return False
        ours, theirs = self._measured_alike(candidate, held)
        return ours <= theirs - (1 - BETTER) * abs(theirs) and ours < theirs

    def _run_last(self, plan: Plan) -> Attempt | None:
        """The attempt of a plan in full, if it is what was run last: then it need not be run again."""
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.plan == plan and last.kind == "full" else None

    def _run(self, plan: Plan, kind: str, *, short: bool = False) -> Attempt | None:
        """Attempt a plan within the limits; None where they are used up."""
        length = min(self._length, probe_steps(self._full, 0, self._useless)) if short else self._length
        if len(self.attempts) >= self._limits.attempts:
            return None
        if self._limits.seconds is not None and time.monotonic() - self._started > self._limits.seconds:
            return None
        if kind == "probe" and self._limits.steps is not None and self._full is not None:
            if self._spent + length + self._full > self._limits.steps:
                return None
        if kind == "probe" and self._thorough and self._full is not None and length >= self._full:
            kind = "full"  # as dear, and it may be the last
        return self._attempt(plan, kind, None if kind == "full" else length)

    def _attempt(self, plan: Plan, kind: str, steps: int | None) -> Attempt:
        attempt = self._bench.attempt(plan, kind=kind, steps=steps)
        self._spent += attempt.steps
        self.attempts.append(attempt)
        self._known[repr(plan)] = attempt
        return attempt


def _heaviest(ladder: Ladder) -> float:
    return -ladder.weight


def _yardstick(attempt: Attempt, steps: int | None = None) -> float:
    value = attempt.yardstick
    if steps is not None and steps < attempt.steps and attempt.curve and value is not None:
        end = max(1, round(len(attempt.curve) * steps / attempt.steps))
        window = attempt.curve[max(0, end - max(1, end // 10)) : end]
        value = math.fsum(window) / len(window)
    return math.inf if value is None or math.isnan(value) else value


def _moved(plan: Plan, ladder: Ladder, direction: int) -> Plan | None:
    """The plan with the ladder's remedy one strength further (or put in, or taken out); None past the ends."""
    place = next((index for index, step in enumerate(plan) if step.name == ladder.name), None)
    level = -1 if place is None else ladder.strengths.index(plan[place]) + direction
    if place is None:
        return (*plan, ladder.first) if direction > 0 else None
    if level >= len(ladder.strengths) or level < 0:
        return None
    return _with(plan, place, ladder.strengths[level])


def _applies(ladder: Ladder, beside: Collection[Ladder]) -> bool:
    """Whether the remedy that a ladder waits for is among those beside it."""
    return ladder.after is None or any(other.name == ladder.after for other in beside)


def _with(plan: Plan, index: int | None, remedy: Remedy) -> Plan:
    if index is None:
        return (*plan, remedy)
    return (*plan[:index], remedy, *plan[index + 1 :])
