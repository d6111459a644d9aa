"""One step of a fit once more, every operation recorded."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from autostable.evidence import Finding
from autostable.training import seams
from autostable.training.fits.given import Given
from autostable.training.fits.record import Record
from autostable.training.fits.stage import Stage
from autostable.training.fits.start import Start
from autostable.training.replay import capsule
from autostable.training.replay.finding import found_in, nearest
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run

_log = logging.getLogger("autostable")


class Replays:
    """Replays of a fit's steps, from the variables as they are; these are afterwards what they were."""

    def __init__(self, given: Given, stage: Stage, start: Start, record: Record, folder: str | None) -> None:
        """Nothing is replayed yet.

        Args:
            given: What the fit is given.
            stage: The run at hand; keeps the latest replay.
            start: Knows the variables.
            record: What was run so far.
            folder: Where the capsule of what is found is kept; None keeps none.
        """
        self._model, self._stage, self._start, self._record, self._folder = given.model, stage, start, record, folder

    def found(self, batch: Any, bad_weights: list[str]) -> Finding | None:
        """The first bad operation of a step on this batch."""
        with self._start.variables_put_back():
            # XLA's gradients are the stricter ones: what only they make non-finite a CPU's kernels do not show
            found = self._once(batch, bad_weights, strict=False)
            if found is not None or bad_weights:
                return found
            found = self._once(batch, bad_weights, strict=True)
            replay = self._stage.replay
            found = found or (None if replay is None else nearest(replay))
            return found and dataclasses.replace(found, only_xla=seams.is_compiled(self._model))

    def once_more(self, batch: Any) -> Replay | None:
        """A step on this batch at the weights as they are; None where it gives bad numbers."""
        with self._start.variables_put_back():
            return None if self._once(batch, [], strict=False) else self._stage.replay

    def shown(self, batch: Any) -> Replay | None:
        """The same; None, too, of a step that cannot be run by itself."""
        try:
            return self.once_more(batch)
        except Exception as error:
            _log.debug("a step could not be looked into", exc_info=error)
            return None

    def _once(self, batch: Any, bad_weights: list[str], *, strict: bool) -> Finding | None:
        replay = Replay(strict=strict, traced=not self._model.run_eagerly)
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        for name, part in (("Input", x), ("Label", y), ("SampleWeight", weight)):
            for index, tensor in enumerate(tree.flatten(part)):
                if isinstance(tensor, tf.Tensor):
                    replay.leaf(name, index, tensor)
        self._stage.mode, self._stage.replay = "replay", replay
        try:
            with self._stage.watched(), eagerly():
                run(lambda: self._model.train_step(batch), replay)
        finally:
            self._stage.mode = "train"
        found = found_in(replay, self._model.variables, bad_weights)
        if len(self._record.attempts) == 1:  # the failure that the user saw, not one under a plan
            capsule.write(self._folder, replay, found)
        return found
