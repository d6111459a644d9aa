"""Steps of a program's own loops, every operation recorded: made once more where they can be, or as they come."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

from autostable.evidence import Finding
from autostable.training import layers_called, seams
from autostable.training.replay import aims, capsule, replicas
from autostable.training.replay.finding import found_in, nearest
from autostable.training.replay.numbers import iter_bad_weights
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import eagerly, run, taped

# Replays, seconds: of a step that fails now and then, as its random numbers fall.
MOST_REDRAWS, LONGEST_REDRAW = 400, 20.0


class StepReplays:
    """Steps made once more, every operation recorded.

    Attributes:
        now: The replay that is under way, if any is.
        last: The latest one.
        asks_graphs: The program asks for gradients by `tf.gradients`.
    """

    def __init__(
        self,
        folder: str | None,
        *,
        shared: Callable[[], bool],
        states: Callable[[], list[Any]],
        traced: Callable[[], bool] = lambda: False,
        listener: layers_called.Listener,
    ) -> None:
        """Nothing is replayed yet.

        Args:
            folder: Where the capsule of what is found is kept; None keeps none.
            shared: Whether several processes make a step together.
            states: Variables that a step changes besides those that it trains.
            traced: Whether the program makes its steps in TensorFlow's graphs.
            listener: Stands around every call of a layer or loss in a replay.
        """
        self.now: Replay | None = None
        self.last: Replay | None = None
        self.asks_graphs = False
        self._folder, self._shared, self._states, self._listener = folder, shared, states, listener
        self._traced = traced

    def failure(self, step: Callable[[], Any], *, compiled: bool) -> Finding | None:
        """What is found in a step that failed; None where it does not fail again, and comes near to it nowhere.

        Args:
            step: The step.
            compiled: XLA compiles it.
        """
        found = self.found(step) or self._strictly(step, compiled) or self._redrawn(step)
        return found or (None if self.last is None else nearest(self.last))

    def found(self, step: Callable[[], Any], *, strict: bool = False, updates: bool = True) -> Finding | None:
        """What one replay of a step finds (see `Replay` for the flags)."""
        replay = Replay(strict=strict, updates=updates, traced=self._traced())
        self.now = self.last = replay
        try:
            alone = replicas.alone(replay) if self._shared() else contextlib.nullcontext()
            tape = taped() if self.asks_graphs else contextlib.nullcontext()
            with layers_called.following(self._listener), alone, eagerly(), tape:
                run(step, replay)
        finally:
            self.now = None
        variables = [variable for _, variable in replay.gradients]
        bad = list(iter_bad_weights(variables))
        states = [seams.native(variable) for variable in (*variables, *self._states())]
        found = found_in(replay, states, bad)
        capsule.write(self._folder, replay, found)
        return found

    def _strictly(self, step: Callable[[], Any], compiled: bool) -> Finding | None:
        """What only gradients as XLA has them show."""
        found = self.found(step, strict=True)
        return found and dataclasses.replace(found, only_xla=compiled)

    def _redrawn(self, step: Callable[[], Any]) -> Finding | None:
        """Replay a step that draws random numbers until it draws bad ones once more; None where it does not."""
        until = time.monotonic() + LONGEST_REDRAW
        for _ in range(MOST_REDRAWS):
            found = self.found(step)
            if found is not None or self.last is None or not aims.draws(self.last) or time.monotonic() > until:
                return found
        return None


class Recording:
    """The operations of an eager loop as they come, for its step cannot be made once more.

    Attributes:
        record: All that was recorded.
        under_way: What is undone when recording ends; None while nothing is recorded.
    """

    def __init__(self, folder: str | None, listener: layers_called.Listener) -> None:
        """Nothing is recorded yet.

        Args:
            folder: Where the capsule of what is found is kept; None keeps none.
            listener: Stands around every call of a layer or loss.
        """
        self.record = Replay()
        self.under_way: contextlib.ExitStack | None = None
        self._folder, self._listener = folder, listener

    @property
    def goes_on(self) -> bool:
        """Whether operations are recorded."""
        return self.under_way is not None

    def begin(self) -> None:
        """Record every operation from here on."""
        if self.under_way is not None:
            return
        stack = contextlib.ExitStack()
        stack.enter_context(layers_called.following(self._listener))
        stack.enter_context(taped())
        stack.enter_context(seams.wrapping_gradients(self.record.around_gradient))
        stack.enter_context(seams.watching_ops(self.record.on_op))
        self.under_way = stack

    def close(self) -> None:
        """Record nothing any more."""
        if self.under_way is not None:
            self.under_way.close()
            self.under_way = None

    def end(self, known: Sequence[Any]) -> Finding | None:
        """What was found in all that was recorded, up to an update of these variables; nothing is recorded any more."""
        self.close()
        found = found_in(self.record, list(map(seams.native, known)), list(iter_bad_weights(known)))
        capsule.write(self._folder, self.record, found)
        return found
