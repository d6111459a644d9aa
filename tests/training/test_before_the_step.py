"""A replay starts from before the failing step: what was withheld of a bad gradient its momentum has moved all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

BAD, RATE, MOMENTUM = 5, 0.01, 0.9


class Rising(keras.layers.Layer):
    """One weight; the root of what is below a threshold is that of 0, and one step later it is not."""

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, x: Any) -> Any:
        level, marked = x[:, :1], x[:, 1:]
        size = tf.sqrt(tf.square(tf.nn.relu(self.weight - level)))
        return self.weight + marked * size


def threshold() -> float:
    """Above the weight before the bad step, below where its momentum takes it."""
    weight = speed = 0.0
    for _ in range(BAD):
        speed = MOMENTUM * speed + RATE
        weight += speed
    return weight + 0.5 * MOMENTUM * speed


def fitted(bad: int = BAD) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), Rising()])
    model.compile(keras.optimizers.SGD(RATE, momentum=MOMENTUM), lambda y_true, y_pred: -tf.reduce_mean(y_pred))
    x = np.tile(np.array([[-1.0, 0.0]], "float32"), (24 * 4, 1))
    x[bad * 4 : bad * 4 + 4] = threshold(), 1.0
    model.fit(x, x[:, :1], batch_size=4, shuffle=False, verbose=0)


def test_the_line_is_found_and_found_again(stories: Any) -> None:
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "size = tf.sqrt" in text)
    for _ in range(2):
        (story,) = stories(fitted)
        assert story.verdict is Verdict.UNREPAIRED and story.symptom.step == BAD
        assert story.causes[0].code is Code.UNSAFE_SQRT and story.finding.site.line == line
