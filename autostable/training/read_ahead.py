"""Who may read a data object of the user's: threads of Keras' and TensorFlow's read ahead of a fit, and one fit at a time may.

A fit that is suspended reads no batch, and none of a run that was left.
"""

from __future__ import annotations

import contextlib
import enum
import os
import threading
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from autostable.training.handing_on import HandingOn
from autostable.training.stored import Stored


class Left(Exception):
    """Ends what reads ahead of a run that was left."""


class _State(enum.Enum):
    OPEN, HELD, SHUT = range(3)


class Gate:
    """What whoever reads ahead of one run has to pass for each batch."""

    def __init__(self) -> None:
        self._changed, self._reading, self._state = threading.Condition(), 0, _State.OPEN

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """Within, a batch is read; waits while the gate is held.

        Raises:
            Left: If it is shut.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._state is not _State.HELD)
            if self._state is _State.SHUT:
                raise Left
            self._reading += 1
        try:
            yield
        finally:
            with self._changed:
                self._reading -= 1
                self._changed.notify_all()

    def hold(self) -> None:
        """From now on nobody passes; returns when nobody reads any more."""
        self._put(_State.HELD)

    def open(self) -> None:
        """Let them pass again."""
        self._put(_State.OPEN)

    def shut(self) -> None:
        """Nobody ever passes again; returns when nobody reads any more."""
        self._put(_State.SHUT)

    def _put(self, state: _State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
            if state is not _State.OPEN:
                self._changed.wait_for(lambda: not self._reading)


class Gated(HandingOn):
    """A `PyDataset` that is read through a gate."""

    def __init__(self, inner: Any, gate: Gate) -> None:
        super().__init__(inner)
        self._gate = gate

    def __getitem__(self, index: int) -> Any:
        with self._gate.passing():
            return self._inner[index]


class Held:
    """A data object that others read while the run that reads it stands still.

    Args:
        gate: Of that run.
        x: The user's.
    """

    def __init__(self, gate: Gate, x: Any) -> None:
        gate.hold()
        self._gate, self._stored, self._locks = gate, Stored(x), contextlib.ExitStack()
        self._locks.enter_context(self._stored.held())

    def go_on(self) -> None:
        """What is in its arrays is put back, and the run goes on reading."""
        self._locks.close()
        self._stored.restore()
        self._gate.open()

    def leave(self) -> None:
        """The run is over."""
        self._locks.close()
        self._gate.shut()


def can_be_held(x: Any) -> bool:
    """Whether who reads a data object of the user's ahead can be made to wait.

    Not processes: they read copies of it. And where TensorFlow has one thread for all that may wait, it would be waited for.
    """
    if not isinstance(x, keras.utils.PyDataset) or x.use_multiprocessing or x.num_batches is None:
        return False
    asked = tf.config.threading.get_inter_op_parallelism_threads() or int(os.environ.get("TF_NUM_INTEROP_THREADS") or 0)
    return (asked or os.cpu_count() or 1) > 1
