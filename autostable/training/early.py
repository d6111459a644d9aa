"""A fit that is suspended where it stands while plans are tried from its start.

It is looked at once, after as many steps as a probe has, or as few as can be judged. What cannot heal by itself (a plain
fault, outputs that are the same for all rows, gradients that are all zero) need not be waited for: where a plan is better
after as many steps the fit is given up for it; where none is, it goes on bit for bit as if nobody had looked. Everything else
is settled at its own end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

from autostable.evidence import Finding
from autostable.records import Attempt, Plan
from autostable.repair import bench as repair
from autostable.repair.bench import GoesOn, Result, probe_steps
from autostable.training import own_fault
from autostable.training.examine.judge import FEWEST_STEPS, Judged
from autostable.training.suspended import Fit, Suspended

LONG = 0.35  # of the whole run: a look that late is hardly earlier than the end
NO_LEAD = "after as many steps it is no better than the training as it was"


class TakenOver(BaseException):
    """Ends a fit whose place a plan has taken. Not an Exception: user code must not swallow it."""


class Bench(Protocol):
    """A fit, and what it can do for who looks at it."""

    @property
    def fit(self) -> Fit:
        """What stands still."""

    @property
    def attempts(self) -> list[Attempt]:
        """What was run so far."""

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""

    def judged_so_far(self) -> Judged | None:
        """What is to be said of the run at hand; None where nothing shows by itself that it cannot heal."""

    def changes(self, before: Judged) -> bool:
        """Whether the latest run, as far as it has come, is a cure of one that was judged so after as many steps."""

    def given_up(self, bench: repair.Bench, judged: Judged) -> Result:
        """Look for a plan that takes the place of the run at hand, and tell of it."""

    def at_hand(self) -> dict[str, Any]:
        """What is kept of the run at hand; for `stand`."""

    def stand(self, kept: Mapping[str, Any]) -> None:
        """Take off any plan and go on with the run that was at hand."""


def looked_at(full: int | None) -> int | None:
    """After how many steps a fit of so many is looked at; None where that would be nearly the whole run.

    After as many as a probe has, or as few as can be judged.
    """
    if full is None:
        return None
    steps = max(probe_steps(full, 0, useless=True), FEWEST_STEPS)
    return steps if steps <= LONG * full else None


class Early:
    """One look at a fit. It stands for the fit as a bench: a plan is run in full only if it leads after as many steps.

    Attributes:
        at: After how many steps.
        looked: It has been taken, or is being taken.
        looking: The fit is suspended.
        attempts: The attempts that were made; empty where nothing was seen.
    """

    def __init__(self, bench: Bench, at: int) -> None:
        self.at, self.looked, self.looking = at, False, False
        self.attempts: list[Attempt] = []
        self._bench = bench
        self._before: Judged | None = None
        self._leads: dict[str, bool] = {}

    def look(self) -> None:
        """Look, and try plans where what is seen asks for it.

        Raises:
            TakenOver: If a plan has taken the place of the fit.
        """
        self.looked = True
        with self._bench.fit.held():
            try:
                judged = self._bench.judged_so_far()
            except Exception as error:
                _stand_aside(error)
                return
            if judged is not None and judged.cannot_heal and self._taken_over(judged):
                raise TakenOver

    def _taken_over(self, judged: Judged) -> bool:
        """Try plans; if none takes the place of the fit, put everything back."""
        kept, suspended = self._bench.at_hand(), Suspended(self._bench.fit)
        self._before, self.looking, taken = judged, True, False
        try:
            taken = self._bench.given_up(self, judged).plan is not None
        except Exception as error:
            _stand_aside(error)
        finally:
            self.looking = False
            if not taken:
                self.attempts = [attempt for attempt in self._bench.attempts if attempt.plan]
                self._bench.stand(kept)
                suspended.restore()
        return taken

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        if kind != "full":
            return self._probed(plan, steps, goes_on)
        key = repr(plan)
        probe = None if key in self._leads else self._probed(plan, self.at, lambda attempt: True)
        if probe is not None and probe.kind == "full":
            return probe
        if self._leads[key]:
            return self._bench.attempt(plan, kind="full", steps=None)
        last = probe or next(each for each in reversed(self._bench.attempts) if each.plan == plan)
        return dataclasses.replace(
            last, steps=0 if probe is None else probe.steps, learnt=False, passes=False, why=NO_LEAD
        )

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._bench.located(plan)

    def _probed(self, plan: Plan, steps: int | None, goes_on: GoesOn | None) -> Attempt:
        """A probe, which is gone on with only where it leads."""

        def leads(attempt: Attempt) -> bool:
            assert self._before is not None
            self._leads[key] = attempt.stable and self._bench.changes(self._before)
            return self._leads[key]

        key, length = repr(plan), max(steps or 0, self.at)  # what is shorter cannot be compared
        on = None if goes_on is None else lambda attempt: leads(attempt) and goes_on(attempt)
        attempt = self._bench.attempt(plan, kind="probe", steps=length, goes_on=on)
        if key not in self._leads:
            leads(attempt)
        return attempt


def _stand_aside(error: Exception) -> None:
    """A fault of autostable's own must not cost the user a training."""
    own_fault.noted(error, "a training could not be looked at early")
