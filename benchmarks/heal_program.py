"""A small transformer that is trained through ten faults, by `fit`, by an own train_step, and by a GradientTape loop.

What comes with the data (a bad batch, a row of NaN, what overflows in half precision, a label out of range) is in the
batches; what comes from elsewhere (weights thrown about, a slot, a statistic or a weight that turns NaN, a full disk) is done
at a step; a rate that jumps is in the schedule. In place of a dead worker, which only several workers have, a weight turns NaN.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

WAYS = ("fit", "train_step", "loop")
ROWS, LENGTH, WIDTH, CLASSES = 16, 12, 8, 4
RATE = 2e-3


@dataclasses.dataclass(frozen=True)
class Faults:
    """At which step, in parts of the training, which fault comes."""

    bad_batch: float = 0.08
    nan_row: float = 0.17
    spike: float = 0.27
    half: float = 0.36
    slot: float = 0.45
    statistics: float = 0.54
    label: float = 0.63
    rate: float = 0.72
    disk: float = 0.81
    weight: float = 0.9

    def at(self, name: str, steps: int) -> int:
        """The step of a fault."""
        return int(getattr(self, name) * steps)


class Jumping(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is a thousand times too high for ten steps."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, step: Any) -> Any:
        """The rate of a step."""
        step = tf.cast(step, tf.float32)
        return tf.where((step >= self.at) & (step < self.at + 10), 1000.0 * RATE, RATE)

    def get_config(self) -> dict[str, Any]:
        """As Keras wants it."""
        return {"at": self.at}


def rows(count: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Sequences, and for each place the class of what came two places before: a task for attention."""
    draw = np.random.default_rng(seed)
    marks = draw.integers(0, CLASSES, (count, LENGTH))
    x = np.eye(WIDTH, dtype="float32")[marks] + 0.3 * draw.normal(size=(count, LENGTH, WIDTH)).astype("float32")
    place = 2.0 * np.pi * np.arange(LENGTH) / LENGTH
    x[:, :, -2:] += np.stack([np.sin(place), np.cos(place)], axis=1).astype("float32")
    return x, np.roll(marks, 2, axis=1).astype("int32")


def batches(steps: int, faults: Faults | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All rows of a training in their order, with what is wrong with them."""
    x, y = rows(steps * ROWS, 1)
    if faults is not None:
        x[faults.at("bad_batch", steps) * ROWS :][:ROWS] *= 1e30
        x[faults.at("nan_row", steps) * ROWS + 3] = np.nan
        x[faults.at("half", steps) * ROWS :][:2] *= 3e5  # beyond 65504 in the layer that computes in float16
        y[faults.at("label", steps) * ROWS + 5, 0] = 99
    return x, y


def model_of(way: str) -> keras.Model:
    """One layer of attention, with a BatchNormalization before it and a layer in half precision behind."""
    layers = keras.layers
    given = keras.Input((LENGTH, WIDTH))
    half = layers.Dense(32, activation="relu", dtype="mixed_float16", name="half")(given)
    h = layers.BatchNormalization(name="norm")(layers.Dense(32)(layers.Concatenate()([given, layers.Activation(
        "linear", dtype="float32")(half)])))  # fmt: skip
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 16)(h, h))
    h = layers.LayerNormalization()(h + layers.Dense(32)(layers.Dense(64, activation="gelu")(h)))
    kind = OwnStep if way == "train_step" else keras.Model
    return kind(given, layers.Dense(CLASSES)(h))


class OwnStep(keras.Model):
    """A model with a train_step of its own."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """As many write it."""
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss}


def spoil(name: str, model: Any, optimizer: Any) -> None:
    """Do what comes from elsewhere."""
    nan = np.float32("nan")
    if name == "spike":
        draw = np.random.default_rng(5)
        for variable in model.trainable_variables:
            size = np.asarray(variable).std() + 0.05
            variable.assign(np.asarray(variable) + (8.0 * size * draw.normal(size=variable.shape)).astype("float32"))
    elif name == "slot":
        slot = optimizer.variables[-1]
        slot.assign(np.full(slot.shape, nan))
    elif name == "statistics":
        variance = model.get_layer("norm").moving_variance
        variance.assign(np.full(variance.shape, nan))
    elif name == "weight":
        bias = model.layers[-1].bias
        bias.assign(np.full(bias.shape, nan))


class Spoiling(keras.callbacks.Callback):
    """Does it during a fit."""

    def __init__(self, at: dict[int, str]) -> None:
        super().__init__()
        self._at, self._step = at, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a step."""
        name = self._at.get(self._step)
        self._step += 1
        if name is not None:
            spoil(name, self.model, self.model.optimizer)


@dataclasses.dataclass
class Trained:
    """What a training came to."""

    loss: float
    losses: list[float]
    steps: int


def train(
    way: str, steps: int, faults: Faults | None, *, epochs: int = 4, callbacks: tuple[Any, ...] = (),
    optimizer: Callable[[Any], Any] = keras.optimizers.Adam, watch: Callable[[Any], None] = lambda model: None,
) -> Trained:  # fmt: skip
    """Train, and measure the loss of rows that were not trained on.

    Args:
        way: One of `WAYS`.
        steps: Batches.
        faults: None for a clean training.
        epochs: That the batches are parted into.
        callbacks: Further ones, of a fit.
        optimizer: Makes one of a rate.
        watch: Is shown the model before it is trained.
    """
    keras.utils.set_random_seed(0)
    model = model_of(way)
    rate: Any = RATE if faults is None else Jumping(faults.at("rate", steps))
    chosen, loss = optimizer(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    names = ("spike", "slot", "statistics", "weight")
    at = {} if faults is None else {faults.at(name, steps): name for name in names}
    data = tf.data.Dataset.from_tensor_slices(batches(steps, faults)).batch(ROWS)
    model.compile(chosen, loss)
    watch(model)
    if way == "loop":
        losses = _loop(model, chosen, loss, data, at)
    else:
        told = _Losses()
        model.fit(
            data, epochs=epochs, steps_per_epoch=steps // epochs, verbose=0, callbacks=[Spoiling(at), told, *callbacks]
        )
        losses = told.losses
    x, y = rows(1024, 2)
    unseen = float(loss(y, model(x, training=False)))
    return Trained(unseen, losses, len(losses))


class _Losses(keras.callbacks.Callback):
    """The mean loss of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Remember it."""
        self.losses.append(float(logs["loss"]))


def _loop(model: Any, optimizer: Any, loss: Any, data: Any, at: dict[int, str]) -> list[float]:
    @tf.function
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(value, variables), variables)
        return value

    losses = []
    for number, (x, y) in enumerate(data):
        if number in at:
            spoil(at[number], model, optimizer)
        losses.append(float(step(x, y)))
    return losses


@contextlib.contextmanager
def disk_full_from(step: int) -> Iterator[None]:
    """States that are taken from this step on leave memory for a disk that is full."""
    from autostable.training import snapshots

    add, spill, small = snapshots.Ring.add, snapshots.Snapshot.spill, snapshots.SMALL

    def added(ring: Any, state: Any) -> None:
        snapshots.SMALL = small if state.step < step else 0
        add(ring, state)

    def full(state: Any, file: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    snapshots.Ring.add, snapshots.Snapshot.spill = added, full  # type: ignore[method-assign]
    try:
        yield
    finally:
        snapshots.Ring.add, snapshots.Snapshot.spill = add, spill  # type: ignore[method-assign]
        snapshots.SMALL = small
