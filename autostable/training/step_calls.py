"""The latest step of a loop of the user's own, and what it and those before it were called with."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import tree

from autostable.training.examine.kept import batches_kept, rows_in

KEPT_CALLS = 8  # of a step of the user's own, at least: one batch alone has little to say


class StepCalls:
    """The steps of a loop, the latest of which can be made once more.

    Attributes:
        step: The latest step, to be called with what `given` is or something like it; None where it is not known.
        given: What it was called with.
        first: What the first steps were called with.
        latest: What the latest ones were called with.
    """

    def __init__(self) -> None:
        self.step: Callable[[Any], Any] | None = None
        self.given: Any = ()
        self.first: list[Any] = []
        self.latest: deque[Any] = deque()

    def forget(self) -> None:
        """Another training begins."""
        self.first, self.latest, self.step = [], deque(), None

    def add(self, given: Any, step: Callable[[Any], Any]) -> None:
        """A step was made."""
        self.given, self.step = given, step
        if not self.latest:
            self.latest = deque(maxlen=max(KEPT_CALLS, batches_kept(given)))
        if len(self.first) < KEPT_CALLS:
            self.first.append(given)
        self.latest.append(given)

    def alike(self) -> list[Any]:
        """What the step was called with, the latest last, in the shapes of most calls: the last batch may be a smaller one."""
        shapes = [tuple(map(str, _sizes(call))) for call in self.latest]
        most = max(reversed(shapes), key=shapes.count, default=())
        return [call for call, each in zip(self.latest, shapes, strict=True) if each == most]

    def first_alike(self) -> list[Any]:
        """What the first steps were called with, where it has the shapes of the latest calls."""
        shapes = _sizes(self.alike()[-1])
        return [call for call in self.first if _sizes(call) == shapes]

    def alike_parts(self) -> list[int]:
        """Which parts of what the step is called with have as many rows as any."""
        sizes = [rows_in(part) for part in tree.flatten(self.alike()[-1])]
        most = max(sizes, default=0)
        return [index for index, size in enumerate(sizes) if size == most >= 2]


def holds_rows(call: Any) -> bool:
    """Whether a step is called with rows."""
    return any(rows_in(part) >= 2 for part in tree.flatten(call))


def rows_of(batch: Any) -> int:
    """Rows of a batch."""
    return max(map(rows_in, tree.flatten(batch)), default=0)


def spreads(calls: Sequence[Any]) -> list[float]:
    """The variance of each array of real numbers that a step is given, over several steps."""
    arrays = [[np.asarray(part) for part in tree.flatten(call) if rows_in(part) >= 2] for call in calls]
    alike = [each for each in arrays if len(each) == len(arrays[-1])]
    pooled = [np.concatenate([part.ravel() for part in parts]) for parts in zip(*alike, strict=True)]
    return [float(np.var(part)) for part in pooled if part.dtype.kind == "f" and np.isfinite(part).all()]


def _sizes(call: Any) -> list[Any]:
    return [getattr(part, "shape", None) for part in tree.flatten(call)]
