"""Judged is the model as it is used: what trains without a bad number may still predict NaN."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from autostable import api
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

rng = np.random.default_rng(0)
X = rng.normal(size=(256, 4)).astype("float32")
X[:, 2] = 1.0
Y = (X[:, :1] - X[:, 1:2]).astype("float32")


class Ranged(layers.Layer):
    """Learns the range of each column while it trains, and divides by it when it is used."""

    def build(self, shape):
        self.low = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False)
        self.high = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False)

    def call(self, x, training=False):
        if training:
            self.low.assign(ops.minimum(self.low, ops.min(x, axis=0)))
            self.high.assign(ops.maximum(self.high, ops.max(x, axis=0)))
            return x
        return (x - self.low) / (self.high - self.low) * (self.high - self.low) + self.low


LINE = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "(x - self.low) / (" in text)


def train():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Ranged(), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(X, Y, epochs=10, batch_size=32, verbose=0)
    return model


def test_a_model_that_predicts_nan_is_not_trained():
    told = api.run(train)
    assert told.verdict is Verdict.REPAIRED and told.symptom.kind == "nonfinite"
    assert told.symptom.evidence["judged"] == "finite throughout, but the model as it is used gives NaN"
    assert (told.causes[0].code, told.causes[0].site.line) == (Code.UNSAFE_DIVISION, LINE)
    assert [step.name for step in told.plan] == ["epsilon-loss"]


def test_the_repaired_model_predicts():
    assert np.isfinite(api.stabilize(train)().predict(X, verbose=0)).all()


class Own(keras.Model):
    """Goes on behind its last layer."""

    def __init__(self, tail):
        super().__init__()
        self.out, self.tail = layers.Dense(1), tail

    def call(self, x):
        return self.tail(self.out(x))


@pytest.mark.parametrize(
    ("tail", "ends"), [(ops.sigmoid, False), (lambda x: ops.squeeze(x, -1), True), (lambda x: x, True)]
)
def test_whether_the_last_layer_is_the_output(tail, ends):
    from autostable.training import facts

    model = Own(tail)
    model(X[:2])
    assert facts.ends_in_a_layer(model, X[:2]) is ends
    assert any(layer.is_output for layer in facts.model_facts(model).layers)
    assert not facts.without_outputs(facts.model_facts(model)).outputs


def test_a_sigmoid_of_the_users_own_is_no_mismatch(stories):
    keras.utils.set_random_seed(0)
    model = Own(ops.sigmoid)
    model.compile(keras.optimizers.SGD(1e-6), "binary_crossentropy")
    (story,) = stories(lambda: model.fit(X, Y > 0, epochs=8, batch_size=32, verbose=0))
    assert Code.OUTPUT_ACTIVATION_MISMATCH not in {cause.code for cause in (*story.causes, *story.warnings)}
