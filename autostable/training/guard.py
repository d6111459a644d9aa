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

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.records import SymptomKind
from autostable.setup import OptimizerKnobs
from autostable.training import finite, held_rates, seams
from autostable.training.adaptive import AdaptiveClip
from autostable.training.kept_states import KeptStates
from autostable.training.vitals import CAPACITY, UNKNOWN, Vitals, check, showable, shown

LOSS, GRADIENT, WEIGHT, STATE, STALLED = 1, 2, 4, 8, 16
FIRST_SEEN = ((WEIGHT, "weight"), (LOSS, "loss"), (GRADIENT, "gradient"), (STATE, "state"), (STALLED, "gradient"))
LOOK_EVERY = 0.1  # seconds between two looks
LOOK_EVERY_STEPS = 32  # between two looks where several processes train together: all have to look at the same ones
SHARE = 0.003  # of the time may go into looking at all weights and slots
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
    def kind(self) -> SymptomKind:
        """The symptom's kind."""
        return SymptomKind.STALLED if self.bits & STALLED else SymptomKind.NONFINITE


class Tripped(BaseException):
    """Raised on the host once a bad step was seen. Not an Exception: user code must not swallow it."""

    def __init__(self, trip: Trip) -> None:
        super().__init__(f"non-finite {trip.first_seen_in} in step {trip.step}")
        self.trip = trip


def _watched(variables: Iterable[Any]) -> list[Any]:
    natives = [seams.native(variable) for variable in variables]
    return [variable for variable in natives if variable.dtype.is_floating or variable.dtype.is_complex]


class Guard:
    """Watches the updates of one training.

    Attributes:
        knobs: What is done to gradients and learning rate on the way; read when a step is traced.
        state: Gives the model's non-trainable variables.
        before_update: Called before each eager update.
        withholds: Bad updates are withheld in traced steps. If not, no operation of the update is touched or read
            there, and the step in which it went bad is only known once it is run again with withholding.
        rereads: Where nothing of the update is touched, weights are read after it in every step: what cannot be run again
            from its start has no other way to know the step.
        reads_loss: A loss that is not finite is a bad step. If not, its value is known to be at fault, and it alone.
        asked: A function minimiser asks for values and gradients wherever it likes. That some of them are not finite is
            for it to judge; what counts is where it ends. Set by `is_asked`.
        optimizers: Those whose updates were seen.
        losses, norms: The vitals seen so far, one entry a step (host side).
        since: The first step of the training that goes on; others of the program may have come before it.
    """

    def __init__(self, stepped: Callable[[], None] = lambda: None) -> None:
        self._stepped = stepped  # told that steps were done, now and then
        self._vitals = Vitals()
        self.knobs = OptimizerKnobs()
        self.withholds = self.reads_loss = True
        self.rereads = False
        self.release()
        self.asked = self._was_asked = False
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.since = 0
        self.optimizers: list[Any] = []
        self._live: Any = None
        self._began_infinite: dict[int, bool] = {}
        self._read = 0
        self._ahead = 0
        self._looked = time.monotonic()
        self._due = 0.0
        self._clean = -1
        self._eager_batch = 0
        self._pace: Any = (
            None  # the share of the rate that is in force after a failure that was healed; None before one
        )
        self._adaptive = AdaptiveClip()
        self._kept_states = KeptStates()
        self._shared = False  # with other processes: what is decided may only hang on what all of them know

    # -- host side ---------------------------------------------------------------------------

    def release(self) -> None:
        """Let go of what belongs to one training; what was seen stays."""
        self.state: Callable[[], Sequence[Any]] = tuple
        self.before_update: Callable[[Any], None] = lambda optimizer: None
        self._local = threading.local()  # tensors of a trace keep their graph alive

    def reset(self) -> None:
        """Forget what was seen; for the start of another attempt."""
        self._vitals.reset()
        self._adaptive.reset()
        self._kept_states.reset()
        if self._pace is not None:
            self._pace.assign(1.0)
        self._local.applied = True
        self.losses, self.norms = [], []
        self._read = self._ahead = self._eager_batch = 0
        self._clean = -1

    def kept(self) -> dict[str, Any]:
        """What was seen so far, and how it is seen, but for its variables; for `put_back`."""
        names = ("withholds", "reads_loss", "knobs", "_read", "_ahead", "_eager_batch", "_clean")
        lists = {name: list(getattr(self, name)) for name in ("losses", "norms", "optimizers")}
        return {name: getattr(self, name) for name in names} | lists

    def mark(self) -> dict[str, Any]:
        """Where the watch stands, but for its variables; for `back_to`."""
        counts = {name: getattr(self, name) for name in ("_read", "_ahead", "_eager_batch", "_clean")}
        return {**counts, "seen": (len(self.losses), len(self.norms))}

    def back_to(self, mark: Mapping[str, Any]) -> None:
        """Go on from there: what was seen since is forgotten, what is in force stays."""
        for name in ("_read", "_ahead", "_eager_batch", "_clean"):
            setattr(self, name, mark[name])
        losses, norms = mark["seen"]
        del self.losses[losses:], self.norms[norms:]
        self._local.applied = True

    def slow_down(self, factor: float) -> bool:
        """Multiply every rate by this from the next step on; gives whether steps have to be traced anew for it."""
        new = self._pace is None and factor != 1.0
        if new:
            with tf.init_scope():
                self._pace = seams.LocalVariable(np.float32(factor), trainable=False, name="pace")
        elif self._pace is not None:
            self._pace.assign(factor)
        return new

    def full_pace(self) -> None:
        """Leave the rates as they are from the next trace on."""
        self._pace = None

    def put_back(self, kept: Mapping[str, Any]) -> None:
        """Go on from there, whatever was watched since."""
        for name, value in kept.items():
            setattr(self, name, value)

    @property
    def variables(self) -> tuple[Any, ...]:
        """Its own variables, none of the user's."""
        return (*self._vitals.variables, *self._adaptive.variables, *self._kept_states.variables)

    @property
    def steps(self) -> int:
        """Updates seen so far."""
        return self._vitals.progress()[0]

    @property
    def tripped(self) -> bool:
        """Whether a bad step was seen (reads one number, raises nothing)."""
        return self._vitals.progress()[1]

    @property
    def latest_losses(self) -> list[float]:
        """The losses of the training that goes on."""
        return self.losses[self.since :]

    @property
    def latest_norms(self) -> list[float]:
        """The gradient norms of the training that goes on."""
        return self.norms[self.since :]

    @property
    def counted_losses(self) -> list[float]:
        """The losses of the steps that were not skipped."""
        chosen = self._was_asked or self.skips
        return [loss for loss in self.latest_losses if np.isfinite(loss)] if chosen else self.latest_losses

    @property
    def seen_losses(self) -> list[float]:
        """Those that anybody saw: of a step whose gradients came from another function the loss is not known."""
        return [loss for loss in self.counted_losses if not np.isnan(loss)]

    @property
    def shared(self) -> bool:
        """Whether other processes take part in the updates."""
        return self._shared

    @property
    def skips(self) -> int:
        """Updates that were skipped under `skip-bad-updates`."""
        return self._vitals.skipped()

    def is_asked(self, asked: bool) -> None:
        """Whether a function minimiser has called the step that comes now."""
        if asked is not self.asked:
            self.asked, self._was_asked = asked, True
            self._vitals.pardon(asked)

    def everything(self) -> list[Any]:
        """All real numbers of the optimizers that were seen: what they train, and their slots."""
        found = [
            each
            for optimizer in self.optimizers
            for each in (*seams.trained_variables(optimizer), *optimizer.variables)
        ]
        return list({id(each): each for each in _watched(found)}.values())

    def look(self, *, force: bool = False, ahead: int = 1, weights: bool = True) -> None:
        """Read the vitals if it is time.

        Args:
            force: Look now.
            ahead: Steps that may pass before the next call.
            weights: Look at weights and slots as well, if it is time; the caller may have done so.

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
        self._stepped()
        steps, tripped = self._vitals.progress()
        trip = self._drain(steps, tripped)
        if not self.asked and (trip is not None or weights and (force or now >= self._due or self._shared)):
            trip = self._with_weights(trip, steps)
            self._due = time.monotonic() + (time.monotonic() - now) / SHARE
        if trip is not None:
            raise Tripped(trip)

    def settle(self) -> None:
        """At the end of a run: look once more.

        Raises:
            Tripped: If a bad step was seen, or if every update was skipped: nothing was trained then. Likewise if a
                minimiser was never given a finite loss, or ends in weights that are not finite.
        """
        if self.asked:
            self.look(force=True)
            if self.losses and not self.seen_losses:
                raise Tripped(Trip(LOSS, 0, 0))
            self.is_asked(False)
        self.look(force=True)
        if self.skips and self.skips >= max(self.steps, len(self.losses)):
            raise Tripped(Trip(GRADIENT, 0, 0))

    def _drain(self, steps: int, tripped: bool) -> Trip | None:
        """Take over the vitals of the steps since the last look; the bad one, if any."""
        rows = self._vitals.rows(self._read, steps) if steps > self._read else np.zeros((0, 2))
        self._read = max(self._read, steps)
        self.losses += shown(rows, 0)
        self.norms += np.sqrt(2.0 * np.asarray(shown(rows, 1))).tolist()
        if not tripped:
            return None
        failed = ~np.isfinite(self._vitals.rows(steps - 1, steps)[0, 2:])
        bits = sum(1 << int(place) for place in np.flatnonzero(failed))
        return Trip(bits or LOSS, steps - 1, self._batch_of(steps - 1))

    def _batch_of(self, step: int) -> int:
        step = max(step, 0)
        return max(self._eager_batch - 1, 0) if self._eager_batch else self._vitals.batch_of(step)

    def _with_weights(self, trip: Trip | None, steps: int) -> Trip | None:
        """The trip, corrected by what the weights, slots and states hold now."""
        if trip is not None and trip.bits & (WEIGHT | STALLED):
            return trip
        if trip is not None and not self.withholds and not self.rereads:
            return dataclasses.replace(trip, exact=False)
        if trip is None and steps - 1 <= self._clean:
            return None
        weights = [weight for optimizer in self.optimizers for weight in _watched(seams.trained_variables(optimizer))]
        if not self._all_finite(weights):
            if trip is None:
                return Trip(WEIGHT, max(steps - 1, 0), self._batch_of(steps - 1), exact=False)
            # the update of a tripped step is withheld: they were bad before it
            return trip if trip.step == 0 else Trip(WEIGHT, trip.step - 1, max(trip.batch - 1, 0))
        if trip is not None:
            return trip
        known = {id(weight) for weight in weights}
        slots = [
            slot for optimizer in self.optimizers for slot in _watched(optimizer.variables) if id(slot) not in known
        ]
        if not self._all_finite(slots):
            return Trip(STATE, max(steps - 1, 0), self._batch_of(steps - 1), exact=False)
        self._clean = steps - 1
        return None

    @staticmethod
    def _all_finite(variables: Sequence[Any]) -> bool:
        if not variables:
            return True
        return bool(np.isfinite(finite.grand_total([tf.convert_to_tensor(variable) for variable in variables]).numpy()))

    # -- inside the step ---------------------------------------------------------------------

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Around each training step of a fit, traced or eager: the updates within it belong to one batch."""
        if tf.executing_eagerly():
            self._eager_batch += 1
            yield
            return
        self._local.batch = batch = _Batch(tf.compat.v1.get_default_graph())
        try:
            yield
        finally:
            self._local.batch = None
        if batch.updates != 1 and _writes():
            self._vitals.mark_batch()

    def note_loss(self, loss: Any, *, scaled: bool = False, whole: bool = False) -> None:
        """Remember a loss of the step that is being traced (or run).

        Args:
            loss: Tensor that is minimised.
            scaled: It may have been multiplied for half precision.
            whole: What was noted before is a part of it.
        """
        if whole or getattr(self._local, "applied", True):
            self._local.noted, self._local.applied = [], False
        if loss is not None:
            self._local.noted.append((loss, scaled))

    def rate(self, learning_rate: Any, optimizer: Any) -> Any:
        """The learning rate of an optimizer with the knobs and the withholding in it."""
        knobs = self.knobs
        learning_rate = held_rates.traced(optimizer, learning_rate, planned=knobs != OptimizerKnobs())
        if knobs.rate is not None:
            valid = tf.math.is_finite(learning_rate) & (learning_rate > 0)
            learning_rate = tf.where(valid, learning_rate, tf.cast(knobs.rate, learning_rate.dtype))
        if knobs.rate_factor != 1.0:
            learning_rate = learning_rate * tf.cast(knobs.rate_factor, learning_rate.dtype)
        if knobs.rate_cap is not None:
            learning_rate = tf.minimum(learning_rate, tf.cast(knobs.rate_cap, learning_rate.dtype))
        if self._pace is not None:
            learning_rate = learning_rate * tf.cast(self._pace.read_value(), learning_rate.dtype)
        if knobs.rate_floor is not None:
            learning_rate = tf.maximum(learning_rate, tf.cast(knobs.rate_floor, learning_rate.dtype))
        if knobs.warmup_steps:
            done = tf.cast(self._vitals.count() + 1, tf.float32) / float(knobs.warmup_steps)
            learning_rate = learning_rate * tf.cast(tf.minimum(done, 1.0), learning_rate.dtype)
        self._local.rate = learning_rate
        live = getattr(self._local, "live", None)
        live = self._live if live is None else live
        if live is not None and tf.is_tensor(live) and not _is_concrete(live):
            # not a product: 0 times a rate of NaN has to be 0 too
            learning_rate = finite.chosen(live, learning_rate, tf.zeros_like(learning_rate))
        return learning_rate

    def scaled_by_hand(self, gradient: Any, original: Any) -> Any:
        """A gradient that the program will use itself: the learning rate's knob and the withholding go into it.

        Args:
            gradient: What `apply` handed on.
            original: What the tape gave; a minimiser is given that, good or bad.
        """
        if gradient is None or (self.asked and tf.executing_eagerly()):
            return original
        factor: Any = self.knobs.rate_factor
        if not tf.executing_eagerly():
            factor = factor * tf.cast(self._vitals.count() >= 0, tf.float32)
            return finite.either(self._vitals.pardons(), original, finite.scaled(gradient, factor))
        return gradient if factor == 1.0 else finite.scaled(gradient, factor)

    def apply(self, optimizer: Any, original: Callable[..., Any], grads: Any, variables: Any, inner: bool) -> Any:
        """Stand in for `optimizer.apply(grads, variables)`.

        Args:
            optimizer: The optimizer.
            original: Its own `apply`.
            grads: Gradients (tensors, IndexedSlices, arrays or None).
            variables: Keras or TensorFlow variables, or None.
            inner: It is not a LossScaleOptimizer.

        Raises:
            Tripped: In eager steps, before the update.
        """
        grads = [each if each is None or tf.is_tensor(each) else tf.convert_to_tensor(each) for each in grads]
        variables = None if variables is None else list(variables)
        known = seams.trained_variables(optimizer) if variables is None else variables
        self._local.overwriting = {place for place, each in enumerate(known) if seams.is_overwritten(each)}
        if getattr(self._local, "within", 0) or self._live is not None:
            return original(optimizer, self._clipped(grads), variables)  # of one made of others, which was watched
        real = optimizer if inner else optimizer.inner_optimizer
        if not any(real is known for known in self.optimizers):
            self.optimizers.append(real)
        if tf.executing_eagerly():
            return self._apply_eagerly(optimizer, original, grads, variables, inner)
        return self._apply_traced(optimizer, original, grads, variables, inner)

    def _apply_traced(self, optimizer: Any, original: Any, grads: list[Any], variables: Any, inner: bool) -> Any:
        batch = getattr(self._local, "batch", None)
        if batch is not None:
            batch.has_update()
        if not self.withholds:
            return self._apply_untouched(optimizer, original, grads, variables)
        if inner and _several_processes() and seams.sums_gradients(optimizer):
            return self._apply_shared(optimizer, original, grads, variables)
        # scaled gradients overflow by design; the LossScaleOptimizer withholds them
        safe, step = self._judged(*self._loss_here(inner), grads, scaled=not inner, exact=_clips_values(optimizer))
        result = self._original(original, optimizer, safe, variables, step.live, inner)
        if not inner:
            step.row.scaled_by(tf.convert_to_tensor(seams.native(optimizer.dynamic_scale)), step.total)
        if step.skip is not None:
            self._undo_states(step.skip)
        step.row.state_is_good(self._all_states_total())
        self._record(step, optimizer if inner else optimizer.inner_optimizer, variables)
        return result

    def _apply_untouched(self, optimizer: Any, original: Any, grads: list[Any], variables: Any) -> Any:
        """Only loss and states are looked at; a gradient that is bad shows in the loss of the next step, or in weights."""
        loss, good_loss = self._loss_here(True)
        count = self._vitals.count()
        row = _Row(loss, 0.0)
        row.shown[1] = UNKNOWN
        if not self.reads_loss:
            row.loss_is_only_shown()
        elif good_loss is not None:
            row.loss_is_good(good_loss)
        result = self._original(original, optimizer, grads, variables, None, True)
        if self.rereads:
            weights = _watched(seams.trained_variables(optimizer) if variables is None else variables)
            row.weight_is_good(finite.grand_total([tf.convert_to_tensor(weight) for weight in weights]))
        row.state_is_good(self._all_states_total())
        self._vitals.record(row.columns(), count, count >= 0)
        return result

    def _judged(
        self, loss: Any, good_loss: Any, grads: list[Any], *, scaled: bool = False, exact: bool = False
    ) -> tuple[list[Any], _Step]:
        """The gradients with the withholding in them, and what is known of the step before its update.

        Args:
            loss: What is minimised, as `_loss_here` gives it.
            good_loss: Whether all losses are finite, where the loss does not tell by itself.
            grads: Gradients (tensors, IndexedSlices or None).
            scaled: They are those of a scaled loss, and are left as they are.
            exact: The optimizer copes with gradients whose squares overflow.
        """
        count = self._vitals.count()
        bundles = finite.bundles(grads)
        squares = [bundle.half_square_sum() for bundle in bundles]
        total = finite.added(squares)
        loss, total = self._over_replicas(loss, total)
        row = _Row(loss, total)
        if not self.reads_loss:
            good_loss = None
            row.loss_is_only_shown()
        elif good_loss is not None:
            row.loss_is_good(good_loss)
        elif loss is not None:
            good_loss = tf.math.is_finite(loss)
        alive = count >= 0
        live = alive if good_loss is None else alive & good_loss
        step = _Step(row, total, count, alive, live)
        if scaled:
            return grads, step
        if self.knobs.skip_limit:
            good = tf.math.is_finite(total) if good_loss is None else good_loss & tf.math.is_finite(total)
            step.skip = tf.logical_not(good) & (self._vitals.skips() < self.knobs.skip_limit)
            step.live = live & tf.logical_not(step.skip)
            flags = [good] * len(bundles)
        elif exact and bundles:
            flags = [tf.math.is_finite(bundle.total()) for bundle in bundles]
            row.gradient_is_good(tf.reduce_all(tf.stack(flags)))
        else:
            flags = [tf.math.is_finite(square) for square in squares]
        safe = list(grads)
        for bundle, flag in zip(bundles, flags, strict=True):
            for place, gradient in zip(bundle.places, bundle.withheld(flag), strict=True):
                safe[place] = gradient
        return self._clipped(safe, total), step

    def _record(self, step: _Step, optimizer: Any, variables: Any) -> None:
        """Keep the vitals of the step that is being traced, after its update."""
        step.row.weight_is_good(self._update_total(optimizer, variables))
        if _writes():
            pardoned = self._vitals.pardons() if getattr(optimizer, "by_hand", False) else None
            self._vitals.record(step.row.columns(), step.count, step.alive, step.skip, pardoned)

    # -- inside the step, with other processes -----------------------------------------------

    def _apply_shared(self, optimizer: Any, original: Any, grads: list[Any], variables: Any) -> Any:
        """As `_apply_traced`, where the optimizer adds up the gradients of several processes.

        What one of them sees all of them must know in the same step. So loss and flags travel with the
        gradients, in the very collective that the optimizer needs anyway (`agreed`).
        """
        self._shared = True
        mine = self._loss_here(True)
        self._local.mine, self._local.agreed = mine, None
        try:
            result = self._original(original, optimizer, grads, variables, None, True)
            step = self._local.agreed
        finally:
            self._local.mine = self._local.agreed = None
        if step is None:  # an update of the optimizer's own, done already: what this process sees by itself
            _, step = self._judged(*mine, grads)
            step.skip = None
            step.row.state_is_good(self._states_total())
        self._record(step, optimizer, variables)
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
        known = [0.0 if loss is None else loss, 0.0 if good_loss is None else check(good_loss), self._states_total()]
        *grads, said = reduced([*grads, tf.stack(known)])  # a sum is non-finite where a part of it is
        if loss is not None:
            loss = said[0] / tf.distribute.get_replica_context().num_replicas_in_sync
        safe, step = self._judged(loss, None if good_loss is None else tf.math.is_finite(said[1]), grads)
        step.row.state_is_good(said[2])
        self._local.live, self._local.agreed = step.live, step
        return safe

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
        value = tf.cast(shown, tf.float32)
        value = value if value.shape.rank == 0 else tf.reduce_sum(value)
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
    def _over_replicas(loss: Any, total: Any) -> tuple[Any, Any]:
        """Every replica decides by what all of them have seen."""
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync < 2:
            return loss, total
        if _several_processes():
            return loss, total  # scaled for half precision: each one watches its own replicas
        both = context.merge_call(_added, args=(tf.stack([0.0 if loss is None else loss, total]),))
        return None if loss is None else both[0] / context.num_replicas_in_sync, both[1]

    def _clipped(self, grads: list[Any], half_square_total: Any = None) -> list[Any]:
        """The gradients within the bounds; what only takes the place of a variable (scales of float8) is none, and is left."""
        overwriting = getattr(self._local, "overwriting", None)
        if not overwriting:
            return self._bounded(grads, half_square_total)
        bounded = self._bounded([None if place in overwriting else each for place, each in enumerate(grads)], None)
        return [grads[place] if place in overwriting else each for place, each in enumerate(bounded)]

    def _bounded(self, grads: list[Any], half_square_total: Any) -> list[Any]:
        knobs = self.knobs
        bound = knobs.global_clipnorm
        if bound is None and knobs.outlier_clip is None and knobs.growth_clip is None:
            return grads
        if half_square_total is None:
            half_square_total = tf.add_n([finite.half_square_sum(finite.values(g)) for g in grads if g is not None])
        norm = tf.sqrt(2.0 * half_square_total)
        norm = tf.where(tf.math.is_finite(norm), norm, tf.zeros_like(norm))
        grads = self._adaptive.clipped(grads, norm, knobs, writes=_writes())
        if bound is None:
            return grads
        factor = bound / tf.maximum(norm, bound)
        return [gradient if gradient is None else finite.scaled(gradient, factor) for gradient in grads]

    def _undo_states(self, skip: Any) -> None:
        """A step that is skipped leaves the model's states as they were; not with replicas, each of which has its own."""
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync < 2:
            self._kept_states.put_back(_watched(self.state()), skip)

    def _update_total(self, optimizer: Any, variables: Any) -> Any:
        """Finite where no update can have spoilt a weight by itself."""
        rate = getattr(self._local, "rate", None)
        sums = []
        if rate is not None and tf.is_tensor(rate) and getattr(rate, "graph", None) is tf.compat.v1.get_default_graph():
            sums.append(tf.cast(rate, tf.float32))
        known = seams.trained_variables(optimizer) if variables is None else variables
        risky = [weight for weight in known if getattr(weight, "constraint", None) is not None]
        if risky:
            sums.append(finite.grand_total([tf.convert_to_tensor(weight) for weight in _watched(risky)]))
        return finite.added(sums)

    def _all_states_total(self) -> Any:
        """The same of all replicas of this process: statistics of batches may be each one's own."""
        total = self._states_total()
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync < 2 or _several_processes() or not tf.is_tensor(total):
            return total
        return context.merge_call(_added, args=(total,))

    def _states_total(self) -> Any:
        """NaN in a state is bad; inf only where the state did not start with one (a running minimum)."""
        watched = _watched(self.state())
        odd = [variable for variable in watched if self._infinite_at_start(variable)]
        rest = [tf.convert_to_tensor(variable) for variable in watched if not any(variable is each for each in odd)]
        sums = [tf.where(tf.reduce_any(tf.math.is_nan(variable)), np.nan, 0.0) for variable in odd]
        sums += [finite.grand_total(rest)] if rest else []
        return finite.added(sums)

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
        self._local.applied = True  # what comes next, in another run too, is another step's
        shown = next((each for each, scaled in noted if not scaled), noted[-1][0] if noted else None)
        loss = float("nan") if shown is None else float(tf.reduce_sum(tf.cast(shown, tf.float32)))
        bad_loss = self.reads_loss and any(_bad(each, only_nan=scaled and not inner) for each, scaled in noted)
        squares = [finite.half_square_sum(finite.values(g)) for g in grads if g is not None]
        total = float(tf.add_n(squares)) if squares else 0.0
        bad_gradient = not np.isfinite(total)
        if bad_gradient and _clips_values(optimizer):
            bad_gradient = any(_bad(finite.values(g)) for g in grads if g is not None)
        step = len(self.losses)
        batch = max(self._eager_batch - 1, 0)
        bits = LOSS * bad_loss
        if inner:
            bits |= GRADIENT * bad_gradient
        elif bad_gradient and optimizer.built and float(optimizer.dynamic_scale) <= SMALLEST_SCALE:
            bits |= STALLED
        self.losses.append(loss)
        self.norms.append(float(np.sqrt(2.0 * total)))
        self._read = step + 1
        skipped = bool(bits) and inner and self.skips < self.knobs.skip_limit
        if self.knobs.skip_limit:
            self._undo_states(tf.constant(skipped))
        if skipped:
            self._vitals.count_to(step + 1, self.skips + 1)
            self._local.applied = True
            return None
        if bits and not self.asked:
            raise Tripped(Trip(bits, step, batch))
        real = optimizer if inner else optimizer.inner_optimizer
        self.before_update(real)
        self._vitals.count_to(step + 1)
        grads = self._clipped(grads, tf.constant(total)) if inner else grads
        result = self._original(original, optimizer, grads, variables, None, inner)
        if self.asked:
            return result
        if not self._all_finite(_watched(seams.trained_variables(real))):
            raise Tripped(Trip(WEIGHT, step, batch))
        if not np.isfinite(float(self._states_total())) or not self._all_finite(_watched(real.variables)):
            raise Tripped(Trip(STATE, step, batch))
        return result


class _Batch:
    """A training step that is being traced.

    Attributes:
        updates: How many updates each run of it does; -1 where that is not known.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self.updates = 0

    def has_update(self) -> None:
        """An update is being traced; one within a branch or a loop may be done any number of times."""
        known = self.updates >= 0 and tf.compat.v1.get_default_graph() is self._graph
        self.updates = self.updates + 1 if known else -1


class _Row:
    """What a traced step records: two numbers to show, and the checks in the order of the bits of a `Trip`."""

    def __init__(self, loss: Any, total: Any) -> None:
        self.shown = [UNKNOWN if loss is None else loss, total]
        self.checks: list[Any] = [0.0 if loss is None else loss, total, 0.0, 0.0, 0.0]

    def loss_is_good(self, good: Any) -> None:
        """The loss that is shown does not tell by itself."""
        self.shown[0] = showable(self.shown[0])
        self.checks[0] = check(good)

    def loss_is_only_shown(self) -> None:
        """Nothing hangs on the loss."""
        self.shown[0] = showable(tf.convert_to_tensor(self.shown[0], tf.float32))
        self.checks[0] = 0.0

    def gradient_is_good(self, good: Any) -> None:
        """The gradients' norm does not tell by itself."""
        self.shown[1] = showable(self.shown[1])
        self.checks[1] = check(good)

    def scaled_by(self, scale: Any, total: Any) -> None:
        """The gradients were those of a scaled loss: they may overflow, unless the scale has collapsed."""
        self.checks[4] = check(tf.math.is_finite(total) | (scale > SMALLEST_SCALE))
        self.shown[1], self.checks[1] = showable(total / tf.square(scale)), 0.0

    def weight_is_good(self, total: Any) -> None:
        """No weight is spoilt if this number is finite."""
        self.checks[2] = total

    def state_is_good(self, total: Any) -> None:
        """No state is spoilt if this number is finite."""
        self.checks[3] = total

    def columns(self) -> list[Any]:
        """All of it."""
        return [*self.shown, *self.checks]


@dataclasses.dataclass
class _Step:
    """A traced step before its update.

    Attributes:
        row: What will be recorded of it.
        total: Half the square of its gradients' norm.
        count: Steps before it; negative if one of them was bad.
        alive: Whether none was.
        live: Whether its update may change weights, as far as is known without looking at gradients.
        skip: Whether a remedy skips it; None where no remedy does.
    """

    row: _Row
    total: Any
    count: Any
    alive: Any
    live: Any
    skip: Any = None


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
    number = tf.get_static_value(context.replica_id_in_sync_group)  # a constant in a graph
    return number is None or int(number) % len(context.strategy.extended.worker_devices) == 0


def _bad(tensor: Any, *, only_nan: bool = False) -> bool:
    value = tensor.numpy()
    value = value.astype(np.float32) if value.dtype.itemsize <= 2 else value
    return bool(np.isnan(value).any() if only_nan else not np.isfinite(value).all())


def _is_concrete(tensor: Any) -> bool:
    return isinstance(tensor, tf.__internal__.EagerTensor)
