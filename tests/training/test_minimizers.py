"""A function minimiser of a library asks for values wherever it likes: what counts is where it ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize

from autostable.records import Verdict

pytestmark = pytest.mark.slow

X = tf.constant(np.linspace(0.5, 2.0, 60, dtype="float32")[:, None])
Y = 1.5 * X - 0.5


def minimized(*, traced: bool = True, called_before: bool = False, steepness: float = 3.0) -> Any:
    """A line fitted by conjugate gradients, whose line search goes far beyond what float32 holds."""
    slope, offset = tf.Variable([[-3.0]]), tf.Variable([0.0])

    def loss_and_gradients() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.math.cosh(steepness * (X @ slope + offset - Y)) - 1.0)
        return loss, tape.gradient(loss, [slope, offset])

    run = tf.function(loss_and_gradients) if traced else loss_and_gradients
    if called_before:
        run()
    seen: list[float] = []

    def objective(point: Any) -> Any:
        slope.assign([[point[0]]])
        offset.assign([point[1]])
        loss, gradients = run()
        seen.append(float(loss))
        return seen[-1], np.concatenate([each.numpy().ravel() for each in gradients]).astype("float64")

    return minimize(objective, np.array([-3.0, 0.0]), jac=True, method="CG"), seen


@pytest.mark.parametrize("options", [
    {},
    pytest.param({"called_before": True}, marks=pytest.mark.whole),
    pytest.param({"traced": False}, marks=pytest.mark.whole),
])  # fmt: skip
def test_what_a_line_search_probes_is_no_failure(stories: Any, options: dict[str, Any]) -> None:
    plain, probed = minimized(**options)
    assert not np.isfinite(probed).all() and plain.fun < 1e-6
    found = []
    (story,) = stories(lambda: found.append(minimized(**options)))
    assert story.verdict is Verdict.HEALTHY
    assert story.attempts[0].loss_last < 1e-3 and np.isfinite(story.attempts[0].loss_first)
    assert np.array_equal(found[0][0].x, plain.x) and found[0][1] == probed


@pytest.mark.whole
def test_a_search_without_a_finite_point_is_one(stories: Any) -> None:
    (story,) = stories(lambda: minimized(steepness=20.0))
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.first_seen_in == "loss"
