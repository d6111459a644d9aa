"""Mistakes of the user's own: the exception and its traceback are what python shows, and nobody else is blamed for them."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import traceback
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.execution import child

X = np.ones((64, 8), "float32")
Y = np.ones((64, 1), "float32")
Body = Callable[[], object]


def model(width: int = 8, **compiled: object) -> keras.Sequential:
    made = keras.Sequential([keras.Input((width,)), layers.Dense(4, "relu"), layers.Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return made


def fit(made: keras.Model, *arguments: object, **further: object) -> None:
    made.fit(*arguments, **{"verbose": 0, **further})


def two_inputs() -> keras.Model:
    one, two = keras.Input((8,)), keras.Input((3,))
    made = keras.Model([one, two], layers.Dense(1)(layers.Concatenate()([one, two])))
    made.compile("sgd", "mse")
    return made


class Raising(keras.layers.Layer):
    def call(self, x: object) -> object:
        raise RuntimeError("not today")


class RaisingLoss(keras.losses.Loss):
    def call(self, true: object, guess: object) -> object:
        raise KeyError("loss")


class RaisingCallback(keras.callbacks.Callback):
    def __init__(self, where: str) -> None:
        super().__init__()
        setattr(self, where, self._raise)

    def _raise(self, *arguments: object, **further: object) -> None:
        raise ValueError("callback")


class OwnStep(keras.Model):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.inner, self.kind = layers.Dense(1), kind

    def call(self, x: object) -> object:
        return self.inner(x)

    def train_step(self, batch: object) -> dict[str, object]:
        if self.kind == "unpack":
            x, y, _weights = batch  # type: ignore[misc]
        if self.kind == "name":
            return undefined_name  # type: ignore[name-defined]  # noqa: F821
        x, y = batch  # type: ignore[misc]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        found = tape.gradient(loss, self.trainable_variables)
        if self.kind == "pairs":
            self.optimizer.apply_gradients(found)
        if self.kind == "none":
            self.optimizer.apply_gradients(zip([None] * len(found), self.trainable_variables, strict=True))
        return {"loss": loss}


def own_step(kind: str) -> None:
    made = OwnStep(kind)
    made.compile("sgd")
    fit(made, X, Y)


def one_layer(*stack: object, x: object = X, y: object = Y, loss: object = "mse") -> None:
    made = keras.Sequential(list(stack))
    made.compile("sgd", loss)
    fit(made, x, y)


def computed_twice() -> None:
    """Under a RematScope a model that is called with keywords cannot be traced."""
    with keras.RematScope(mode="full"):
        made = model()
    fit(made, X, Y)


def generator(kind: str) -> object:
    yield X[:8], Y[:8]
    if kind == "raises":
        raise OSError("disk")
    yield (X[:8, :5], Y[:8]) if kind == "narrow" else X[:8]


def tape_loop(kind: str) -> None:
    made, optimizer = model(), keras.optimizers.SGD(0.1)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((made(X[:, :5] if kind == "narrow" else X) - Y) ** 2)
        found = tape.gradient(loss, made.trainable_variables)
        optimizer.apply_gradients(found if kind == "pairs" else zip(found, [], strict=True))


@tf.function
def raising_function(x: tf.Tensor) -> tf.Tensor:
    return tf.matmul(x, x)


def dataset(kind: str) -> tf.data.Dataset:
    made = tf.data.Dataset.from_tensor_slices((X, Y))
    if kind == "unbatched":
        return made
    if kind == "map":
        return made.map(lambda x, y: (tf.reshape(x, (3, 3)), y)).batch(8)
    return made.map(lambda x, y: (tf.py_function(_raise_value, [x], tf.float32), y)).batch(8)


def _raise_value(x: object) -> object:
    raise ValueError("in the pipeline")


MISTAKES: dict[str, Body] = {
    "fewer columns": lambda: fit(model(), X[:, :7], Y),
    "more columns": lambda: fit(model(7), X, Y),
    "a second input of another width": lambda: fit(two_inputs(), [X, np.ones((64, 5), "float32")], Y),
    "one input of two": lambda: fit(two_inputs(), X, Y),
    "another number of rows": lambda: fit(model(), X, Y[:50]),
    "no targets": lambda: fit(model(), X),
    "text as inputs": lambda: fit(model(), np.array([["a"] * 8] * 64), Y),
    "objects as inputs": lambda: fit(model(), np.array([[{}] * 8] * 64), Y),
    "a list of lists": lambda: fit(model(), [[1.0] * 8] * 64, [1.0] * 64),
    "None as inputs": lambda: fit(model(), None, Y),
    "not compiled": lambda: keras.Sequential([keras.Input((8,)), layers.Dense(1)]).fit(X, Y, verbose=0),
    "a loss that is not there": lambda: fit(model(loss="squared"), X, Y),
    "an optimizer that is not there": lambda: model(optimizer="sdg"),
    "a metric that is not there": lambda: fit(model(metrics=["precise"]), X, Y),
    "a loss of another output": lambda: fit(model(loss={"other": "mse"}), X, Y),
    "weights of another length": lambda: fit(model(), X, Y, sample_weight=np.ones(3)),
    "validation of another width": lambda: fit(model(), X, Y, validation_data=(X[:, :3], Y)),
    "validation of another length": lambda: fit(model(), X, Y, validation_data=(X, Y[:3])),
    "validation split of all": lambda: fit(model(), X, Y, validation_split=1.0),
    "an argument that is not there": lambda: fit(model(), X, Y, epoch=3),
    "epochs in words": lambda: fit(model(), X, Y, epochs="three"),
    "channels first": lambda: one_layer(
        layers.Conv2D(2, 3, data_format="channels_first"), layers.Flatten(), layers.Dense(1), x=np.ones((64, 2, 1, 1))
    ),
    "a kernel wider than the image": lambda: one_layer(layers.Conv2D(2, 5), x=np.ones((64, 3, 3, 1))),
    "a dense layer on nothing": lambda: one_layer(layers.Flatten(), layers.Dense(1), x=np.ones(())),
    "words beyond the table": lambda: one_layer(
        layers.Embedding(4, 2), layers.Flatten(), layers.Dense(1), x=np.full((64, 3), 9)
    ),
    "a layer of the user's own": lambda: one_layer(Raising()),
    "a loss of the user's own": lambda: one_layer(layers.Dense(1), loss=RaisingLoss()),
    "a function as loss": lambda: one_layer(layers.Dense(1), loss=lambda true, guess: true[:, 5] - guess),
    "a callback at the start": lambda: fit(model(), X, Y, callbacks=[RaisingCallback("on_train_begin")]),
    "a callback after a batch": lambda: fit(model(), X, Y, callbacks=[RaisingCallback("on_train_batch_end")]),
    "a callback after an epoch": lambda: fit(model(), X, Y, callbacks=[RaisingCallback("on_epoch_end")]),
    "a rate schedule": lambda: fit(
        model(), X, Y, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: "fast")]
    ),
    "a step that unpacks too much": lambda: own_step("unpack"),
    "a step with a name that is not there": lambda: own_step("name"),
    "a step that forgets to zip": lambda: own_step("pairs"),
    "a step without gradients": lambda: own_step("none"),
    "a generator that raises": lambda: fit(model(), generator("raises")),
    "a generator that grows narrow": lambda: fit(model(), generator("narrow")),
    "a generator without targets": lambda: fit(model(), generator("alone")),
    "a dataset without batches": lambda: fit(model(), dataset("unbatched")),
    "a dataset that reshapes": lambda: fit(model(), dataset("map")),
    "a dataset that raises": lambda: fit(model(), dataset("raises")),
    "a loop on fewer columns": lambda: tape_loop("narrow"),
    "a loop that forgets to zip": lambda: tape_loop("pairs"),
    "a loop that zips too little": lambda: tape_loop("zip"),
    "a function on the wrong shape": lambda: raising_function(tf.constant(X)),
    "one batch of another width": lambda: model().train_on_batch(X[:, :2], Y),
    "an evaluation of another width": lambda: model().evaluate(X[:, :2], Y, verbose=0),
    "a scope that computes activations twice": computed_twice,
}


def comparable(shown: list[str]) -> list[str]:
    """Without the number that TensorFlow gives each function it has traced."""
    return [re.sub(r"(\[Op:\w+_)\d+", r"\1", text) for text in shown]


def told(body: Body) -> tuple[BaseException, list[str]]:
    """What a program raises, and what python prints of it (but for where the test itself calls it)."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    try:
        body()
    except Exception as error:
        assert not child._is_our_fault(error)
        for each in child._linked(error, set()):
            each.__traceback__ = child._without_ours(each.__traceback__)
        return error, comparable(traceback.format_exception(error))
    raise AssertionError("nothing was raised")


# A third of them; with ALL_MISTAKES set all are made.
CHOSEN = list(MISTAKES)[:: 1 if os.environ.get("ALL_MISTAKES") else 3]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_a_mistake_is_told_as_python_tells_it(
    name: str, watch: Callable[..., contextlib.AbstractContextManager[object]]
) -> None:
    def runs(
        *sessions: Callable[[], contextlib.AbstractContextManager[object]],
    ) -> list[tuple[BaseException, list[str]]]:
        found = []
        for session in sessions:
            with session():
                found.append(told(MISTAKES[name]))  # one line: TensorFlow tells it
        return found

    plain = contextlib.nullcontext
    (error, expected), (ours, shown) = runs(plain, functools.partial(watch, repair=True))
    if shown != expected:  # AutoGraph goes another way at the first call of a function
        ((error, expected),) = runs(plain)
    assert type(ours) is type(error)
    assert shown == expected
