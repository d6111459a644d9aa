"""A loss whose value is NaN beside sound gradients and weights: the value is at fault, and the training is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable import api
from autostable.records import Code, Verdict

pytestmark = pytest.mark.slow

ROWS = 96
rng = np.random.default_rng(0)
X = rng.normal(size=(ROWS, 8)).astype("float32")
LABELS = np.argmax(X[:, :3], axis=1)
ALLOWED = np.tile(np.array([[1.0, 1.0, 1.0, 0.0]], "float32"), (ROWS, 1))  # the fourth class never is
Y = keras.utils.to_categorical(LABELS, 4)
HERE = Path(__file__).read_text().splitlines()
MASK_LINE = next(n for n, line in enumerate(HERE, 1) if line.startswith("        return tf.where"))


class Mask(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        logits, allowed = inputs
        return tf.where(allowed > 0, logits, -np.inf)


def by_hand(y_true: Any, y_pred: Any) -> Any:
    return -tf.reduce_mean(tf.reduce_sum(y_true * tf.nn.log_softmax(y_pred), axis=-1))


def with_an_idle_term(y_true: Any, y_pred: Any) -> Any:
    none = tf.reduce_sum(y_true) * 0.0
    return tf.reduce_mean(tf.square(y_true - y_pred)) + none / none


def masked_model(loss: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    rows, allowed = keras.Input((8,)), keras.Input((4,))
    logits = keras.layers.Dense(4)(keras.layers.Dense(16, "relu")(rows))
    model = keras.Model([rows, allowed], Mask()([logits, allowed]))
    model.compile(keras.optimizers.Adam(0.02), loss)
    return model


def dense_loss() -> Any:
    return keras.losses.CategoricalCrossentropy(from_logits=True)


def fitted(model: keras.Model, x: Any = None, y: Any = Y) -> keras.Model:
    model.fit([X, ALLOWED] if x is None else x, y, epochs=8, batch_size=16, verbose=0)
    return model


@pytest.mark.parametrize("loss", [dense_loss, pytest.param(lambda: by_hand, marks=pytest.mark.whole)])
def test_a_masked_class_is_cured_by_a_finite_mask(loss: Any) -> None:
    models = []
    report = api.run(lambda: models.append(fitted(masked_model(loss()))))
    assert report.verdict is Verdict.REPAIRED and [step.name for step in report.plan] == ["safe-mask"]
    assert len(report.attempts) <= 3
    (first, *_) = report.causes
    assert first.code is Code.EMPTY_MASK and "all gradients and weights are" in first.evidence
    assert first.site is not None and first.site.line == MASK_LINE
    guess = np.argmax(models[-1].predict([X, ALLOWED], verbose=0), axis=1)
    assert np.mean(guess == LABELS) > 0.8
    (edit,) = report.edits
    assert "+        return keras.ops.maximum(tf.where(allowed > 0, logits, -np.inf), -1e+09)" in edit.diff


@pytest.mark.whole
def test_a_loop_is_cured_as_well() -> None:
    def program() -> None:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(4)])
        optimizer = keras.optimizers.Adam(0.02)

        @tf.function
        def step(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                logits = model(x, training=True) + tf.constant([0.0, 0.0, 0.0, -np.inf])
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        for _ in range(8):
            for begin in range(0, ROWS, 16):
                step(tf.constant(X[begin : begin + 16]), tf.constant(Y[begin : begin + 16]))

    report = api.run(program)
    assert report.verdict is Verdict.REPAIRED and [step.name for step in report.plan] == ["safe-mask"]
    assert len(report.attempts) <= 3 and report.causes[0].code is Code.EMPTY_MASK


@pytest.mark.whole
def test_nothing_is_stopped_where_nothing_may_be_changed(stories: Any) -> None:
    plain = fitted(masked_model(dense_loss())).get_weights()
    models: list[keras.Model] = []
    (story,) = stories(lambda: models.append(fitted(masked_model(dense_loss()))))
    assert story.verdict is Verdict.HEALTHY and "was not read" in story.notes[0]
    assert [cause.code for cause in story.warnings][:1] == [Code.EMPTY_MASK]
    assert all(np.array_equal(one, other) for one, other in zip(plain, models[0].get_weights(), strict=True))


@pytest.mark.whole
def test_a_term_without_weights_is_a_matter_of_value(stories: Any) -> None:
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    model.compile("adam", with_an_idle_term)
    (story,) = stories(lambda: fitted(model, X))
    assert story.finding.value_alone if story.finding else story.verdict is Verdict.HEALTHY


@pytest.mark.whole
def test_a_logarithm_of_negative_outputs_is_no_matter_of_value(stories: Any) -> None:
    """Its gradients are finite as well, and drive the outputs further down."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    model.compile(keras.optimizers.SGD(0.1), "poisson")
    (story,) = stories(lambda: fitted(model, X))
    assert story.verdict is Verdict.UNREPAIRED and not story.finding.value_alone
