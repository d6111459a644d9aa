"""A fit that is looked at before its end, and may be given up for a plan (see `early`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autostable.evidence import Finding
from autostable.judgement import course, verdict
from autostable.records import Attempt, Plan
from autostable.repair.bench import Bench, GoesOn, Result
from autostable.story import stretches
from autostable.training.examine.judge import Judged
from autostable.training.fits.in_flight import InFlight
from autostable.training.fits.record import Record
from autostable.training.fits.runs import Runs
from autostable.training.fits.so_far import SoFar
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.install import Installation
from autostable.training.judging import Run


class Handover:
    """What can be done for who looks at a fit early (see `early.Bench`).

    Args:
        stage: The run at hand.
        start: How the fit is begun again.
        record: What was run so far.
        installation: What is on its model.
        in_flight: Heals the run at hand, if anything does.
        so_far: Judges the run at hand.
        runs: Makes others.
        search: Looks for a plan, on this bench, for a fit of which this run is all there is; tells of one that is found.
    """

    def __init__(
        self, stage: Stage, start: Start, record: Record, installation: Installation, in_flight: InFlight, so_far: SoFar,
        runs: Runs, search: Callable[[Bench, Run], Result],
    ) -> None:  # fmt: skip
        self._stage, self._start, self._record = stage, start, record
        self._installation, self._in_flight = installation, in_flight
        self._so_far, self._runs, self._search = so_far, runs, search

    @property
    def fit(self) -> Start:
        """What stands still while other runs are made."""
        return self._start

    @property
    def attempts(self) -> list[Attempt]:
        """What was run so far."""
        return self._record.attempts

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        return self._runs.attempt(plan, kind=kind, steps=steps, goes_on=goes_on)

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._runs.located(plan)

    def judged_so_far(self) -> Judged | None:
        """What is to be said of the run at hand; None where nothing shows by itself that it cannot heal."""
        return self._so_far.judged()

    def changes(self, before: Judged) -> bool:
        """Whether the latest run, as far as it has come, is a cure of one that was judged so after as many steps."""
        return self._so_far.changes(before)

    def at_hand(self) -> dict[str, Any]:
        """What is kept of the run at hand; for `stand`."""
        return {"stage": self._stage.at_hand(), "record": self._record.at_hand(), "healer": self._in_flight.healer}

    def stand(self, kept: Mapping[str, Any]) -> None:
        """Take off any plan and go on with the run that was at hand."""
        self._installation.take_off(retrace=False)
        self._stage.stand(kept["stage"])
        self._record.stand(kept["record"])
        self._in_flight.healer = kept["healer"]

    def given_up(self, bench: Bench, judged: Judged) -> Result:
        """Look for a plan that takes the place of the run at hand, and tell of it."""
        result = self._stage.so_far()
        self._record.baseline = self._record.last = judged
        first, last = course.means(result.losses)
        why = f"left after {result.steps} steps: {verdict.words(judged.judgement.reason)}"
        self._record.attempts = [
            Attempt(
                plan=(), kind="baseline", outcome="stable", steps=result.steps, seconds=round(result.seconds, 3),
                loss_first=first, loss_last=last, yardstick=last, why=why, curve=stretches(result.losses),
                learning=judged.learning, statements=judged.by_output,
            )
        ]  # fmt: skip
        return self._search(bench, result)
