"""What a fit was trained and validated on, looked at in bounded time."""

from __future__ import annotations

import contextlib
import logging

import numpy as np
import tensorflow as tf

from autostable.evidence import ArrayFacts, Course, Evidence
from autostable.records import Site, Symptom, SymptomKind
from autostable.training import created, data, facts, seams
from autostable.training.examine import closing, rows
from autostable.training.examine.closing import Allowance
from autostable.training.examine.glance import Glance
from autostable.training.examine.judge import FEWEST_STEPS, Judge
from autostable.training.examine.rows import Rows
from autostable.training.fits.described import Described
from autostable.training.fits.given import Given
from autostable.training.fits.start import Start
from autostable.training.judging import Run

_log = logging.getLogger("autostable")


class Audits:
    """Looks at the data of a fit, each kind of it once."""

    def __init__(self, given: Given, start: Start, judge: Judge, described: Described, allowance: Allowance) -> None:
        self._given, self._model, self._start = given, given.model, start
        self._judge, self._described, self._allowance = judge, described, allowance
        self._look: closing.Looked | None = None

    def audited(self, result: Run, *, lines: bool = False) -> Evidence | None:
        """What was trained on, looked at in bounded time; None where that cannot be, or such looks have taken enough.

        Args:
            result: The run that has ended.
            lines: The lines of arguments are wanted, too (see `created.unread`).
        """
        allowance = self._allowance
        # what is judged by what it learnt is told of its plain faults in any case
        if self._look is None and len(result.losses) < FEWEST_STEPS and not allowance.is_left:
            return None
        try:
            wanted = self._look is None and not data.in_memory(self._given.arguments["x"])
            read = self._judge.rows_of(result.losses) if wanted else None  # the judge wants them in any case
            with allowance.spending(), contextlib.nullcontext() if lines else created.unread():
                look = self._look = self._look or closing.looked(self._model, self._given.arguments, read)
                return Evidence(
                    Symptom(SymptomKind.HEALTHY, result.steps), inputs=look.inputs, targets=look.targets, weights=look.weights,
                    entries=look.entries, model=self._described.model_facts(weighed=False),
                    course=Course(result.steps, rates=facts.rates_in_force(self._model, result.steps, result.history)),
                    shuffled_apart=self.shuffles_apart, altered=self._start.altered, negatives=created.negatives(),
                    class_weights=self._class_weights(),
                )  # fmt: skip
        except Exception as error:  # data of a kind that only `fit` can read: nothing is said of them
            _log.debug("the data of a training could not be audited", exc_info=error)
            return None

    def _class_weights(self) -> Site | None:
        """Where `fit` is given class weights."""
        if self._given.arguments.get("class_weight") is None:
            return None
        site = self._given.site
        return created.argument_site(site, "class_weight", "fit") or site

    @property
    def shuffles_apart(self) -> bool:
        """Whether a pipeline shuffles inputs and targets each by themselves."""
        x = self._given.arguments["x"]
        return isinstance(x, tf.data.Dataset) and seams.shuffled_apart(x)

    def lost_figure(self, result: Run) -> tuple[str, str, int] | None:
        """A validation figure that is not finite for bad validation data, the callback that goes by it, and since when."""
        history = getattr(result.history, "history", None) or {}
        for callback in self._given.callbacks:
            name = getattr(callback, "monitor", None)
            if (
                not isinstance(name, str)
                or not name.startswith("val_")
                or not getattr(callback, "save_best_only", True)
            ):
                continue
            bad = [epoch for epoch, value in enumerate(history.get(name, ())) if not np.all(np.isfinite(value))]
            if bad and any(each.bad_row_count for each in self.validated(self.validation_rows())):
                return name, type(callback).__name__, bad[0]
        return None

    def validation_rows(self) -> Rows | None:
        """Rows of a validation pipeline, where a look leaves no trace."""
        given = self._given.arguments.get("validation_data")
        return None if given is None or isinstance(given, tuple | list) else rows.unseen(self._given.arguments)

    def validated(self, unseen: Rows | None) -> tuple[ArrayFacts, ...]:
        """Audits of the validation data: of arrays, and of those rows of a pipeline that were read."""
        try:
            return closing.validation(self._model, self._given.arguments, unseen, Glance())
        except Exception as error:  # of a kind that only `fit` can read
            _log.debug("validation data could not be audited", exc_info=error)
            return ()
