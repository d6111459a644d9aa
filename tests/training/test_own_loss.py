"""A model whose class overrides `compute_loss`: its loss is seen, whether it calls Keras' own or not."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(256, 6)).astype("float32")
Y = X[:, :1] * 2 + 1


class Own(keras.Model):
    """As in Keras' guide; `parts` adds to what Keras computes."""

    def __init__(self, parts: bool = False) -> None:
        super().__init__()
        self.hidden, self.last, self.parts = keras.layers.Dense(8, "tanh"), keras.layers.Dense(1), parts

    def call(self, x: Any, training: bool = False) -> Any:
        return self.last(self.hidden(x))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # type: ignore[no-untyped-def]
        if self.parts:
            return super().compute_loss(x, y, y_pred, sample_weight) + 100.0
        return tf.reduce_mean(tf.square(y_pred - y))


def fitted(rate: float, *, parts: bool = False, bad: bool = False, epochs: int = 6, **options: Any) -> None:
    keras.utils.set_random_seed(0)
    model = Own(parts)
    model.compile(keras.optimizers.SGD(rate), loss="mse" if parts else None, **options)
    model.fit(X, Y * np.inf if bad else Y, epochs=epochs, batch_size=32, verbose=0)


@pytest.mark.parametrize("options", [
    {}, pytest.param({"jit_compile": True}, marks=pytest.mark.whole),
    pytest.param({"run_eagerly": True}, marks=pytest.mark.whole),
])  # fmt: skip
def test_a_healthy_one_is_judged_by_its_loss(stories: Any, options: dict[str, Any]) -> None:
    (story,) = stories(lambda: fitted(0.05, **options))
    assert story.verdict is Verdict.HEALTHY
    record = story.attempts[0].learning
    assert record is not None and record.loss < 1.0 and story.attempts[0].loss_last < story.attempts[0].loss_first


@pytest.mark.whole
def test_what_it_adds_is_part_of_what_is_shown(stories: Any) -> None:
    (story,) = stories(lambda: fitted(0.05, parts=True))
    assert story.verdict is Verdict.HEALTHY and 100.0 < story.attempts[0].loss_last < 102.0


@pytest.mark.whole
def test_what_runs_away_is_seen(stories: Any) -> None:
    (story,) = stories(lambda: fitted(4.0))
    assert story.verdict is Verdict.UNREPAIRED


@pytest.mark.whole
def test_a_bad_loss_is_seen_in_its_step(stories: Any) -> None:
    (story,) = stories(lambda: fitted(0.05, bad=True))
    assert story.verdict is Verdict.UNREPAIRED and (story.symptom.step, story.symptom.first_seen_in) == (0, "loss")
