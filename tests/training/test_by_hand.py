"""Loops without any optimizer: gradients from a tape, variables updated by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Remedy, Verdict


def _program(traced: bool, losses: list[float]):
    def program() -> None:
        rows = tf.constant([[-3.0], [200.0], [1.0], [-1.0]])
        labels = tf.constant([[0.0], [1.0], [1.0], [0.0]])
        weight = tf.Variable([[0.0]])

        def step() -> tf.Tensor:
            with tf.GradientTape() as tape:
                chance = tf.sigmoid(rows @ weight)
                loss = -tf.reduce_mean(labels * tf.math.log(chance) + (1.0 - labels) * tf.math.log(1.0 - chance))
            weight.assign_sub(0.5 * tape.gradient(loss, weight))
            return loss

        run = tf.function(step) if traced else step
        for _ in range(4):
            losses.append(float(run()))

    return program


@pytest.mark.parametrize("traced", [False, True])
def test_the_bad_step_is_seen(stories, traced: bool) -> None:
    (story,) = stories(_program(traced, []))
    assert story.verdict is Verdict.UNREPAIRED
    assert (story.symptom.step, story.symptom.first_seen_in) == (1, "loss")


@pytest.mark.parametrize("traced", [False, True])
def test_the_learning_rates_knob_goes_into_the_gradients(stories, traced: bool) -> None:
    losses: list[float] = []
    plan = (Remedy("lower-learning-rate", {"factor": 1e-4}),)
    (story,) = stories(_program(traced, losses), plans={"0": plan})
    assert story.verdict is Verdict.REPAIRED
    assert np.isfinite(losses).all() and len(losses) == 4 and losses[-1] < losses[0]
