"""Batches of data that can be read only once: the first ones and the latest, in bounded memory."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from keras import tree

from autostable.judgement.reference import MOST_ROWS

MOST_BATCHES = 64  # for the audit
LATEST = 256  # no more steps than these pass between two looks at the vitals: the batch that failed is among them
MOST_BYTES = 16 * 2**20  # of the first ones, and of the latest: half of what a run may take beside its own memory


class KeptBatches:
    """Some of the batches that a training was given, (x, y) or (x, y, weights) each.

    Attributes:
        first: The first ones, for the audit: what came later may be the training's own doing.
        latest: The last ones, for the judge, and for who looks for the one that failed.
    """

    def __init__(self) -> None:
        self.first: list[Any] = []
        self.latest: deque[Any] = deque(maxlen=LATEST)
        self._count = self._bytes = self._bytes_first = 0

    def add(self, batch: Any) -> None:
        """A batch goes by. It is copied, for its owner may write the next one into the same arrays."""
        own = tree.map_structure(lambda part: part.copy() if isinstance(part, np.ndarray) else part, batch)
        _, size = _size(own)
        if len(self.first) == self._count < MOST_BATCHES and self._bytes_first + size <= MOST_BYTES:
            self.first.append(own)
            self._bytes_first += size
        self._count += 1
        if len(self.latest) == LATEST:
            self._forget()
        self.latest.append(own)
        self._bytes += size
        while len(self.latest) > 1 and self._bytes > MOST_BYTES:
            self._forget()

    def at(self, number: int) -> Any:
        """The batch of that number, counted from 0; None where it is not kept."""
        if number < len(self.first):
            return self.first[number]
        place = number - (self._count - len(self.latest))
        return self.latest[place] if 0 <= place < len(self.latest) else None

    def _forget(self) -> None:
        self._bytes -= _size(self.latest.popleft())[1]


def keeping(batches: Iterator[Any], kept: KeptBatches) -> Generator[Any, None, None]:
    """The same batches, each kept as it goes by."""
    for batch in batches:
        kept.add(batch)
        yield batch


def rows_in(part: Any) -> int:
    """Rows of an array or a tensor; 0 of one without axes, and of anything else."""
    shape = getattr(part, "shape", None)
    return int(shape[0]) if shape is not None and len(shape) else 0


def batches_kept(like: Any) -> int:
    """How many batches like this one are looked at."""
    rows, size = _size(like)
    return max(1, min(MOST_BATCHES, -(-MOST_ROWS // rows), MOST_BYTES // max(1, size)))


def _size(batch: Any) -> tuple[int, int]:
    """Rows and bytes."""
    parts = [part for part in tree.flatten(batch) if hasattr(part, "shape") and hasattr(part, "dtype")]
    return max([1, *map(rows_in, parts)]), sum(_bytes(part) for part in parts)


def _bytes(part: Any) -> int:
    """Of an array or a tensor, which does not tell by itself."""
    known = getattr(part, "nbytes", None)
    return int(known) if known is not None else math.prod(part.shape) * int(getattr(part.dtype, "size", 0))
