"""Arms a session: the few methods of Keras and TensorFlow that are wrapped while it is active."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import operator
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from autostable import frames, registry
from autostable.orders import Orders
from autostable.training import created, draws, half, install, saving, seams, tuner_hooks, weights_files, widened
from autostable.training.aside import a_step, aside, is_here, unless_aside
from autostable.training.examine import held
from autostable.training.fit import FitTraining
from autostable.training.fits.steps import Steps
from autostable.training.loop import LoopTraining
from autostable.training.patches import Patches
from autostable.training.replay.run import replays_tape, stop, updated
from autostable.training.session import Session

_patches: Patches | None = None
session: Session | None = None
FIRST_DRAWS = 8  # that are looked at
_guards_wait = False  # a Guard was made: its fit is still to be watched once a session has ended


def arm(new: Session) -> None:
    """Have `new` watch every training from now on.

    Raises:
        RuntimeError: If another session is active.
    """
    global _patches, session
    if session is not None and not session.orders.loops:
        disarm()  # it only waited for a Guard among callbacks
    if _patches is not None:
        raise RuntimeError("autostable is already watching this process")
    if not seams.keras_is_on_tensorflow():
        raise RuntimeError("autostable watches Keras on TensorFlow; KERAS_BACKEND names another backend")
    session = new
    _patches = Patches()
    planned = [registry.setup_of(plan) for plan in new.orders.plans.values()]
    half.promote(_patches, planned)
    widened.widen(_patches, planned)
    if new.orders.loops:
        install.suspend_earlier()
    new.loop = LoopTraining(new)
    created.record(_patches, reruns=new.orders.reruns)
    for module, name in seams.HIDDEN_FRAMES:  # else they would take ours for the user's, and leave nothing of their own
        _patches.wrap(module, name, lambda hidden: (*hidden, frames.OWN))
    _patches.wrap(seams.TensorFlowTrainer, "fit", functools.partial(_fit, new))
    _replace(seams.TensorFlowTrainer, "_make_function", functools.partial(_make_function, new))
    _replace(seams.TensorFlowTrainer, "train_on_batch", functools.partial(_train_on_batch, new))
    _replace(seams.TensorFlowTrainer, "evaluate", functools.partial(_evaluate, new))
    _replace(seams.Trainer, "compute_loss", functools.partial(_compute_loss, new))
    _replace(seams.Trainer, seams.COMPUTE_LOSS, functools.partial(_any_loss, new))
    _replace(seams.Trainer, "compute_metrics", _compute_metrics)
    _patches.wrap(keras.Model, "save", functools.partial(_save, new))
    _patches.wrap(keras.Model, "export", functools.partial(_save, None))
    _replace(seams.CallbackList, "on_epoch_end", functools.partial(_epoch_end, new))
    _replace(seams.CallbackList, "on_epoch_begin", functools.partial(_epoch_begin, new))
    _replace(seams.Trainer, seams.EPOCH_LOGS, functools.partial(_epoch_logs, new))
    _replace(seams.BaseOptimizer, "apply", functools.partial(_apply, new))
    for kind in (keras.optimizers.LossScaleOptimizer, keras.optimizers.MultiOptimizer):
        _replace(kind, "apply", functools.partial(_apply, new))
    _replace(seams.TFOptimizer, "_backend_update_step", functools.partial(_update_step, new))
    _replace(seams.TFOptimizer, seams.SUM_OVER_REPLICAS, functools.partial(_sum_over_replicas, new))
    _replace(tf.GradientTape, "gradient", functools.partial(_gradient, new))
    _replace(tf, "gradients", functools.partial(_graph_gradients, new))
    _replace(tf.random, "categorical", functools.partial(_categorical, new))
    _patches.wrap(seams.TraceFunction, "__call__", functools.partial(_traced_call, new))
    _replace(seams.TraceFunction, seams.INITIALIZE_MADE, functools.partial(_initialize_made, new))
    weights_files.follow(new.guard_of, lambda: new.lost is None and not new.orders.sweep)
    if weights_files.repaired not in new.on_repaired:
        new.on_repaired.append(weights_files.repaired)
    tuner_hooks.watch(lambda: session)


def _replace(holder: Any, name: str, wrapper: Callable[..., Any]) -> None:
    assert _patches is not None
    _patches.wrap(holder, name, unless_aside(wrapper))


def begin_loop(of: Session) -> None:
    """What comes now outside of `fit` is a training of its own, apart from what came before."""
    if of.loop is not None:
        of.loop.leave()
    of.loop = LoopTraining(of)


def arm_callbacks() -> None:
    """Have a `fit` that holds a `Guard` be watched; every other training runs as it is."""
    global _guards_wait
    _guards_wait = True
    if session is None:
        arm(Session(Orders(repair=False, loops=False)))


def _guard_among(callbacks: Any) -> Any:
    """The `Guard` among the callbacks of a fit."""
    from autostable.training.callback import Guard

    found = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    return next((callback for callback in found if isinstance(callback, Guard)), None)


def disarm() -> None:
    """Leave Keras and TensorFlow as they were, and every model of the user's too."""
    global _patches, session
    if _patches is None:
        return
    _patches.undo()
    if session is not None:
        session.loop.leave()
    install.resume_earlier()
    weights_files.leave()
    if session is not None:
        for model in list(session.guards):
            seams.trainer_function_is_stale(model)
    had_loops = session is not None and session.orders.loops
    _patches, session = None, None
    if _guards_wait and had_loops:
        arm_callbacks()


def _fit(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
        with session.conducting() as watched:
            if watched:
                return begun(model, args, kwargs)
            with aside():
                return original(model, *args, **kwargs)

    def begun(model: Any, args: Any, kwargs: Any) -> Any:
        given = None if session.active is not None else _understood(original, model, args, kwargs)
        if given is None:
            return original(model, *args, **kwargs)
        guard = _guard_among(given.arguments["callbacks"])
        if guard is not None and not session.orders.loops:
            return guard.watch(lambda own: _conducted(FitTraining(own, model, original, given, host=session)))
        if not session.orders.loops:
            return original(model, *args, **kwargs)
        return _conducted(FitTraining(session, model, original, given))

    return fit


def _understood(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> inspect.BoundArguments | None:
    """What a fit is given; None where it cannot begin at all, and Keras says why better than we could."""
    try:
        given = inspect.signature(original).bind(model, *args, **kwargs)
        given.apply_defaults()
        for name in ("epochs", "initial_epoch"):
            operator.index(given.arguments[name])
    except TypeError:
        return None
    return given


def _conducted(training: FitTraining) -> Any:
    try:
        return training.conduct()
    finally:
        training.guard.release()  # it lives as long as the model, and must not keep this fit's data


def _make_function(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def make(model: Any, step: Callable[..., Any]) -> Any:
        training = session.active
        if training is None or training.model is not model or getattr(step, "__name__", "") != "train_step":
            return original(model, step)
        return Steps.wrap_function(session, original(model, training.wrap_step(step)))

    return make


def _train_on_batch(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def train_on_batch(model: Any, *args: Any, **kwargs: Any) -> Any:
        if session.active is not None or not session.orders.loops:
            return original(model, *args, **kwargs)
        return session.loop.train_on_batch(model, original, args, kwargs)

    return train_on_batch


def _evaluate(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def evaluate(model: Any, *args: Any, **kwargs: Any) -> Any:
        told = original(model, *args, **kwargs)
        if session.active is None and session.orders.loops:  # within a fit its own callbacks read it
            given = {**dict(zip(("x", "y"), args, strict=False)), **kwargs}
            with contextlib.suppress(Exception):  # of data that only Keras can read nothing is told
                session.remark(*held.measured_on_gaps(told, model, given.get("x"), frames.user_site(2)))
        return told

    return evaluate


def _compute_loss(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def compute_loss(model: Any, *args: Any, **kwargs: Any) -> Any:
        loss = install.compute_loss(original, model, *args, **kwargs)
        _note(session, loss)
        return loss

    return compute_loss


def _any_loss(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    """What Keras' own steps call: the loss of a model whose class overrides `compute_loss` goes by nowhere else."""

    @functools.wraps(original)
    def any_loss(model: Any, *args: Any, **kwargs: Any) -> Any:
        loss = original(model, *args, **kwargs)
        if seams.uses_own_loss(model):
            _note(session, loss, whole=True)
        return loss

    return any_loss


def _save(session: Session | None, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def save(model: Any, *args: Any, **kwargs: Any) -> Any:
        if session is not None and session.orders.loops:
            session.remark(*saving.lost_by_keras(model))
        return saving.save(original, model, *args, **kwargs)

    return save


def _epoch_end(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def on_epoch_end(callbacks: Any, *args: Any, **kwargs: Any) -> Any:
        training = session.active
        if training is None or training.guard.knobs.rate_factor == 1.0:
            return original(callbacks, *args, **kwargs)
        with saving.rate_in_force(training.model, training.guard.knobs):
            return original(callbacks, *args, **kwargs)

    return on_epoch_end


def _epoch_begin(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def on_epoch_begin(callbacks: Any, epoch: int, *args: Any, **kwargs: Any) -> Any:
        if session.active is not None:
            session.active.epoch_began(epoch)
        return original(callbacks, epoch, *args, **kwargs)

    return on_epoch_begin


def _epoch_logs(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def logs_of_epoch(model: Any, logs: Any) -> Any:
        if session.active is not None and session.active.model is model:
            session.active.settle()
        return original(model, logs)

    return logs_of_epoch


def _compute_metrics(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def compute_metrics(model: Any, *args: Any, **kwargs: Any) -> Any:
        return install.compute_metrics(original, model, *args, **kwargs)

    return compute_metrics


def _note(session: Session, loss: Any, *, whole: bool = False) -> None:
    training = session.active
    if training is not None and training.mode in ("look", "measure"):
        return  # a look at a training that has come to its end
    if training is not None and training.mode == "replay":
        training.replay.loss.append(loss)
    elif training is not None:
        training.guard.note_loss(loss, whole=whole)
    elif session.orders.loops:
        session.loop.note_loss(loss, whole=whole)


def _sum(losses: list[Any]) -> Any:
    return losses[0] if len(losses) == 1 else tf.add_n([tf.reduce_sum(each) for each in losses])


def _gradient(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def gradient(tape: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        flat = [each for each in tf.nest.flatten(target) if tf.is_tensor(each)]
        variables, training = seams.variables_among(sources), session.active
        if not flat or not variables:
            pass  # a gradient penalty, an explanation: what is differentiated is not the loss
        elif training is None and session.orders.loops and session.loop.measuring is not None:
            session.loop.measuring.append(_sum(flat))
            stop()
        elif training is None and session.orders.loops:
            loss = _sum(flat)
            session.loop.note_loss(loss, scaled=True)
            session.loop.taped(tape, loss)
            session.loop.parties.differentiated(loss, variables)
        elif training is not None and training.mode == "look":
            pass
        elif training is not None and training.mode == "measure":
            training.noted.append(_sum(flat))
            stop()
        elif training is not None and training.mode == "replay":
            training.replay.loss += flat
        elif training is not None and seams.uses_own_train_step(training.model):
            loss = _sum(flat)
            training.guard.note_loss(loss, scaled=True)  # elsewhere compute_loss has noted the unscaled loss
            training.parties.differentiated(loss, variables)
        grads = original(tape, target, sources, *args, **kwargs)
        if flat and training is None and session.orders.loops and variables:
            return session.loop.differentiated(sources, grads)
        return grads

    return gradient


def _graph_gradients(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    """`tf.gradients` asks a graph; where a traced step is run eagerly, for a replay, the replay's tape is asked."""

    @functools.wraps(original)
    def gradients(ys: Any, xs: Any, *args: Any, **kwargs: Any) -> Any:
        flat = [each for each in tf.nest.flatten(ys) if tf.is_tensor(each)]
        if session.active is not None or not session.orders.loops or not flat or not seams.holds_variables(xs):
            return original(ys, xs, *args, **kwargs)
        if not tf.executing_eagerly():
            session.loop.replays.asks_graphs = True
            session.loop.note_loss(_sum(flat), scaled=True)
            return session.loop.differentiated(xs, original(ys, xs, *args, **kwargs))
        if session.loop.measuring is not None:
            session.loop.measuring.append(_sum(flat))
            stop()
        tape = replays_tape()
        return original(ys, xs, *args, **kwargs) if tape is None else tape.gradient(ys, xs)

    return gradients


def _categorical(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    looked = itertools.count()

    @functools.wraps(original)
    def categorical(logits: Any, *args: Any, **kwargs: Any) -> Any:
        if session.orders.loops and next(looked) < FIRST_DRAWS:
            with contextlib.suppress(Exception):  # of scores that only TensorFlow can read nothing is told
                place = seams.user_place()
                if place is not None:
                    session.remark(*draws.of_shares(logits, frames.line_site(*place)))
        return original(logits, *args, **kwargs)

    return categorical


def _apply(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
        training = session.active
        if training is None and not session.orders.loops:
            return original(optimizer, grads, trainable_variables)
        grads = list(grads)
        variables = None if trainable_variables is None else list(trainable_variables)
        trained = seams.trained_variables(optimizer) if variables is None else variables
        if training is not None and training.mode == "replay":
            return updated(training.replay, optimizer, grads, trained, lambda: original(optimizer, grads, variables))
        guard = training.guard if training is not None else session.loop
        inner = not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if training is not None and inner:
            training.parties.applied(optimizer, trained, training)
        return guard.apply(optimizer, original, grads, variables, inner)

    return apply


def _update_step(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def update_step(optimizer: Any, grads: Any, trainable_variables: Any, learning_rate: Any) -> Any:
        if session.active is None and not session.orders.loops:
            return original(optimizer, grads, trainable_variables, learning_rate)
        guard = session.active.guard if session.active is not None else session.loop.guard
        if guard.shares:
            grads = guard.agreed(
                lambda given: seams.summed_over_replicas(optimizer, given, trainable_variables), list(grads)
            )
        with seams.iterations_read_once(optimizer):
            return original(optimizer, grads, trainable_variables, guard.rate(learning_rate, optimizer))

    return update_step


def _sum_over_replicas(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def sums(optimizer: Any, grads_and_vars: Any) -> Any:
        training = session.active
        guard = training.guard if training is not None else session.loop.guard if session.orders.loops else None
        return list(grads_and_vars) if guard is not None and guard.summed else original(optimizer, grads_and_vars)

    return sums


def _initialize_made(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    """Variables that a step makes when it is traced have their initial values now, and have not been updated yet."""

    @functools.wraps(original)
    def initialize(function: Any, initializers: Any) -> Any:
        result = original(function, initializers)
        if session.active is not None:  # without initializers, too: what a model's `call` builds has its values at once
            session.active.variables_made()
        return result

    return initialize


def _traced_call(session: Session, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        if is_here():
            with a_step():
                return original(function, *args, **kwargs)
        if session.active is not None or not session.orders.loops or not tf.executing_eagerly():
            return original(function, *args, **kwargs)
        with contextlib.nullcontext() if seams.is_traced(function) else seams.without_frames_of(frames.OWN):
            return session.loop.traced_call(function, original, args, kwargs)

    return call
