"""The runs of a fit: the program's own, and those under plans. A bench for the search (see `repair.bench.Bench`)."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time

from autostable import frames, registry
from autostable.evidence import Finding
from autostable.records import Attempt, Plan, SymptomKind
from autostable.repair.bench import GoesOn
from autostable.repair.memory import Memory
from autostable.setup import Setup
from autostable.training import data, facts, own_fault, seams
from autostable.training.fits.given import Given
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.locating import Locating
from autostable.training.fits.muted import Muted
from autostable.training.fits.outcomes import Outcomes
from autostable.training.fits.raised import ended_by_caller
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Enough, Stage
from autostable.training.fits.start import Start
from autostable.training.fits.telling import Telling
from autostable.training.guard import Guard, Tripped
from autostable.training.install import Installation
from autostable.training.judging import Run
from autostable.training.session import Session


class Runs:
    """Runs one fit as often as it takes."""

    def __init__(
        self, session: Session, given: Given, guard: Guard, stage: Stage, start: Start, record: Record, *, host: Session,
        installation: Installation, in_flight: InFlight, outcomes: Outcomes, locating: Locating, telling: Telling,
        memory: Memory,
    ) -> None:  # fmt: skip
        self._session, self._host, self._given, self._model, self._guard = session, host, given, given.model, guard
        self._stage, self._start, self._record = stage, start, record
        self._installation, self._in_flight, self._outcomes = installation, in_flight, outcomes
        self._locating, self._telling, self._memory = locating, telling, memory

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        recalled = self._recalled(plan, kind, steps, goes_on)
        if recalled is not None:
            return recalled
        self._record.latest = plan, Run()
        before, began = len(self._record.attempts), time.monotonic()
        try:
            self._begun_again(plan, kind, steps, goes_on)
        except Exception as error:  # a fault of our own, or of a remedy's, costs this plan and not the search
            own_fault.noted(error, "a plan could not be tried")
            del self._record.attempts[before:]
            self._record.attempts.append(_failed(error, plan, kind, time.monotonic() - began))
        made = self._record.attempts[-1]
        self._memory.made(made, None if made.kind == "full" else steps)
        return made

    def _recalled(self, plan: Plan, kind: str, steps: int | None, goes_on: GoesOn | None) -> Attempt | None:
        """What was tried before a kill; a probe that was gone on with is a run in full."""
        found = self._memory.recall(plan, kind, steps, leads=self._stage.looking)
        if found is None and goes_on is not None:
            found = self._memory.recall(plan, "full", None, leads=self._stage.looking)
        if found is not None:
            self._record.latest = plan, Run()
            self._record.attempts.append(found)
            if found.kind == "full" and found.stable:
                self._record.full = found.steps
        return found

    def _begun_again(self, plan: Plan, kind: str, steps: int | None, goes_on: GoesOn | None) -> None:
        """Run the fit from its start under a plan."""
        setup = dataclasses.replace(registry.setup_of(plan), seed=self._session.orders.seed)
        self._start.rewind(setup)
        if kind == "full" or goes_on is not None:
            self._start.files.set_aside()
        result = self.run(setup, kind=kind, plan=plan, limit=steps, goes_on=goes_on)
        whole = self._record.attempts[-1].kind == "full"
        if whole and result.history is not None:
            self._record.history = result.history
        if whole and result.trip is None and ended_by_caller(result.error):
            self._record.ended_by = result.error
        self._record.latest = plan, result

    def _gone_on_with(self, plan: Plan, goes_on: GoesOn, muted: Muted) -> bool:
        """Whether the run at hand, which has come to the limit of a probe, is gone on with; then it is one in full."""
        result = self._stage.so_far()
        attempt = self._outcomes.attempt_of(result, "probe", plan)
        self._record.latest = plan, result
        self._memory.under_way(attempt, result.steps)
        try:
            with self._start.held():
                on = goes_on(attempt)
        except Exception as error:  # a fault of our own costs the steps that a run from the start takes
            own_fault.noted(error, "a probe could not be gone on with")
            return False
        if on:
            if self._session.on_doing:
                self._telling.run("full", plan, None)
            muted.let_out()
        return on

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._memory.locate(plan, self._located_latest)

    def _located_latest(self) -> Finding | None:
        _, result = self._record.latest
        if result.trip is not None and result.trip.kind == SymptomKind.NONFINITE:
            result.trip = self._locating.pinned(result.trip)
        return None if result.trip is None and not self._record.is_lost(result) else self._locating.found_in(result)

    def run(
        self,
        setup: Setup,
        *,
        kind: str,
        plan: Plan,
        limit: int | None = None,
        goes_on: GoesOn | None = None,
    ) -> Run:
        """Run the fit under a setup, and record how it ended.

        Args:
            setup: The setup.
            kind: "baseline", "probe" or "full".
            plan: What the setup is of.
            limit: Of its steps.
            goes_on: Asked there whether a probe is gone on with. Such a one has the user's callbacks from its start, and what
                is printed meanwhile is kept back.
        """
        if not self._record.attempts and not setup.neutral:
            self._start.draw(setup)
            self._installation.put(setup)
        self._stage.setup = setup
        muted = Muted()
        on = None if goes_on is None else functools.partial(self._gone_on_with, plan, goes_on, muted)
        self._stage.begin(limit, goes_on=on)
        heals = self._session.orders.heals and kind != "probe" and not self._record.attempts
        if heals:
            self._in_flight.begin(plan)
        first = not self._record.attempts
        given = self._start.given_first(looked_at=self._stage.early is not None) if first else self._start.given_again()
        arguments = data.prepared(given, setup)
        if kind == "probe" and on is None:
            arguments.update(verbose=0, validation_freq=10**9, callbacks=self._given.rate_callbacks())
        result = Run()
        if self._session.on_doing:
            self._telling.run(kind, plan, limit)
        self._stage.began = began = time.monotonic()
        try:
            with (
                self._stage.watched(),
                seams.without_frames_of(frames.OWN),
                contextlib.nullcontext() if on is None else muted,
            ):
                result.history = self._given.fitted(arguments)
                self._guard.settle()
        except Tripped as stopped:
            result.trip, result.history = stopped.trip, None  # seen at its very end, it is the end of withheld steps
        except Enough:
            result.cut = True
        except KeyboardInterrupt:
            self._host.interrupted = False  # it came through; a program may catch it and train on
            raise
        except Exception as error:
            result.error = error
        finally:
            if result.history is None:
                self._stage.tidy()
        if result.trip is None and (result.cut or result.error is not None):
            try:
                self._guard.settle()
            except Tripped as stopped:
                result.trip = stopped.trip
        result.seconds = time.monotonic() - began
        result.rate, result.idle = facts.learning_rate(self._model), facts.idle(self._model)
        result.losses = self._guard.seen_losses if result.trip is None else self._guard.counted_losses
        result.norms = list(self._guard.norms)
        result.skips = self._guard.skips
        result.steps = self._stage.calls if result.trip is None else min(self._stage.calls, result.trip.batch + 1)
        if on is not None and (self._stage.limit is None or result.history is not None):
            kind = "full"
            muted.let_out()
        if result.history is not None and kind != "probe":
            self._record.full = result.steps
        self._session.audits.trained(result.seconds)
        healed = self._in_flight.healer if not self._record.attempts else None
        self._record.attempts.append(self._outcomes.attempt_of(result, kind, plan))
        if healed is not None:
            healed.close()
        return result


def _failed(error: Exception, plan: Plan, kind: str, seconds: float) -> Attempt:
    """The record of an attempt that autostable itself, or a remedy, has failed in."""
    said = (str(error).splitlines() or [""])[0][:160]
    why = f"autostable itself failed under this plan ({type(error).__name__}: {said})"
    return Attempt(plan, kind, "crashed", 0, round(seconds, 3), why=why)
