"""States of a training to go back to: two in memory (small ones more), older ones on disk, the older the farther apart.

A value is read, not copied: the update that comes next finds its buffer shared and writes into another one. So a state in
memory costs one copy that the device makes beside the step, and no wait. It is the one store of states of a `fit` between two
of its steps; what only a training's start needs is `rewind`'s.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.repair.rings import superfluous
from autostable.training import finite, seams

IN_MEMORY = 2  # copies of the state, unless it is larger than `LARGE`
MOST = 6  # states altogether: with growing distances the sixth is as old as the training
SMALL = (
    2**26
)  # bytes that all states in memory may have together, where that is more than two: 64 MB, as a watch may take
LARGE = 2**31  # bytes of a state of which only the newest stays in memory
_log = logging.getLogger("autostable")


@dataclasses.dataclass
class Snapshot:
    """A state of a training between two steps.

    Attributes:
        step: The batch that comes next, counted from 0.
        epoch: The epoch that is under way.
        variables: What was read; `values` in the same order, None where they lie in `file`.
        seen: Where the watch stood.
    """

    step: int
    epoch: int
    variables: list[Any]
    values: list[Any] | None
    seen: Mapping[str, Any]
    file: Path | None = None

    @property
    def size(self) -> int:
        """Bytes of its values."""
        return sum(map(seams.size_of, self.variables))

    def restore(self) -> None:
        """Assign all of it."""
        values = self.values
        if values is None:
            assert self.file is not None
            with self.file.open("rb") as stream:
                values = pickle.load(stream)
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def spill(self, file: Path) -> None:
        """Write the values to disk.

        Raises:
            OSError: If that cannot be done; they are in memory still.
        """
        if self.values is None:
            return
        with file.open("wb") as stream:
            pickle.dump([value.numpy() for value in self.values], stream, protocol=5)
        self.file, self.values = file, None

    def forget(self) -> None:
        """Let go of the values, wherever they are."""
        self.values = None
        if self.file is not None:
            self.file.unlink(missing_ok=True)


class Reader:
    """Reads many variables at once, and whether those that matter are finite: one call of a function for all of them.

    Attributes:
        anew: The last reading was the first of these variables: it took far longer than others will.
    """

    def __init__(self) -> None:
        self.anew = False
        self._known: tuple[Any, ...] = ()
        self._function: Any = None

    def read(self, variables: Iterable[Any], watched: Iterable[Any] = ()) -> tuple[list[Any], list[Any], bool]:
        """The variables, each once, their values, and whether all those are finite that are watched.

        Args:
            variables: What is to be read.
            watched: Variables of real numbers.
        """
        known = list({id(variable): variable for variable in variables}.values())
        watched = list(watched)
        key = (*map(id, known), None, *map(id, watched))
        self.anew = key != self._known
        if self.anew:
            self._known, self._function = key, _reading(known, watched)
        values, total = self._function()
        return known, values, bool(np.isfinite(total.numpy()))


def _reading(variables: list[Any], watched: list[Any]) -> Callable[[], tuple[list[Any], Any]]:
    def read() -> tuple[list[Any], Any]:
        total = (
            finite.grand_total([tf.convert_to_tensor(variable) for variable in watched]) if watched else tf.zeros(())
        )
        return [seams.value_now(variable) for variable in variables], total

    if tf.distribute.has_strategy():
        return read
    # of a function that is made anew now and then TensorFlow would warn; of a concrete one it does not
    traced: Callable[[], tuple[list[Any], Any]] = tf.function(read, autograph=False).get_concrete_function()
    return traced


class Ring:
    """The states that are kept, oldest first.

    Attributes:
        lost: What kept a state from being written; empty where nothing did.
    """

    def __init__(self, folder: Path | None = None, *, most: int = MOST, in_memory: int = IN_MEMORY) -> None:
        self._folder, self._most, self._in_memory = folder, most, in_memory
        self._made: Path | None = None
        self._states: list[Snapshot] = []
        self._count = 0
        self.lost = ""

    def __len__(self) -> int:
        return len(self._states)

    @property
    def steps(self) -> list[int]:
        """When the states were taken."""
        return [state.step for state in self._states]

    def add(self, state: Snapshot) -> None:
        """Keep a state; one that there is no room for is let go."""
        self._states.append(state)
        while (place := superfluous(self.steps, self._most)) is not None:
            self._states.pop(place).forget()
        in_memory = 1 if state.size > LARGE else max(self._in_memory, SMALL // max(1, state.size))
        for older in self._states[:-in_memory]:
            self._spill(older)
        self._states = [each for each in self._states if each.values is not None or each.file is not None]

    def newest(self, back: int = 0) -> Snapshot:
        """The newest state, or one so many before it; the oldest where there are not so many."""
        return self._states[max(0, len(self._states) - 1 - back)]

    def before(self, step: int) -> Snapshot:
        """The newest state that was taken before this batch, or at it; the oldest where none was."""
        return next((state for state in reversed(self._states) if state.step <= step), self._states[0])

    def until(self, state: Snapshot) -> list[Snapshot]:
        """The states up to this one, oldest first."""
        return self._states[: self._states.index(state) + 1]

    def drop_after(self, state: Snapshot) -> None:
        """Let go of what is newer than this one."""
        kept = self._states.index(state) + 1
        for newer in self._states[kept:]:
            newer.forget()
        del self._states[kept:]

    def clear(self) -> None:
        """Let go of all."""
        for state in self._states:
            state.forget()
        self._states.clear()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
            self._made = None

    def _spill(self, state: Snapshot) -> None:
        if state.values is None:
            return
        self._count += 1
        try:
            state.spill(self._place() / f"{self._count}.state")
        except OSError as error:  # a full disk costs a state, not the training
            _log.debug("a state of the training could not be written", exc_info=error)
            self.lost = self.lost or f"{type(error).__name__}: {error}"
            state.values = None

    def _place(self) -> Path:
        if self._made is None:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._made = Path(tempfile.mkdtemp(prefix="states-", dir=self._folder))
        return self._made


@contextlib.contextmanager
def put_back(variables: Callable[[], Iterable[Any]]) -> Iterator[None]:
    """What happens within is undone at the end."""
    known, values, _ = Reader().read(variables())
    state = Snapshot(0, 0, known, values, {})
    try:
        yield
    finally:
        state.restore()
