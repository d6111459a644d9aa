"""The search for a plan that cures a fit, and what it may cost."""

from __future__ import annotations

import dataclasses

from autostable.evidence import Evidence
from autostable.records import Cause, Symptom
from autostable.repair.bench import Bench, Result
from autostable.repair.search import search
from autostable.training.fits.given import Given
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.session import Session

FEW_STEPS = 100  # allowed to every repair: twenty-four steps, say, times any budget are over before much is tried
SWEEP_STEPS = 400  # allowed to the repair of a trial on top of its budget: its kin will learn from it


class Searching:
    """Searches plans for one fit."""

    def __init__(self, session: Session, given: Given, stage: Stage, record: Record) -> None:
        self._given = given
        self._session, self._stage, self._record = session, stage, record

    def searched(self, bench: Bench, symptom: Symptom, causes: tuple[Cause, ...], evidence: Evidence) -> Result:
        """Search on a bench, within what is left of the budget.

        While the fit is looked at before its end, what it takes itself and one whole run after that are left alone. The script
        does not begin anew here, so what would mend its own lines is not tried.
        """
        evidence = dataclasses.replace(evidence, divided=(), reruns=False)
        tried, baseline, full = self._stage.tried_early, self._record.attempts[0], self._record.full
        orders = self._session.orders
        orders = dataclasses.replace(orders, attempts=max(1, orders.attempts - len(tried)))
        budget, saves = None, None
        if full is not None:
            left = full - baseline.steps if self._stage.looking else 0
            budget = int(orders.budget * full) + self._allowance() - sum(attempt.steps for attempt in tried) - left
            saves = left / full or None
        return search(
            bench, baseline, symptom, causes, evidence, orders, full=full, steps=budget, suspect=self._record.suspect,
            saves=saves, unseen=self._given.unseen, tried=tried, thorough=orders.sweep, kin=self._session.kin,
        )  # fmt: skip

    def _allowance(self) -> int:
        """Steps that a repair may take however small its budget."""
        return SWEEP_STEPS if self._session.orders.sweep else FEW_STEPS
