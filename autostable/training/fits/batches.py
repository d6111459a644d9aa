"""The batch of a number: kept, or collected by running the data once more without training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.training import data, remainders
from autostable.training.fits.given import Given
from autostable.training.fits.stage import Enough, Stage
from autostable.training.fits.start import Start


class Batches:
    """The batches of a fit, by their numbers."""

    def __init__(self, given: Given, stage: Stage, start: Start) -> None:
        self._given, self._stage, self._start = given, stage, start
        self._rows: dict[int, int] = {}

    def rows(self, number: int) -> int:
        """How many rows the batch of that number held when it was asked for last; 0 where that is not known."""
        return self._rows.get(number, 0)

    def at(self, number: int, **changes: Any) -> Any:
        """The batch of that number: the data pipeline is run again from the start, if it can be, without training."""
        batch = self._found(number, changes)
        if batch is not None:
            self._rows[number] = remainders.rows_of(batch)
        return batch

    def _found(self, number: int, changes: dict[str, Any]) -> Any:
        kept = self._given.kept.at(number)
        if kept is not None:
            return tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), kept)
        self._start.at_entry()
        stage = self._stage
        stage.mode, stage.wanted, stage.calls, stage.batch = "collect", number, 0, None
        try:
            arguments = data.prepared({**self._start.given_again(), **changes}, stage.setup)
            arguments.update(verbose=0, callbacks=[], validation_freq=10**9)
            stage.fit(arguments)
        except Enough:
            return stage.batch
        except Exception:  # data that cannot be read again
            return None
        finally:
            stage.mode = "train"
            stage.tidy()
        return None

    def rows_at(self, number: int) -> Any:
        """The places of the rows of that batch among those that were given; None where nobody knows."""
        rows = data.row_count(self._given.arguments["x"])
        if rows is None:
            return None
        batch = self.at(number, x=np.arange(rows), y=None, sample_weight=None, class_weight=None)
        if batch is None:
            return None
        return np.asarray(keras.utils.unpack_x_y_sample_weight(batch)[0])


def collected(stage: Stage, iterator: Any, ahead: int) -> dict[str, Any]:
    """Let so many batches go by.

    Raises:
        Enough: Once the one that is wanted has come.
    """
    for _ in range(ahead):
        batch = next(iterator)
        if stage.calls == stage.wanted:
            stage.batch = tree.map_structure(
                lambda part: None if isinstance(part, tf.experimental.Optional) else part, batch
            )
            raise Enough
        stage.calls += 1
    return {}
