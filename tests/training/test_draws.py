"""Draws by shares where logarithms of shares are asked for."""

import keras
import numpy as np
import pytest
import tensorflow as tf

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def drawing(activation, traced, scores=lambda shares: shares):
    keras.utils.set_random_seed(0)
    policy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation)])

    def act(x):
        return tf.random.categorical(scores(policy(x)), 1)[:, 0]

    step = tf.function(act) if traced else act
    for _ in range(3):
        step(X)


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize(
    ("activation", "scores", "told"),
    [
        ("softmax", lambda shares: shares, True),
        ("softmax", tf.math.log, False),
        (None, lambda scores: scores, False),
        ("sigmoid", lambda marks: marks, False),
    ],
)
def test_shares_are_told(activation, scores, told, traced, watch):
    with watch() as session:
        drawing(activation, traced, scores)
    if not told:
        assert session.remarks == []
        return
    (remark,) = session.remarks
    assert remark.startswith("tf.random.categorical at tests/training/test_draws.py:16 takes logarithms of shares")


def test_a_draw_is_the_same_under_watch(watch):
    def drawn():
        keras.utils.set_random_seed(3)
        return tf.random.categorical([[0.2, 0.8]] * 4, 5).numpy().tolist()

    plain = drawn()
    with watch():
        assert drawn() == plain
