"""The watch: finite flags and vitals inside the training step, read by the host now and then.

One guard belongs to one training (a model's `fit`, or the loops of a program). In a traced step
it adds ops around `Optimizer.apply`; no op of it is read by the host during the step, and all of
it compiles under XLA. What it keeps lives in variables of its own, never in the user's model.

A step is withheld without a barrier between backpropagation and update: the loss is known before
any gradient, so its flag goes into the learning rate; a gradient's flag concerns its own variable
only. From the first bad step on the learning rate is 0 and the vitals stand still, so reading late
loses nothing.

What a step can spare it does not do: NaN never leaves a weight or an optimizer slot, so all of them
are looked at by the host, at most so often that it costs `SHARE` of the time, and once more when
something tripped. Inside the step only those weights are read that a constraint can spoil by itself.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.setup import OptimizerKnobs
from autostable.training import seams

LOSS, GRADIENT, WEIGHT, STATE, STALLED = 1, 2, 4, 8, 16
FIRST_SEEN = ((WEIGHT, "weight"), (LOSS, "loss"), (GRADIENT, "gradient"), (STATE, "state"), (STALLED, "gradient"))
CAPACITY = 512  # steps that the ring holds between two looks of the host
LOOK_EVERY = 0.1  # seconds between two looks
LOOK_EVERY_STEPS = 32  # between two looks where several processes train together: all have to look at the same ones
SHARE = 0.003  # of the time may go into looking at all weights and slots
WRAP = 1 << 20  # batches are counted modulo this in the ring, where a number is a float32
FEW = 1 << 16  # entries of a gradient that are cheaper multiplied by a mask than put behind a branch
SMALL = 1 << 13  # entries of a gradient that shares its flag with others: too small to wait for long
SMALLEST_SCALE = 2.0**-8  # a loss scale that still overflows here has collapsed


@dataclasses.dataclass(frozen=True)
class Trip:
    """A bad step: what was seen first, at which update and which batch (both counted from 0).

    Attributes:
        exact: False where the host found it later, in some step up to this one.
    """

    bits: int
    step: int
    batch: int
    exact: bool = True

    @property
    def first_seen_in(self) -> str:
        return next(name for bit, name in FIRST_SEEN if self.bits & bit)

    @property
    def kind(self) -> str:
        """The symptom's kind."""
        return "stalled" if self.bits & STALLED else "nonfinite"


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


def _sum(tensor: Any) -> Any:
    """Non-finite where an entry is (or where finite ones add up to more than float32 holds)."""
    if tensor.dtype.is_complex:
        tensor = tf.abs(tensor)
    if tensor.dtype in (tf.float16, tf.bfloat16):
        tensor = tf.cast(tensor, tf.float32)
    total = tf.reduce_sum(tensor)
    return total if total.dtype == tf.float32 else tf.where(tf.math.is_finite(total), tf.zeros((), tf.float32), np.nan)


def _watched(variables: Iterable[Any]) -> list[Any]:
    natives = [seams.native(variable) for variable in variables]
    return [variable for variable in natives if variable.dtype.is_floating or variable.dtype.is_complex]


class Guard:
    """Watches the updates of one training.

    Attributes:
        knobs: What is done to gradients and learning rate on the way; read when a step is traced.
        state: Gives the model's non-trainable variables.
        before_update: Called before each eager update.
        optimizers: Those whose updates were seen.
        losses, norms: The vitals seen so far, one entry a step (host side).
    """

    def __init__(self) -> None:
        with tf.init_scope():
            self._ring = seams.LocalVariable(tf.zeros((CAPACITY, 4)), trainable=False, name="vitals")
            self._batch = seams.LocalVariable(np.int64(0), trainable=False, name="batch")
            # steps done, whether tripped, updates skipped by a remedy
            self._counts = seams.LocalVariable(np.zeros(3, np.int64), trainable=False, name="counts")
        self.knobs = OptimizerKnobs()
        self.release()
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.optimizers: list[Any] = []
        self._live: Any = None
        self._began_infinite: dict[int, bool] = {}
        self._read = 0
        self._ahead = 0
        self._looked = time.monotonic()
        self._due = 0.0
        self._clean = -1
        self._eager_batch = 0
        self._shared = False  # with other processes: what is decided may only hang on what all of them know

    # -- host side ---------------------------------------------------------------------------

    def release(self) -> None:
        """Let go of what belongs to one training; what was seen stays."""
        self.state: Callable[[], Sequence[Any]] = tuple
        self.before_update: Callable[[Any], None] = lambda optimizer: None
        self._local = threading.local()  # tensors of a trace keep their graph alive

    def reset(self) -> None:
        """Forget what was seen; for the start of another attempt."""
        self._batch.assign(0)
        self._counts.assign(np.zeros(3, np.int64))
        self.losses, self.norms = [], []
        self._read = self._ahead = self._eager_batch = 0
        self._clean = -1

    def _count(self, place: int) -> int:
        return int(self._counts.numpy()[place])

    @property
    def steps(self) -> int:
        """Updates seen so far."""
        return self._count(0)

    @property
    def tripped(self) -> bool:
        """Whether a bad step was seen (reads one flag, raises nothing)."""
        return self._count(1) != 0

    @property
    def counted_losses(self) -> list[float]:
        """The losses of the steps that were not skipped."""
        return [loss for loss in self.losses if np.isfinite(loss)] if self.skips else list(self.losses)

    @property
    def shared(self) -> bool:
        """Whether other processes take part in the updates."""
        return self._shared

    @property
    def skips(self) -> int:
        """Updates that were skipped under `skip-bad-updates`."""
        return self._count(2)

    def look(self, *, force: bool = False, ahead: int = 1) -> None:
        """Read the vitals if it is time.

        Args:
            force: Look now.
            ahead: Steps that may pass before the next call.

        Raises:
            Tripped: If a bad step was seen.
        """
        now = time.monotonic()
        self._ahead += ahead
        if self._shared:
            if not force and self._ahead < LOOK_EVERY_STEPS:
                return
        elif not force and now - self._looked < LOOK_EVERY and self._ahead < CAPACITY // 2:
            return
        self._looked, self._ahead = now, 0
        steps, tripped, *_ = (int(value) for value in self._counts.numpy())
        trip = self._drain(steps)
        if trip is None and tripped:  # more steps went by in one call than the ring holds
            trip = Trip(LOSS, steps - 1, int(self._batch.numpy()) - 1)
        if trip is not None or force or now >= self._due or self._shared:
            trip = self._with_weights(trip, steps)
            self._due = time.monotonic() + (time.monotonic() - now) / SHARE
        if trip is not None:
            raise Tripped(trip)

    def _drain(self, steps: int) -> Trip | None:
        """Take over the vitals of the steps since the last look; the first bad one, if any."""
        if steps <= self._read:
            return None
        ring, batches = self._ring.numpy(), int(self._batch.numpy())
        found = None
        for step in range(max(self._read, steps - CAPACITY), steps):
            loss, total, bits, batch = (float(value) for value in ring[step % CAPACITY])
            self.losses.append(loss)
            self.norms.append(float(np.sqrt(2.0 * total)))
            if bits and found is None:
                behind = (batches - int(batch)) % WRAP
                found = Trip(int(bits), step, max(batches - behind - 1, 0))
        self._read = steps
        return found

    def _with_weights(self, trip: Trip | None, steps: int) -> Trip | None:
        """The trip, corrected by what the weights, slots and states hold now."""
        if trip is not None and trip.bits & (WEIGHT | STALLED):
            return trip
        if trip is None and steps - 1 <= self._clean:
            return None
        weights = [weight for optimizer in self.optimizers for weight in _watched(optimizer._trainable_variables)]
        if not self._all_finite(weights):
            if trip is None:
                return Trip(WEIGHT, max(steps - 1, 0), max(int(self._batch.numpy()) - 1, 0), exact=False)
            # the update of a tripped step is withheld: they were bad before it
            return trip if trip.step == 0 else Trip(WEIGHT, trip.step - 1, max(trip.batch - 1, 0))
        if trip is not None:
            return trip
        known = {id(weight) for weight in weights}
        slots = [
            slot for optimizer in self.optimizers for slot in _watched(optimizer.variables) if id(slot) not in known
        ]
        if not self._all_finite(slots):
            return Trip(STATE, max(steps - 1, 0), max(int(self._batch.numpy()) - 1, 0), exact=False)
        self._clean = steps - 1
        return None

    @staticmethod
    def _all_finite(variables: Sequence[Any]) -> bool:
        if not variables:
            return True
        return bool(np.isfinite(tf.add_n([_sum(tf.convert_to_tensor(variable)) for variable in variables]).numpy()))

    # -- inside the step ---------------------------------------------------------------------

    def count_batch(self) -> None:
        """Called at the start of each training step, traced or eager."""
        if tf.executing_eagerly():
            self._eager_batch += 1
            self._batch.assign(self._eager_batch)
        elif _writes():
            self._batch.assign_add(1)

    def note_loss(self, loss: Any, *, scaled: bool = False) -> None:
        """Remember a loss of the step that is being traced (or run).

        Args:
            loss: Tensor that is minimised.
            scaled: It may have been multiplied for half precision.
        """
        if getattr(self._local, "applied", True):
            self._local.noted, self._local.applied = [], False
        if loss is not None:
            self._local.noted.append((loss, scaled))

    def rate(self, learning_rate: Any) -> Any:
        """The learning rate with the knobs and the withholding in it."""
        knobs = self.knobs
        if knobs.rate is not None:
            valid = tf.math.is_finite(learning_rate) & (learning_rate > 0)
            learning_rate = tf.where(valid, learning_rate, tf.cast(knobs.rate, learning_rate.dtype))
        if knobs.rate_factor != 1.0:
            learning_rate = learning_rate * tf.cast(knobs.rate_factor, learning_rate.dtype)
        if knobs.rate_floor is not None:
            learning_rate = tf.maximum(learning_rate, tf.cast(knobs.rate_floor, learning_rate.dtype))
        if knobs.warmup_steps:
            done = tf.cast(self._counts[0] + 1, tf.float32) / float(knobs.warmup_steps)
            learning_rate = learning_rate * tf.cast(tf.minimum(done, 1.0), learning_rate.dtype)
        self._local.rate = learning_rate
        live = getattr(self._local, "live", None)
        live = self._live if live is None else live
        if live is not None and tf.is_tensor(live) and not _is_concrete(live):
            # not a product: 0 times a rate of NaN has to be 0 too
            learning_rate = tf.where(live, learning_rate, tf.zeros_like(learning_rate))
        return learning_rate

    def scaled_by_hand(self, gradient: Any) -> Any:
        """A gradient that the program will use itself: the learning rate's knob and the withholding go into it."""
        factor: Any = self.knobs.rate_factor
        if not tf.executing_eagerly():
            factor = factor * tf.cast(tf.equal(self._counts[1], 0), tf.float32)
        elif factor == 1.0:
            return gradient
        if gradient is None:
            return None
        values = _values(gradient)
        values = values * tf.cast(factor, values.dtype)
        if isinstance(gradient, tf.IndexedSlices):
            return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
        return values

    def apply(self, optimizer: Any, original: Callable[..., Any], grads: Any, variables: Any, inner: bool) -> Any:
        """Stand in for `optimizer.apply(grads, variables)`.

        Args:
            optimizer: The optimizer.
            original: Its own `apply`.
            grads: Gradients (tensors, IndexedSlices or None).
            variables: Keras or TensorFlow variables, or None.
            inner: It is not a LossScaleOptimizer.

        Raises:
            Tripped: In eager steps, before the update.
        """
        grads = list(grads)
        variables = None if variables is None else list(variables)
        if getattr(self._local, "within", 0) or self._live is not None:
            return original(optimizer, self._clipped(grads), variables)  # of one made of others, which was watched
        real = optimizer if inner else optimizer.inner_optimizer
        if not any(real is known for known in self.optimizers):
            self.optimizers.append(real)
        if tf.executing_eagerly():
            return self._apply_eagerly(optimizer, original, grads, variables, inner)
        return self._apply_traced(optimizer, original, grads, variables, inner)

    def _apply_traced(self, optimizer: Any, original: Any, grads: list[Any], variables: Any, inner: bool) -> Any:
        if inner and _several_processes() and seams.sums_gradients(optimizer):
            return self._apply_shared(optimizer, original, grads, variables)
        step, tripped, skips = tf.unstack(self._counts.read_value())
        loss, good_loss = self._loss_here(inner)
        squares = {i: _half_square_sum(_values(g)) for i, g in enumerate(grads) if g is not None}
        total = tf.add_n(list(squares.values())) if squares else tf.constant(0.0)
        loss, total = self._over_replicas(loss, total)
        if good_loss is None:
            good_loss = tf.constant(True) if loss is None else tf.math.is_finite(loss)
        good_gradient = tf.math.is_finite(total)
        alive = tf.equal(tripped, 0)
        skip = tf.constant(False)
        if not inner:
            finite = {}  # scaled gradients overflow by design; the LossScaleOptimizer withholds them
            live = alive & good_loss
        elif self.knobs.skip_limit:
            good = good_loss & good_gradient
            skip = tf.logical_not(good) & (skips < self.knobs.skip_limit)
            live = alive & tf.logical_not(skip) & good_loss
            finite = dict.fromkeys(squares, good)
        else:
            live = alive & good_loss
            exact = _clips_values(optimizer)  # it copes with gradients whose squares overflow
            if exact and squares:
                finite = {i: tf.math.is_finite(_sum(_values(grads[i]))) for i in squares}
                good_gradient = tf.reduce_all(tf.stack(list(finite.values())))
            else:
                finite = self._finite_by_group(grads, squares)
        safe = [self._withheld(g, finite[i]) if i in finite else g for i, g in enumerate(grads)]
        if self.knobs.global_clipnorm is not None and inner:
            safe = self._clipped(safe, total)
        result = self._original(original, optimizer, safe, variables, live, inner)
        real = optimizer if inner else optimizer.inner_optimizer
        stalled = tf.constant(False)
        if not inner:
            scale = tf.convert_to_tensor(seams.native(optimizer.dynamic_scale))
            stalled = tf.logical_not(good_gradient) & (scale <= SMALLEST_SCALE)
            good_gradient, total = tf.constant(True), total / tf.square(scale)
        good = [good_loss, good_gradient, *self._good_update(real, grads, variables)]
        flags = [tf.logical_not(tf.stack(good))] + ([] if inner else [stalled[None]])
        flags = tf.concat(flags, 0) if len(flags) > 1 else flags[0]
        self._keep((step, tripped, skips), loss, total, flags, skip)
        return result

    def _keep(self, counts: tuple[Any, Any, Any], loss: Any, total: Any, flags: Any, skip: Any) -> None:
        """Put the vitals of the step that is being traced into the ring; `counts` as they were before it."""
        step, tripped, skips = counts
        worth = tf.constant([float(1 << place) for place in range(flags.shape[0])])
        bits = tf.reduce_sum(tf.cast(flags, tf.float32) * worth)
        if self.knobs.skip_limit:
            bits = tf.where(skip, 0.0, bits)
        if not _writes():
            return
        number = tf.cast(self._batch.read_value() % WRAP, tf.float32)
        row = tf.stack([tf.constant(np.nan) if loss is None else loss, total, bits, number])
        bad = tf.cast(bits > 0, tf.int64)
        self._ring.scatter_nd_update([[step % CAPACITY]], [row])
        steps = step + 1 - tripped  # after a trip they stand still, and the bad step's row is not written over
        if self.knobs.skip_limit:
            skips += tf.cast(skip, tf.int64)
        self._counts.assign(tf.stack([steps, tf.maximum(tripped, bad), skips]))

    # -- inside the step, with other processes -----------------------------------------------

    def _apply_shared(self, optimizer: Any, original: Any, grads: list[Any], variables: Any) -> Any:
        """As `_apply_traced`, where the optimizer adds up the gradients of several processes.

        What one of them sees all of them must know in the same step. So loss and flags travel with the
        gradients, in the very collective that the optimizer needs anyway (`agreed`).
        """
        self._shared = True
        loss, good_loss = self._loss_here(True)
        if good_loss is None:
            good_loss = tf.constant(True) if loss is None else tf.math.is_finite(loss)
        self._local.mine, self._local.agreed = (loss, good_loss), None
        try:
            result = self._original(original, optimizer, grads, variables, None, True)
            if self._local.agreed is None:  # an update of the optimizer's own: what this process sees by itself
                squares = [_half_square_sum(_values(g)) for g in grads if g is not None]
                here = loss, good_loss, self._state_flag()
                self._local.agreed = here, tf.add_n(squares), tf.constant(False), tf.unstack(self._counts.read_value())
            (loss, good_loss, good_state), total, skip, counts = self._local.agreed
        finally:
            self._local.mine = self._local.agreed = None
        good_update, _ = self._good_update(optimizer, grads, variables)
        flags = tf.logical_not(tf.stack([good_loss, tf.math.is_finite(total), good_update, good_state]))
        self._keep(counts, loss, total, flags, skip)
        return result

    @property
    def shares(self) -> bool:
        """Whether the update that is being traced adds up the gradients of several processes."""
        return getattr(self._local, "mine", None) is not None

    @property
    def summed(self) -> bool:
        """Whether the sums of this update's gradients have been made already."""
        return getattr(self._local, "agreed", None) is not None

    def agreed(self, reduced: Callable[[list[Any]], list[Any]], grads: list[Any]) -> list[Any]:
        """The sums of all processes' gradients, with the withholding in them; called within the optimizer's update.

        Args:
            reduced: The optimizer's own sum over all replicas; it takes more tensors than gradients.
            grads: This replica's gradients.
        """
        loss, good_loss = self._local.mine
        bad = [tf.cast(tf.logical_not(good), tf.float32) for good in (good_loss, self._state_flag())]
        *grads, said = reduced([*grads, tf.stack([tf.constant(0.0) if loss is None else loss, *bad])])
        loss = None if loss is None else said[0] / tf.distribute.get_replica_context().num_replicas_in_sync
        good_loss, good_state = said[1] < 0.5, said[2] < 0.5
        squares = {i: _half_square_sum(_values(g)) for i, g in enumerate(grads) if g is not None}
        total = tf.add_n(list(squares.values())) if squares else tf.constant(0.0)
        counts = _, tripped, skips = tf.unstack(self._counts.read_value())
        live = tf.equal(tripped, 0) & good_loss
        skip, finite = tf.constant(False), self._finite_by_group(grads, squares)
        if self.knobs.skip_limit:
            good = good_loss & tf.math.is_finite(total)
            skip = tf.logical_not(good) & (skips < self.knobs.skip_limit)
            live, finite = live & tf.logical_not(skip), dict.fromkeys(squares, good)
        self._local.live, self._local.agreed = live, ((loss, good_loss, good_state), total, skip, counts)
        safe = [self._withheld(g, finite[i]) if i in finite else g for i, g in enumerate(grads)]
        return self._clipped(safe, total) if self.knobs.global_clipnorm is not None else safe

    def _state_flag(self) -> Any:
        """Whether the model's states are good."""
        states = [self._state_sum(variable) for variable in _watched(self.state())]
        return tf.math.is_finite(tf.add_n(states)) if states else tf.constant(True)

    def _original(self, original: Any, optimizer: Any, grads: Any, variables: Any, live: Any, inner: bool) -> Any:
        """The optimizer's own `apply`, with the flag that its learning rate waits for."""
        self._local.live, self._local.rate = live, None
        self._local.applied = True
        if not inner or seams.dispatches(optimizer):
            self._local.within, self._live = 1, live  # under a distribution its inner one runs in another thread
        try:
            return original(optimizer, grads, variables)
        finally:
            self._local.live, self._local.within, self._live = None, 0, None

    def _loss_here(self, inner: bool) -> tuple[Any, Any]:
        """The loss as a float32 scalar and whether all that were noted are finite; None where unknown.

        A loss counts if it belongs to the graph at hand (or one around it).
        """
        graphs = []
        graph = tf.compat.v1.get_default_graph()
        while graph is not None:
            graphs.append(graph)
            graph = getattr(graph, "outer_graph", None)
        noted = [
            (loss, scaled) for loss, scaled in getattr(self._local, "noted", ())
            if not _is_concrete(loss) and any(loss.graph is graph for graph in graphs)
        ]  # fmt: skip
        if not noted:
            return None, None
        shown = next((loss for loss, scaled in noted if not scaled), noted[-1][0])
        value = tf.reduce_sum(tf.cast(shown, tf.float32))
        if len(noted) == 1 and shown.dtype == tf.float32 and (inner or not noted[0][1]):
            return value, None
        good = [
            # a scaled loss may overflow, and is scaled down for it
            tf.logical_not(tf.reduce_any(tf.math.is_nan(loss))) if scaled and not inner
            else tf.reduce_all(tf.math.is_finite(loss))
            for loss, scaled in noted
        ]  # fmt: skip
        return value, tf.reduce_all(tf.stack(good)) if len(good) > 1 else good[0]

    @staticmethod
    def _finite_by_group(grads: list[Any], squares: dict[int, Any]) -> dict[int, Any]:
        """A flag for each gradient; small ones share one, since each operation costs more than they do."""
        small = [i for i in squares if (_values(grads[i]).shape.num_elements() or FEW) <= SMALL]
        finite = {i: tf.math.is_finite(square) for i, square in squares.items() if i not in small}
        if small:
            finite |= dict.fromkeys(small, tf.math.is_finite(tf.add_n([squares[i] for i in small])))
        return finite

    @staticmethod
    def _over_replicas(loss: Any, total: Any) -> tuple[Any, Any]:
        """Every replica decides by what all of them have seen."""
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync < 2:
            return loss, total
        if _several_processes():
            return loss, total  # scaled for half precision: each one watches its own replicas
        both = context.merge_call(_added, args=(tf.stack([0.0 if loss is None else loss, total]),))
        return None if loss is None else both[0] / context.num_replicas_in_sync, both[1]

    @staticmethod
    def _withheld(gradient: Any, finite: Any) -> Any:
        """The gradient, or zeros."""
        values = _values(gradient)
        size = values.shape.num_elements()
        if size is not None and size <= FEW:
            kept = tf.math.multiply_no_nan(values, tf.cast(finite, values.dtype))
        else:
            kept = tf.cond(finite, lambda: values, lambda: tf.zeros_like(values))
            kept.set_shape(values.shape)
        if isinstance(gradient, tf.IndexedSlices):
            return tf.IndexedSlices(kept, gradient.indices, gradient.dense_shape)
        return kept

    def _clipped(self, grads: list[Any], half_square_total: Any = None) -> list[Any]:
        bound = self.knobs.global_clipnorm
        if bound is None:
            return grads
        if half_square_total is None:
            half_square_total = tf.add_n([_half_square_sum(_values(g)) for g in grads if g is not None])
        norm = tf.sqrt(2.0 * half_square_total)
        norm = tf.where(tf.math.is_finite(norm), norm, tf.zeros_like(norm))
        factor = bound / tf.maximum(norm, bound)

        def scaled(gradient: Any) -> Any:
            values = _values(gradient) * tf.cast(factor, _values(gradient).dtype)
            if isinstance(gradient, tf.IndexedSlices):
                return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
            return values

        return [gradient if gradient is None else scaled(gradient) for gradient in grads]

    def _good_update(self, optimizer: Any, grads: list[Any], variables: Any) -> list[Any]:
        """Whether no update can have spoilt a weight by itself, and whether the model's states are good."""
        rate = getattr(self._local, "rate", None)
        sums = []
        if rate is not None and tf.is_tensor(rate) and getattr(rate, "graph", None) is tf.compat.v1.get_default_graph():
            sums.append(tf.cast(rate, tf.float32))
        known = optimizer._trainable_variables if variables is None else variables
        risky = [weight for weight in known if getattr(weight, "constraint", None) is not None]
        sums += [_sum(tf.convert_to_tensor(weight)) for weight in _watched(risky)]
        return [tf.math.is_finite(tf.add_n(sums)) if sums else tf.constant(True), self._state_flag()]

    def _state_sum(self, variable: Any) -> Any:
        """NaN in a state is bad; inf only where the state did not start with one (a running minimum)."""
        value = tf.convert_to_tensor(variable)
        if not self._infinite_at_start(variable):
            return _sum(value)
        return tf.where(tf.reduce_any(tf.math.is_nan(value)), np.float32(np.nan), np.float32(0.0))

    def _infinite_at_start(self, variable: Any) -> bool:
        key = id(variable)
        if key not in self._began_infinite:
            with tf.init_scope():
                try:
                    start = np.asarray(variable.numpy(), dtype=np.float64)
                    self._began_infinite[key] = not bool(np.isfinite(start).all())
                except Exception:  # made inside this very trace: it cannot be read yet
                    return True
        return self._began_infinite[key]

    def _apply_eagerly(self, optimizer: Any, original: Any, grads: list[Any], variables: Any, inner: bool) -> Any:
        noted = [(each, scaled) for each, scaled in getattr(self._local, "noted", ()) if _is_concrete(each)]
        shown = next((each for each, scaled in noted if not scaled), noted[-1][0] if noted else None)
        loss = float("nan") if shown is None else float(tf.reduce_sum(tf.cast(shown, tf.float32)))
        bad_loss = any(_bad(each, only_nan=scaled and not inner) for each, scaled in noted)
        squares = [_half_square_sum(_values(g)) for g in grads if g is not None]
        total = float(tf.add_n(squares)) if squares else 0.0
        bad_gradient = not np.isfinite(total)
        if bad_gradient and _clips_values(optimizer):
            bad_gradient = any(_bad(_values(g)) for g in grads if g is not None)
        step = len(self.losses)
        batch = max(self._eager_batch - 1, 0)
        bits = LOSS * bad_loss
        if inner:
            bits |= GRADIENT * bad_gradient
        elif bad_gradient and optimizer.built and float(optimizer.dynamic_scale) <= SMALLEST_SCALE:
            bits |= STALLED
        self.losses.append(loss)
        self.norms.append(float(np.sqrt(2.0 * total)))
        counts = self._counts.numpy()
        counts[0] = step + 1
        self._read = step + 1
        if bits and inner and counts[2] < self.knobs.skip_limit:
            counts[2] += 1
            self._counts.assign(counts)
            self._local.applied = True
            return None
        if bits:
            raise Tripped(Trip(bits, step, batch))
        real = optimizer if inner else optimizer.inner_optimizer
        self.before_update(real)
        self._counts.assign(counts)
        grads = self._clipped(grads, tf.constant(total)) if inner else grads
        result = self._original(original, optimizer, grads, variables, None, inner)
        if not self._all_finite(_watched(real._trainable_variables)):
            raise Tripped(Trip(WEIGHT, step, batch))
        states = [self._state_sum(variable) for variable in _watched(self.state())]
        if states and not np.isfinite(tf.add_n(states).numpy()) or not self._all_finite(_watched(real.variables)):
            raise Tripped(Trip(STATE, step, batch))
        return result


def _added(strategy: Any, values: Any) -> Any:
    # not all_reduce: a collective of ours could get between those of the user's step
    return tf.add_n(strategy.experimental_local_results(values))


def _clips_values(optimizer: Any) -> bool:
    return any(getattr(one, "clipvalue", None) is not None for one in seams.working_optimizers(optimizer))


def _several_processes() -> bool:
    """Whether some of the replicas that train together are in other processes."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync < 2:
        return False
    return bool(len(context.strategy.extended.worker_devices) < context.num_replicas_in_sync)


def _writes() -> bool:
    """Whether this replica keeps the vitals (the first one of each process)."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync < 2:
        return True
    number = context.replica_id_in_sync_group
    local = len(context.strategy.extended.worker_devices)
    return not isinstance(number, int) or number % local == 0


def _bad(tensor: Any, *, only_nan: bool = False) -> bool:
    value = tensor.numpy()
    value = value.astype(np.float32) if value.dtype.itemsize <= 2 else value
    return bool(np.isnan(value).any() if only_nan else not np.isfinite(value).all())


def _is_concrete(tensor: Any) -> bool:
    return isinstance(tensor, tf.__internal__.EagerTensor)
