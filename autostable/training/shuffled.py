"""Rows in a random order, where a program gives them to its training in an order that says which class comes next."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from autostable.training.examine.kept import rows_in

MOST_BYTES = 64 * 2**20  # of the rows that are held to draw from


def dataset(x: tf.data.Dataset, seed: int) -> tf.data.Dataset:
    """The same rows in batches of the same size, shuffled anew in each epoch, as far as they can be held.

    Args:
        x: Batches of rows.
        seed: Of the shuffles.
    """
    first = next(iter(x.take(1)), None)
    if first is None:
        return x
    parts = [part for part in tree.flatten(first) if part is not None]
    size = max(map(rows_in, parts))
    rows, batches = _most_rows(parts, size), int(x.cardinality().numpy())
    held = rows if batches <= 0 else min(rows, batches * size)
    return x.unbatch().shuffle(held, seed=seed, reshuffle_each_iteration=True).batch(size)


class Drawn:
    """Draws batches from the latest rows that went by, for a training that is given one batch after the other.

    Args:
        seed: Of what is drawn.
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._held: list[Any] = []
        self._next = self._filled = 0

    def exchanged(self, batch: Any) -> Any:
        """As many rows, drawn from those that have come so far, these included.

        Args:
            batch: A structure; what in it has as many rows as any part keeps its rows together. It is given back as it is
                where it does not fit what came before.
        """
        flat = tree.flatten(batch)
        size = max(map(rows_in, flat), default=0)
        places = [place for place, part in enumerate(flat) if size > 0 and rows_in(part) == size]
        rows = [np.asarray(flat[place]) for place in places]
        if not places or not self._takes(rows, size):
            return batch
        chosen = self._random.choice(self._filled, size, replace=size > self._filled)
        for place, held in zip(places, self._held, strict=True):
            drawn = held[chosen]
            flat[place] = tf.constant(drawn) if tf.is_tensor(flat[place]) else drawn
        return tree.pack_sequence_as(batch, flat)

    def _takes(self, rows: list[Any], size: int) -> bool:
        """Hold these rows in the place of the oldest; False where they are of another kind."""
        if not self._held:
            most = max(_most_rows(rows, size), size)
            self._held = [np.zeros((most, *part.shape[1:]), part.dtype) for part in rows]
        alike = [(part.shape[1:], part.dtype) for part in rows] == [(part.shape[1:], part.dtype) for part in self._held]
        if not alike or size > len(self._held[0]):
            return False
        at = (self._next + np.arange(size)) % len(self._held[0])
        for held, part in zip(self._held, rows, strict=True):
            held[at] = part
        self._next = int(at[-1]) + 1
        self._filled = max(self._filled, min(len(self._held[0]), self._next))
        return True


def _most_rows(parts: list[Any], size: int) -> int:
    """How many rows like these can be held."""
    bytes_a_row = sum(np.asarray(part).nbytes for part in parts) / max(size, 1)
    return max(1, int(MOST_BYTES / max(bytes_a_row, 1.0)))
