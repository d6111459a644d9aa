"""Weights of a model itself, which are none of its layers'."""

import keras
import numpy as np
import pytest

import autostable
from autostable.records import Code, Verdict
from autostable.training import facts


class Bayes(keras.Model):
    """Scores that start at what somebody has counted."""

    def __init__(self, start):
        super().__init__()
        self.scores = self.add_weight(shape=start.shape, initializer="zeros", name="scores")
        self.scores.assign(start)
        self.extra = keras.layers.Dense(start.shape[1])

    def call(self, x):
        return keras.ops.matmul(x, self.scores) + self.extra(x)


START = np.array([[0.5, -1.0], [-np.inf, 0.0], [1.0, np.nan]])


def test_they_are_seen():
    model = Bayes(START)
    model(np.ones((1, 3), "float32"))
    first = facts.model_facts(model, weighed=True).layers[0]
    assert (first.name, first.kind, first.nonfinite) == ("bayes", "Bayes", 2)
    assert facts.model_facts(Bayes(np.zeros((3, 2))), weighed=True).layers[0].kind == "Dense"


def counting(by_fit):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(320, 3)).astype("float32")
    y = (x[:, 0] > x[:, 1]).astype("int32")
    model = Bayes(START)
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    if by_fit:
        model.fit(x, y, epochs=5, batch_size=32, verbose=0)
    for start in () if by_fit else [*range(0, 320, 32)] * 5:
        model.train_on_batch(x[start : start + 32], y[start : start + 32])


@pytest.mark.slow
@pytest.mark.parametrize("by_fit", [True, pytest.param(False, marks=pytest.mark.whole)])
def test_those_that_begin_bad_are_the_cause_and_are_put_right(by_fit):
    report = autostable.run(lambda: counting(by_fit))
    cause = report.causes[0]
    assert (report.verdict, cause.code) == (Verdict.REPAIRED, Code.BAD_INITIALIZATION)
    assert cause.site.source == "model = Bayes(START)"
    assert [(step.name, step.parameters["initializers"]) for step in report.plan] == [
        ("reinitialize-weights", {"bayes": "finite"})
    ]
