"""One more training under a plan with rows kept back, when a judge asks for it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

import tensorflow as tf

from autostable.training import data
from autostable.training.examine import twins
from autostable.training.examine.rows import Rows
from autostable.training.fits.given import Given
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.guard import Guard, Tripped
from autostable.training.suspended import Standing

_log = logging.getLogger("autostable")


class Twins:
    """The twins of a fit's runs (see `examine.twins`)."""

    def __init__(self, given: Given, guard: Guard, stage: Stage, start: Start, record: Record) -> None:
        self._given, self._model, self._guard = given, given.model, guard
        self._stage, self._start, self._record = stage, start, record

    @contextlib.contextmanager
    def without_trace(self) -> Iterator[Callable[[], Rows | None]]:
        """Gives what trains once more under the plan in force, rows kept back; at the end all is as it was before."""
        ended: list[Standing] = []

        def twin() -> Rows | None:
            split = None if tf.distribute.has_strategy() else twins.held_back(self._given.arguments)
            if split is None:
                return None
            ended.append(Standing(self._start, self._model.history))
            self._start.rewind(self._stage.setup)
            self._stage.begin(None)
            callbacks = self._given.rate_callbacks()
            given = {**data.prepared(split[0], self._stage.setup), "verbose": 0, "callbacks": callbacks}
            try:
                with self._stage.watched():
                    self._given.fitted(given)
                    self._guard.look(force=True)
            except (Tripped, Exception) as error:
                _log.debug("a training with rows kept back failed", exc_info=error)
                self._stage.tidy()
                return None
            self._record.twins.append(self._stage.calls)
            return split[1]

        try:
            yield twin
        finally:
            for each in ended:
                each.restore()
