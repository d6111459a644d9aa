"""Whether each of several inputs has any influence: shuffled among the rows by itself, it should change the loss."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from keras import tree

from autostable.judgement import signal
from autostable.training.examine.rows import Rows

MOST_ROWS = 512  # a few hundred predictions an input: what has no influence changes nothing in any row


def idle_inputs(loss: Callable[[Rows], float], some: Rows, seconds: float) -> tuple[int, ...]:
    """Which inputs, by their place among all, have no influence on the loss; nothing is said where there is only one.

    Args:
        loss: The training's own loss of some rows, as the model is used.
        some: Rows that it was trained on.
        seconds: After so long no further input is looked at.
    """
    some, began = some.first(MOST_ROWS), time.perf_counter()
    parts = tree.flatten(some.x)
    if len(parts) < 2:
        return ()
    true, order, found = loss(some), np.random.default_rng(0).permutation(some.count), []
    for place, part in enumerate(parts):
        if (part == part[:1]).all():
            continue
        moved = tree.pack_sequence_as(some.x, [*parts[:place], part[order], *parts[place + 1 :]])
        if signal.same(loss(Rows(moved, some.y, some.weight, some.batch)), true):
            found.append(place)
        if time.perf_counter() - began > seconds:
            break
    return tuple(found)
