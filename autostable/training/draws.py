"""Draws of a program's own that are not what they look like: `tf.random.categorical` takes logarithms of shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.judgement.kinds import are_shares
from autostable.records import Site


def of_shares(logits: Any, site: Site) -> Iterator[str]:
    """What is to be said of a draw by scores that are shares already: they sum to 1, so that no class is far likelier.

    Args:
        logits: What the draw is given (rows, classes), a number for each class.
        site: Where.
    """
    if _are_shares(tf.convert_to_tensor(logits)):
        yield (
            f"tf.random.categorical at {site.file}:{site.line} takes logarithms of shares and is given shares: no class is "
            "more than e times as likely as another. Give it tf.math.log of them, or the scores before the softmax."
        )


def _are_shares(given: tf.Tensor) -> bool:
    if not tf.executing_eagerly():
        return bool(given.op.type == "Softmax")
    return are_shares(np.asarray(tf.cast(given, tf.float32)))
