"""Draws of a program's own that are not what they look like: `tf.random.categorical` takes logarithms of shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.records import Site

OFF_ONE = 1e-3  # rounding of shares in half precision


def of_shares(logits: Any, site: Site | None) -> Iterator[str]:
    """What is to be said of a draw by scores that are shares already: they sum to 1, so that no class is far likelier.

    Args:
        logits: What the draw is given (rows, classes), a number for each class.
        site: Where.
    """
    if _are_shares(tf.convert_to_tensor(logits)):
        where = "" if site is None else f" at {site.file}:{site.line}"
        yield (
            f"tf.random.categorical{where} takes logarithms of shares and is given shares: no class is more than e times as "
            "likely as another. Give it tf.math.log of them, or the scores before the softmax."
        )


def _are_shares(given: tf.Tensor) -> bool:
    if not tf.executing_eagerly():
        return bool(given.op.type == "Softmax")
    values = np.asarray(tf.cast(given, tf.float32))
    return values.size > 0 and bool((values >= 0.0).all() and np.allclose(values.sum(axis=-1), 1.0, atol=OFF_ONE))
