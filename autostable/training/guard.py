"""The watch: finite flags and vitals inside the training step, read by the host now and then.

One guard belongs to one training (a model's `fit`, or the loops of a program). In a traced step
it adds ops around `Optimizer.apply`; no op of it is read by the host during the step, and all of
it compiles under XLA. What it keeps lives in variables of its own, never in the user's model.

A step is withheld without a barrier between backpropagation and update: the loss is known before
any gradient, so its flag goes into the learning rate; a gradient's flag concerns its own variable
only. From the first bad step on the learning rate is 0, so reading late loses nothing.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.setup import OptimizerKnobs
from autostable.training import seams

LOSS, GRADIENT, WEIGHT, STATE = 1, 2, 4, 8
FIRST_SEEN = ((LOSS, "loss"), (GRADIENT, "gradient"), (WEIGHT, "weight"), (STATE, "state"))
CAPACITY = 512  # steps that the ring holds between two looks of the host
LOOK_EVERY = 0.1  # seconds between two looks


@dataclasses.dataclass(frozen=True)
class Trip:
    """A bad step: what was seen first, at which update and which batch (both counted from 0)."""

    bits: int
    step: int
    batch: int

    @property
    def first_seen_in(self) -> str:
        return next(name for bit, name in FIRST_SEEN if self.bits & bit)


class Tripped(BaseException):
    """Raised on the host once a bad step was seen. Not an Exception: user code must not swallow it."""

    def __init__(self, trip: Trip) -> None:
        super().__init__(f"non-finite {trip.first_seen_in} in step {trip.step}")
        self.trip = trip


def _values(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _half_square_sum(tensor: Any) -> Any:
    """sum(t ** 2) / 2 as float32; non-finite where an entry is (or where a square overflows)."""
    if tensor.dtype.is_complex:
        tensor = tf.abs(tensor)
    if tensor.dtype in (tf.float16, tf.bfloat16):
        tensor = tf.cast(tensor, tf.float32)
    return tf.cast(tf.nn.l2_loss(tensor), tf.float32)


def _watched(variables: Sequence[Any]) -> list[Any]:
    natives = [seams.native(variable) for variable in variables]
    return [variable for variable in natives if variable.dtype.is_floating]


class Guard:
    """Watches the updates of one training.

    Attributes:
        knobs: What is done to gradients and learning rate on the way; read when a step is traced.
        losses, norms: The vitals seen so far, one entry a step (host side).
    """

    def __init__(self) -> None:
        with tf.init_scope():
            self._ring = tf.Variable(tf.zeros((CAPACITY, 2)), trainable=False, name="vitals")
            self._step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
            self._batch = tf.Variable(0, dtype=tf.int64, trainable=False, name="batch")
            self._trip = tf.Variable([0, -1, -1], dtype=tf.int64, trainable=False, name="trip")
            self._skips = tf.Variable(0, dtype=tf.int64, trainable=False, name="skips")
        self.knobs = OptimizerKnobs()
        self.state: Callable[[], Sequence[Any]] = tuple
        self.before_update: Callable[[Any], None] = lambda optimizer: None
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.optimizers: list[Any] = []
        self._local = threading.local()
        self._read = 0
        self._looked = time.monotonic()
        self._eager_batch = 0

    # -- host side ---------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget what was seen; for the start of another attempt."""
        self._step.assign(0)
        self._batch.assign(0)
        self._trip.assign([0, -1, -1])
        self._skips.assign(0)
        self.losses, self.norms = [], []
        self._read = 0
        self._eager_batch = 0

    @property
    def steps(self) -> int:
        """Updates seen so far."""
        return int(self._step.numpy())

    @property
    def tripped(self) -> bool:
        """Whether a bad step was seen (reads one flag, raises nothing)."""
        return bool(self._trip.numpy()[0])

    @property
    def skips(self) -> int:
        """Updates that were skipped under `skip-bad-updates`."""
        return int(self._skips.numpy())

    def look(self, *, force: bool = False, ahead: int = 1) -> None:
        """Read the vitals if it is time.

        Args:
            force: Look now.
            ahead: Steps that may pass before the next call.

        Raises:
            Tripped: If a bad step was seen.
        """
        now = time.monotonic()
        self._ahead = getattr(self, "_ahead", 0) + ahead
        if not force and now - self._looked < LOOK_EVERY and self._ahead < CAPACITY // 2:
            return
        self._looked, self._ahead = now, 0
        steps = self.steps
        if steps > self._read:
            ring = self._ring.numpy()
            for step in range(max(self._read, steps - CAPACITY), steps):
                self.losses.append(float(ring[step % CAPACITY, 0]))
                self.norms.append(float(np.sqrt(2.0 * ring[step % CAPACITY, 1])))
            self._read = steps
        bits, step, batch = (int(value) for value in self._trip.numpy())
        if bits:
            raise Tripped(Trip(bits, step, batch))

    # -- inside the step ---------------------------------------------------------------------

    def count_batch(self) -> None:
        """Called at the start of each training step, traced or eager."""
        if tf.executing_eagerly():
            self._eager_batch += 1
            self._batch.assign(self._eager_batch)
        else:
            self._batch.assign_add(1)

    def note_loss(self, loss: Any) -> None:
        """Remember the loss of the step that is being traced (or run)."""
        self._local.loss = loss

    def rate(self, learning_rate: Any) -> Any:
        """The learning rate with the knobs and the withholding in it."""
        knobs = self.knobs
        if knobs.rate is not None:
            learning_rate = tf.convert_to_tensor(knobs.rate, learning_rate.dtype)
        if knobs.rate_factor != 1.0:
            learning_rate = learning_rate * tf.cast(knobs.rate_factor, learning_rate.dtype)
        if knobs.warmup_steps:
            done = tf.cast(self._step + 1, tf.float32) / float(knobs.warmup_steps)
            learning_rate = learning_rate * tf.cast(tf.minimum(done, 1.0), learning_rate.dtype)
        live = getattr(self._local, "live", None)
        if live is not None:
            learning_rate = learning_rate * tf.cast(live, learning_rate.dtype)
        return learning_rate

    def apply(self, optimizer: Any, original: Callable[..., Any], grads: Any, variables: Any, inner: bool) -> Any:
        """Stand in for `optimizer.apply(grads, variables)`.

        Args:
            optimizer: The optimizer.
            original: Its own `apply`.
            grads: Gradients (tensors, IndexedSlices or None).
            variables: Keras or TensorFlow variables, or None.
            inner: The gradients are not scaled for half precision (or no longer).

        Raises:
            Tripped: In eager steps, before the update.
        """
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)
        if not inner:  # a LossScaleOptimizer: scaled gradients overflow by design, its inner one is watched
            return original(optimizer, grads, variables)
        grads = list(grads)
        variables = None if variables is None else list(variables)
        if tf.executing_eagerly():
            return self._apply_eagerly(optimizer, original, grads, variables)
        return self._apply_traced(optimizer, original, grads, variables)

    def _apply_traced(self, optimizer: Any, original: Any, grads: list[Any], variables: Any) -> Any:
        loss = self._loss_here()
        step, batch, trip = self._step.read_value(), self._batch.read_value(), self._trip.read_value()
        bad_loss = tf.constant(False) if loss is None else tf.logical_not(tf.math.is_finite(loss))
        squares = {i: _half_square_sum(_values(g)) for i, g in enumerate(grads) if g is not None}
        total = tf.add_n(list(squares.values())) if squares else tf.constant(0.0)
        bad_gradient = tf.logical_not(tf.math.is_finite(total))
        tripped = tf.not_equal(trip[0], 0)
        if self.knobs.skip_limit:
            skip = tf.logical_or(bad_loss, bad_gradient) & (self._skips < self.knobs.skip_limit)
            self._skips.assign_add(tf.cast(skip, tf.int64))
            live = tf.logical_not(tf.logical_or(skip, tripped))
            finite = {i: tf.logical_not(tf.logical_or(bad_loss, bad_gradient)) for i in squares}
        else:
            skip = tf.constant(False)
            live = tf.logical_not(tf.logical_or(bad_loss, tripped))
            finite = {i: tf.math.is_finite(square) for i, square in squares.items()}
        safe = [g if g is None else self._withheld(g, finite[i]) for i, g in enumerate(grads)]
        self._local.live = live
        try:
            result = original(optimizer, self._clipped(safe, total), variables)
        finally:
            self._local.live = None
        bits = tf.cast(bad_loss, tf.int64) * LOSS + tf.cast(bad_gradient, tf.int64) * GRADIENT
        bits = tf.where(skip, tf.zeros_like(bits), bits) + self._state_bits(optimizer, grads, variables)
        now = tf.stack([bits, step, batch - 1])
        self._trip.assign(tf.where(tripped, trip, tf.where(tf.equal(bits, 0), trip, now)))
        row = tf.stack([tf.constant(np.nan) if loss is None else loss, total])
        self._ring.scatter_nd_update([[step % CAPACITY]], [row])
        self._step.assign(step + 1)
        return result

    def _loss_here(self) -> Any:
        """The loss as a float32 scalar, if it was noted and belongs to the graph at hand (or one around it)."""
        loss = getattr(self._local, "loss", None)
        if loss is None or isinstance(loss, tf.__internal__.EagerTensor):
            return None
        graph = tf.compat.v1.get_default_graph()
        while graph is not None and graph is not loss.graph:
            graph = getattr(graph, "outer_graph", None)
        return None if graph is None else tf.reduce_sum(tf.cast(loss, tf.float32))

    @staticmethod
    def _withheld(gradient: Any, finite: Any) -> Any:
        values = _values(gradient)
        kept = tf.cond(finite, lambda: values, lambda: tf.zeros_like(values))
        if isinstance(gradient, tf.IndexedSlices):
            return tf.IndexedSlices(kept, gradient.indices, gradient.dense_shape)
        kept.set_shape(values.shape)
        return kept

    def _clipped(self, grads: list[Any], half_square_total: Any) -> list[Any]:
        bound = self.knobs.global_clipnorm
        if bound is None:
            return grads
        norm = tf.sqrt(2.0 * half_square_total)
        norm = tf.where(tf.math.is_finite(norm), norm, tf.zeros_like(norm))
        factor = bound / tf.maximum(norm, bound)

        def scaled(gradient: Any) -> Any:
            values = _values(gradient) * tf.cast(factor, _values(gradient).dtype)
            if isinstance(gradient, tf.IndexedSlices):
                return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
            return values

        return [gradient if gradient is None else scaled(gradient) for gradient in grads]

    def _state_bits(self, optimizer: Any, grads: list[Any], variables: Any) -> Any:
        """Flags of the updated weights and of the model's other state, as int64 bits."""
        weights = _watched(optimizer._trainable_variables if variables is None else variables)
        weights = [weight for weight, gradient in zip(weights, grads, strict=False) if gradient is not None]
        bits = tf.constant(0, tf.int64)
        if weights:
            total = tf.add_n([_half_square_sum(tf.convert_to_tensor(weight)) for weight in weights])
            bits += tf.cast(tf.logical_not(tf.math.is_finite(total)), tf.int64) * WEIGHT
        flags = [self._state_flag(variable) for variable in _watched(self.state())]
        if flags:
            bits += tf.cast(tf.reduce_any(tf.stack(flags)), tf.int64) * STATE
        return bits

    @staticmethod
    def _state_flag(variable: Any) -> Any:
        """NaN in a state is bad; inf only where the state did not start with one (a running minimum)."""
        value = tf.convert_to_tensor(variable)
        with tf.init_scope():
            started_finite = bool(np.isfinite(np.asarray(variable.numpy(), dtype=np.float64)).all())
        if started_finite:
            return tf.logical_not(tf.reduce_all(tf.math.is_finite(value)))
        return tf.reduce_any(tf.math.is_nan(value))

    def _apply_eagerly(self, optimizer: Any, original: Any, grads: list[Any], variables: Any) -> Any:
        noted = getattr(self._local, "loss", None)
        loss = float(tf.reduce_sum(tf.cast(noted, tf.float32))) if _is_concrete(noted) else float("nan")
        bad_loss = _is_concrete(noted) and not np.isfinite(loss)
        squares = [_half_square_sum(_values(g)) for g in grads if g is not None]
        total = float(tf.add_n(squares)) if squares else 0.0
        step = len(self.losses)
        bits = LOSS * bad_loss + GRADIENT * (not np.isfinite(total))
        self.losses.append(loss)
        self.norms.append(float(np.sqrt(2.0 * total)))
        if bits and self.skips < self.knobs.skip_limit:
            self._skips.assign_add(1)
            self._step.assign(step + 1)
            return None
        if bits:
            raise Tripped(Trip(bits, step, max(self._eager_batch - 1, 0)))
        self.before_update(optimizer)
        result = original(optimizer, self._clipped(grads, tf.constant(total)), variables)
        self._step.assign(step + 1)
        self._read = step + 1
        bits = int(self._state_bits(optimizer, grads, variables))
        if bits:
            raise Tripped(Trip(bits, step, max(self._eager_batch - 1, 0)))
        return result


def _is_concrete(tensor: Any) -> bool:
    return isinstance(tensor, tf.__internal__.EagerTensor)
