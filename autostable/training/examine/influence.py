"""Whether each of several inputs has any influence: shuffled among the rows by itself, it should change the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import tree

from autostable.judgement import signal
from autostable.training.examine.rows import Rows

MOST_ROWS = 512  # a few hundred predictions an input: what has no influence changes nothing in any row
FEWEST_BATCHES = 2  # for each look, or none is taken
MOST_CALLS = 100  # of a model, 3 ms each
MOST_WORK = (
    1e8  # multiplications: 0.3 s where they take longest (an LSTM layer of 64 units, step by step: 2.7e8 a second)
)
SHARE = 0.02  # of the steps of the training, where that is more


def idle_inputs(loss: Callable[[Rows], float], some: Rows, most: int) -> tuple[int, ...]:
    """Which inputs, by their place among all, have no influence on the loss; nothing is said where there is only one.

    Args:
        loss: The training's own loss of some rows, as the model is used.
        some: Rows that it was trained on.
        most: How many of these each look may take; 0 where none is to be taken.
    """
    some = some.first(most)
    parts = tree.flatten(some.x)
    if len(parts) < 2 or not some.count:
        return ()
    true, order, found = loss(some), np.random.default_rng(0).permutation(some.count), []
    for place, part in enumerate(parts):
        if (part == part[:1]).all():
            continue
        moved = tree.pack_sequence_as(some.x, [*parts[:place], part[order], *parts[place + 1 :]])
        if signal.same(loss(Rows(moved, some.y, some.weight, some.batch)), true):
            found.append(place)
    return tuple(found)


def affordable_rows(some: Rows, weights: int, steps: int) -> int:
    """How many rows each look may take; 0 where too few of them are worth what they cost.

    It is a matter of counts alone: how busy a machine is must not decide what a report says.

    Args:
        some: Rows that the training was given.
        weights: Numbers that the model has learnt.
        steps: Of the training.
    """
    parts = tree.flatten(some.x)
    looks = len(parts) + 1
    cost = looks * weights * max(map(_positions, parts))  # of one row: each position meets each weight at most once
    few = min(MOST_ROWS, FEWEST_BATCHES * some.batch)
    many = min(MOST_ROWS, max(few, MOST_CALLS // looks * some.batch))
    fitting = next((rows for rows in (many, few) if cost * min(rows, some.count) <= MOST_WORK), 0)
    return fitting or (few if looks * FEWEST_BATCHES <= SHARE * steps else 0)


def _positions(part: Any) -> int:
    """At how many places of a row the same weights are used: steps of a sequence, pixels; 1 of a table of numbers."""
    kept = part.shape[1:] if part.dtype.kind in "iuOUS" else part.shape[1:-1]  # ids have no columns of their own
    return math.prod(kept)
