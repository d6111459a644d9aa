"""What is to be said of the run at hand before its end, and of others that were as long."""

from __future__ import annotations

from autostable.records import Code
from autostable.repair.faults import out_of_reach, plain_fault
from autostable.repair.memory import Memory
from autostable.training.examine.judge import Judge, Judged
from autostable.training.fits.answers import says_one_thing
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.audits import Audits
from autostable.training.fits.given import Given
from autostable.training.fits.outcomes import Outcomes
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.guard import Guard
from autostable.training.judging import stands_still


class SoFar:
    """The run at hand, as far as it has come."""

    def __init__(
        self, given: Given, guard: Guard, stage: Stage, record: Record, *, patient: AtRest, judge: Judge, audits: Audits,
        outcomes: Outcomes, memory: Memory,
    ) -> None:  # fmt: skip
        self._model, self._guard, self._stage, self._record = given.model, guard, stage, record
        self._patient, self._judge, self._audits, self._outcomes = patient, judge, audits, outcomes
        self._memory = memory

    def judged(self) -> Judged | None:
        """What is to be said of the run at hand; None where nothing shows by itself that it cannot heal."""
        result = self._stage.so_far()
        audited = self._audits.audited(result)
        fault = None if audited is None else plain_fault(audited, ())
        # of a schedule the beginning is no measure: what leads under a longer warm-up need not lead at its end
        faulty = fault is not None and fault.code is not Code.LEARNING_RATE_TOO_LOW
        beyond = audited is not None and out_of_reach(audited)
        if not (
            faulty or beyond or stands_still(result.norms, result.losses)
            or says_one_thing(self._judge, self._patient, result.losses)
        ):  # fmt: skip
            return None
        return self._outcomes.looked_into(result, self._outcomes.bounded(result), ())

    def changes(self, before: Judged) -> bool:
        """Whether the latest run, as far as it has come, is a cure of one that was judged so after as many steps."""

        def cures() -> bool:
            plan, result = self._record.latest
            judged = self._outcomes.looked_into(result, self._outcomes.bounded(result), plan)
            own, less = self._stage.setup.own_loss, self._stage.setup.takes_away
            return not judged.sick and self._judge.cures(before, judged, same_loss=own, takes_away=less).yes

        return self._memory.lead(cures)
