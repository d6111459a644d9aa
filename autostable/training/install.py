"""Puts a setup onto a live model, and takes it off again.

What can be kept outside the user's objects is kept outside: transforms of inputs, outputs and
targets happen at the model's boundary (around its call and its loss), so they hold for `fit`,
`evaluate`, `predict` and plain calls alike. Only activations, precision, an optimizer's epsilon and
fresh initial weights are set on the objects themselves.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops, tree

from autostable.knowledge import optimizers
from autostable.setup import FINITE, Affine, InputKnobs, OperationGuard, PutBack, Setup
from autostable.training import compiled_losses, layers_called, pipelines, seams
from autostable.training.guard import Guard
from autostable.training.operations import GuardedOperations

_installed: weakref.WeakKeyDictionary[Any, Setup] = weakref.WeakKeyDictionary()
_earlier: weakref.WeakSet[Any] = weakref.WeakSet()  # models of sessions that are over, while another one looks
_replaced_layers: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
_normalized_layers: weakref.WeakSet[Any] = weakref.WeakSet()
_frozen_layers: weakref.WeakSet[Any] = weakref.WeakSet()
_portable: weakref.WeakSet[Any] = weakref.WeakSet()  # models that hold a setup's transforms as layers
# Parts of a model that its own step gives the batch to, past the model's call: which model, and which of its inputs.
_entries: weakref.WeakKeyDictionary[Any, tuple[weakref.ref[Any], tuple[int, ...]]] = weakref.WeakKeyDictionary()
_operations = GuardedOperations()
_program_guards: list[OperationGuard] = []
_as_they_are = False  # whether nothing is guarded for now
_local = threading.local()
_RAW = "_autostable_raw"
FEWEST_ENTRIES = 4  # of a column that two units have in common by no chance
MOST_COLUMNS, MOST_ENTRIES = 256, 4096
FEWEST_UNITS, FEWEST_DRAWN = 4, 32  # of a matrix of which one can say around what it was drawn
LEAN = 10.0  # times as much variance is common to all units as is each one's own: of so many no draw around 0 has it
SAME = 1e-4  # of the greatest entry: what rounding makes of one and the same gradient, many steps long, and more
FOLLOWERS = ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax")  # activation layers without an `activation`


def setup_on(model: Any) -> Setup | None:
    """The setup that is on a model now."""
    return _installed.get(model)


def shared_setup(model: Any) -> Setup | None:
    """What of another model's setup holds for one that shares its input, or its last layer: an encoder, a decoder.

    What that layer has learnt to be given, and to give, it has learnt for every model that it is a part of.
    """
    for other, setup in list(_installed.items()):
        if other is model or not (setup.inputs or any(setup.targets)):
            continue
        inputs, outputs = seams.shared_ends(model, other)
        knobs = [InputKnobs() if at is None or at >= len(setup.inputs) else setup.inputs[at] for at in inputs]
        maps = [None if at is None or at >= len(setup.targets) else setup.targets[at] for at in outputs]
        if any(each != InputKnobs() for each in knobs) or any(maps):
            return Setup(inputs=tuple(knobs), targets=tuple(maps))
    return None


class Installation:
    """The setup of one model: at most one at a time."""

    def __init__(self, model: Any, guard: Guard | None) -> None:
        self._model = model
        self._guard = guard
        self._undo: list[Callable[[], object]] = []

    def put(self, setup: Setup, *, retrace: bool = True) -> None:
        """Take off what is on and put `setup` on. The model's functions are traced anew (unless told not to)."""
        self.take_off(retrace=retrace)
        if self._guard is not None:
            self._guard.knobs = setup.optimizer
        if setup.neutral:
            return
        _installed[self._model] = setup
        layers_called.start(_at_boundary)
        stop = weakref.finalize(self._model, _leave)  # at the latest when the model goes
        stop.atexit = False
        self._undo.append(stop)
        _refresh_operations()
        for layer in seams.model_layers(self._model):
            self._dress(layer, setup)
        if setup.dtype is not None:
            for layer in (self._model, *seams.model_layers(self._model)):  # the model itself casts what it is given
                self._compute_in(layer, setup.dtype)
        if setup.optimizer.epsilon is not None:
            self._raise_epsilon(setup.optimizer.epsilon)
        if setup.optimizer.average is not None:
            self._shorten_average(setup.optimizer.average)
        if setup.optimizer.decay is not None:
            self._undo += lower_decay(getattr(self._model, "optimizer", None), setup.optimizer.decay)

    def take_off(self, *, retrace: bool = True) -> None:
        """Leave the model as it was (its weights are `rewind`'s matter)."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        _installed.pop(self._model, None)
        _refresh_operations()
        if self._guard is not None:
            self._guard.knobs = Setup().optimizer
        if retrace:
            seams.trainer_function_is_stale(self._model)

    def draw_weights(self, setup: Setup) -> None:
        """Draw the kernels of the layers named in `setup.initializers` anew; recurrent kernels are orthogonal.

        Under `FINITE` entries that are not finite become the nearest of their variable's finite ones, NaN becomes 0.
        """
        for layer in (self._model, *seams.model_layers(self._model)):
            name = setup.initializers.get(layer.name)
            if name is None:
                continue
            if name == FINITE:
                for variable in layer.trainable_weights:
                    _bound(variable)
                continue
            seed = setup.seed * 7919 + sum(layer.name.encode())
            if isinstance(layer, keras.layers.Embedding):
                draw(seams.stored(layer, "embeddings"), name, seed)
            if getattr(layer, "gamma", None) is not None:
                layer.gamma.assign(ops.ones_like(layer.gamma))
            kernel = seams.stored(layer, "kernel")
            if kernel is not None and not seams.in_whole_numbers(kernel):
                draw(kernel, name, seed)
                if getattr(layer, "bias", None) is not None:
                    layer.bias.assign(ops.zeros_like(layer.bias))
            for number, cell in enumerate(cells(layer)):
                if getattr(cell, "recurrent_kernel", None) is not None:
                    draw(cell.kernel, name, seed + 2 * number)
                for kernel in recurrent_kernels(cell):
                    draw(kernel, "orthogonal", seed + 2 * number + 1)

    def _set(self, holder: Any, name: str, value: Any) -> None:
        before = getattr(holder, name)
        setattr(holder, name, value)
        self._undo.append(lambda: setattr(holder, name, before))

    def _dress(self, layer: Any, setup: Setup) -> None:
        activation = setup.activations.get(layer.name)
        if activation is not None:
            self._activate(layer, activation)
        if layer.name in setup.statistics:
            with tf.init_scope():  # a loop's model is dressed while its step is traced
                before = seams.statistics_of(layer)
                seams.adapt_to(layer, *setup.statistics[layer.name])
            self._undo.append(lambda: seams.adapt_to(layer, *before))
        if layer.name in setup.value_ranges:
            self._set(layer, "value_range", setup.value_ranges[layer.name])
        if layer.name in setup.causal:
            self._look_back(layer)
        if layer.name in setup.mask_values:
            self._mask_by(layer, setup.mask_values[layer.name])
        if layer.name in setup.disturbances:
            self._weaken(layer, setup.disturbances[layer.name])
        if layer.name in setup.normalize:
            _normalized_layers.add(layer)
            self._undo.append(lambda: _normalized_layers.discard(layer))
        if isinstance(layer, keras.layers.BatchNormalization):
            if setup.batchnorm_momentum is not None:
                self._set(layer, "momentum", setup.batchnorm_momentum)
            if setup.batchnorm_frozen:
                _frozen_layers.add(layer)
                self._undo.append(lambda: _frozen_layers.discard(layer))

    def _look_back(self, layer: Any) -> None:
        """Have a layer that attends to what it is given look back only: in the graph that calls it, or by any call of it."""
        graph = list(seams.self_attentions(layer))
        for arguments in graph:
            self._set(arguments, "kwargs", {**arguments.kwargs, "use_causal_mask": True})
        if graph:
            return
        original = layer.call

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            back = {"use_causal_mask": True} if seams.attends_to_itself(args, kwargs) else {}
            return original(*args, **{**kwargs, **back})

        self._set(layer, "call", call)

    def _mask_by(self, layer: Any, value: float | None) -> None:
        for arguments in seams.mask_comparisons(layer):  # no token is below 0
            self._set(arguments, "args", (arguments.args[0], -1.0 if value is None else value))
        self._set(layer, "mask_zero" if value is None else "mask_value", False if value is None else value)

    def _weaken(self, layer: Any, settings: Mapping[str, Any]) -> None:
        """Set a layer as one is that was made with other settings; without any it is called as it is used."""
        if not settings:
            _frozen_layers.add(layer)
            self._undo.append(lambda: _frozen_layers.discard(layer))
            return
        with tf.init_scope():  # a loop's model is dressed while its step is traced
            twin = type(layer).from_config({**layer.get_config(), **settings, "seed": 0})
        for name in settings:
            ends = name.removesuffix("_factor")
            for attribute in (name, f"{ends}_lower", f"{ends}_upper"):
                if attribute in vars(twin):
                    self._set(layer, attribute, getattr(twin, attribute))

    def _compute_in(self, layer: Any, dtype: str) -> None:
        if "float16" in str(getattr(layer.dtype_policy, "compute_dtype", "")):
            self._set(layer, "dtype_policy", keras.DTypePolicy(dtype if dtype == "float32" else f"mixed_{dtype}"))

    def _activate(self, layer: Any, activation: str) -> None:
        holders = [holder for holder in (layer, *cells(layer)) if "activation" in vars(holder)]
        for holder in holders:
            self._set(holder, "activation", keras.activations.get(activation))
        if not holders and type(layer).__name__ in FOLLOWERS:
            _replaced_layers[layer] = activation
            self._undo.append(lambda: _replaced_layers.pop(layer, None))

    def _raise_epsilon(self, epsilon: float) -> None:
        for optimizer in seams.working_optimizers(getattr(self._model, "optimizer", None)):
            name = optimizers.known(type(optimizer).__name__).epsilon or "epsilon"
            if hasattr(optimizer, name):
                self._set(optimizer, name, max(epsilon, getattr(optimizer, name)))

    def _shorten_average(self, momentum: float) -> None:
        for optimizer in seams.working_optimizers(getattr(self._model, "optimizer", None)):
            if optimizer.use_ema:
                self._set(optimizer, "ema_momentum", min(momentum, optimizer.ema_momentum))


def lower_decay(optimizer: Any, most: float) -> list[Callable[[], object]]:
    """Let an optimizer take away no more of its weights than this, in learning rates; what puts back what it had."""
    strong = [
        (one, one.weight_decay)
        for one in seams.working_optimizers(optimizer)
        if (getattr(one, "weight_decay", None) or 0.0) > most
    ]
    for one, _ in strong:
        one.weight_decay = most
    return [functools.partial(setattr, one, "weight_decay", before) for one, before in strong]


def _bound(variable: Any) -> None:
    """Entries that are not finite become the largest or the smallest of the others, or 0."""
    value = seams.numpy_value(variable).astype(np.float64)  # nan_to_num leaves bfloat16 as it is (ml_dtypes 0.6.0)
    finite = value[np.isfinite(value)]
    if finite.size < value.size:
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        variable.assign(np.nan_to_num(value, nan=0.0, neginf=low, posinf=high))


def draw(variable: Any, name: str | None, seed: int) -> None:
    """Give a variable the values of an initializer, the same for the same seed; None, and whole numbers, leave it."""
    if name is None or variable is None or seams.in_whole_numbers(variable):
        return
    initializer = keras.initializers.get({"class_name": name, "config": {}})
    config = initializer.get_config()
    initializer = type(initializer).from_config({**config, "seed": seed} if "seed" in config else config)
    variable.assign(initializer(variable.shape, dtype=variable.dtype))


def draw_variables(variables: Iterable[Any], setup: Setup, first: int = 0) -> None:
    """Draw variables of the user's own making anew, where the setup names their places, counted from `first`."""
    for place, variable in enumerate(variables, first):
        draw(variable, setup.initializers.get(f"variable {place}"), setup.seed * 7919 + place)


def matrices(variables: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Those of some variables that are matrices, each with its place as `Setup.initializers` takes it."""
    for place, variable in enumerate(variables):
        if len(variable.shape) >= 2:
            yield f"variable {place}", variable


First = Callable[[Any], np.ndarray[Any, Any] | None]
"""What a variable began with; None where that is not known."""


def alike(variables: Iterable[Any], first: First) -> Iterator[tuple[str, Any]]:
    """The matrices among them all of whose entries began equal, and are equal now."""
    for place, variable in matrices(variables):
        values = (seams.numpy_value(variable), first(variable))
        if all(value is None or _all_equal(value) for value in values):
            yield place, variable


def _all_equal(value: np.ndarray[Any, Any]) -> bool:
    return value.size > 1 and bool((value == value.flat[0]).all())


def copied_units(variables: Iterable[Any], first: First) -> Iterator[tuple[str, Any]]:
    """The matrices among them some of whose columns began as copies of one another and still are.

    Not those all of whose entries are equal. A gradient that makes no difference between units keeps them one, to the
    rounding. What began otherwise and came to the same (weights that decay to nothing) is no copy. Columns of fewer than
    `FEWEST_ENTRIES` entries, which may come to the same by chance, and those of zeros say nothing; of large matrices a part is
    looked at.
    """
    for place, variable in matrices(variables):
        columns = _some_columns(tf.convert_to_tensor(seams.native(variable)))
        if len(columns) < FEWEST_ENTRIES or not np.isfinite(columns).all():
            continue
        alive = columns.any(axis=0)
        columns, start = columns[:, alive], first(variable)
        both = _rounded(columns)
        if start is not None:
            both = np.concatenate([both, _rounded(_some_columns(tf.convert_to_tensor(start))[:, alive])])
        different = np.unique(both, axis=1).shape[1]
        if 0 < different < columns.shape[1] and not (columns == columns.flat[0]).all():
            yield place, variable


def leaning(variables: Iterable[Any], first: First) -> Iterator[tuple[str, Any]]:
    """The matrices among them that began with so large a mean that it drowns all that tells units apart.

    What units give has a part that is the same for all of them, the mean of the weights times the sum of what they are given,
    and one of each unit's own. Of what is of one sign and size the first has rows x mean**2 / variance times the variance of
    the second; of draws around 0 that is about one over the number of units. What is looked up and not multiplied (the
    matrix of an embedding) is none of them.
    """
    for place, variable in matrices(variables):
        start = first(variable)
        few = start is None or start.shape[-1] < FEWEST_UNITS or start.size < FEWEST_DRAWN
        if start is None or few or "embedding" in str(variable.name):
            continue
        mean, variance, rows = float(np.mean(start)), float(np.var(start)), start.size // start.shape[-1]
        if math.isfinite(variance) and rows * mean**2 > LEAN * variance > 0.0:
            yield place, variable


def _some_columns(value: tf.Tensor) -> np.ndarray[Any, Any]:
    value = tf.reshape(value, (-1, value.shape[-1]))
    part: np.ndarray[Any, Any] = value[:: max(1, -(-value.shape[0] // MOST_ENTRIES)), :MOST_COLUMNS].numpy()
    return part.astype(np.float64)


def _rounded(columns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In parts of the greatest entry, to what `SAME` says."""
    rounded: np.ndarray[Any, Any] = np.round(columns / (np.abs(columns).max(initial=0.0) or 1.0) / SAME)
    return rounded


def cells(layer: Any) -> list[Any]:
    """The cells of a recurrent layer (of both directions, of stacked cells)."""
    inner = [getattr(layer, name, None) for name in ("cell", "forward_layer", "backward_layer", "layer")]
    found = [cell for cell in inner if cell is not None]
    return [*found, *(cell for holder in found for cell in cells(holder))]


def recurrent_kernels(cell: Any) -> list[Any]:
    """The matrices that a cell multiplies its state with: of one of the user's own its only square one of the state's size."""
    known = getattr(cell, "recurrent_kernel", None)
    if known is not None:
        return [known]
    sizes = [size for size in tree.flatten(getattr(cell, "state_size", None)) if isinstance(size, int)]
    square = [each for each in cell.trainable_weights for size in sizes[:1] if tuple(each.shape) == (size, size)]
    return square if len(square) == 1 else []


def guard_operations(guards: Sequence[OperationGuard]) -> None:
    """Keep these operations guarded in all code of the program, whatever model it belongs to."""
    _program_guards[:] = guards
    _refresh_operations()


@contextlib.contextmanager
def operations_as_they_are() -> Iterator[None]:
    """What is computed within is so without any guard."""
    global _as_they_are
    before, _as_they_are = _as_they_are, True
    _refresh_operations()
    try:
        yield
    finally:
        _as_they_are = before
        _refresh_operations()


def _leave() -> None:
    layers_called.stop(_at_boundary)
    _refresh_operations()


def suspend_earlier() -> None:
    """A new session begins: what earlier ones guarded for their models must not make its baseline look healthy."""
    _earlier.update(_installed)
    _refresh_operations()


def resume_earlier() -> None:
    """The session is over: every model that was repaired has its operations guarded again."""
    _earlier.clear()
    _refresh_operations()


def _refresh_operations() -> None:
    _operations.set(_wanted_guards)
    mine = [setup.decoded_swapped for model, setup in _installed.items() if model not in _earlier]
    pipelines.decode_swapped(next(filter(None, mine), ""))


def _wanted_guards() -> list[OperationGuard]:
    if _as_they_are:
        return []
    mine = [setup for model, setup in _installed.items() if model not in _earlier]
    guards = {guard for setup in mine for guard in setup.operations} | set(_program_guards)
    return sorted(guards, key=repr)


# -- around calls ---------------------------------------------------------------------------------


def _at_boundary(proceed: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
    if layer in _replaced_layers:
        return keras.activations.get(_replaced_layers[layer])(args[0])
    if layer in _frozen_layers:
        kwargs["training"] = False
    setup = _setup_of_call(layer)
    if setup is None:
        args = _entered(layer, args)
        outputs = proceed(layer, *args, **kwargs)
        return _standardized(outputs) if layer in _normalized_layers else outputs
    given = args[0] if args else kwargs.get("inputs")
    changed = _into(given, setup)
    if args:
        args = (changed, *args[1:])
    elif "inputs" in kwargs:
        kwargs["inputs"] = changed
    outputs = _out_of(proceed(layer, *args, **kwargs), setup)
    return outputs if setup.since_last is None else _continued(outputs, given, setup)


def _setup_of_call(layer: Any) -> Setup | None:
    """The setup that holds for a call of a layer that is under way: a model's own, or what it shares of another's."""
    around = layers_called.stack()
    if getattr(_local, "bare", None) is layer or any(outer in _portable for outer in around):
        return None  # the model around it holds the transforms already
    if layer in _installed or not isinstance(layer, keras.Model) or any(outer in _installed for outer in around):
        return _installed.get(layer)
    return shared_setup(layer)


@contextlib.contextmanager
def in_step(model: Any, batch: Any) -> Iterator[None]:
    """The model's own step is under way with this batch."""
    outer, _local.step = getattr(_local, "step", None), (model, tree.flatten(_x_of(batch)))
    try:
        yield
    finally:
        _local.step = outer


def _x_of(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch


def _entered(layer: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call; where a part is given a model's batch past the model's call, as the model would pass it on."""
    if not args or any(outer in _installed for outer in layers_called.stack()):
        return args
    given, entry = tree.flatten(args[0]), _entries.get(layer)
    if entry is None:
        entry = _entry(layer, given)
    model = None if entry is None else entry[0]()
    setup = None if model is None else _installed.get(model)
    if entry is None or setup is None or len(entry[1]) != len(given):
        return args
    knobs = dataclasses.replace(
        setup, inputs=tuple(setup.inputs[place] for place in entry[1] if place < len(setup.inputs))
    )
    return (_into(args[0], knobs), *args[1:])


def _entry(layer: Any, given: Sequence[Any]) -> tuple[weakref.ref[Any], tuple[int, ...]] | None:
    """Which model's batch a layer is given, if it is a part of that model. Remembered: it is the same wherever it is called."""
    model, batch = getattr(_local, "step", None) or (None, ())
    if model not in _installed or isinstance(layer, seams.Loss):
        return None
    places = [next((place for place, own in enumerate(batch) if own is tensor), None) for tensor in given]
    if None in places or not any(part is layer for part in seams.model_layers(model)):
        return None
    _entries[layer] = (weakref.ref(model), tuple(place for place in places if place is not None))
    return _entries[layer]


@contextlib.contextmanager
def written_out(degrees: Sequence[int]) -> Iterator[Callable[[Any], None]]:
    """A setup's transforms are made into layers of a model that is to be saved.

    Args:
        degrees: For each output the power of its unit by which its loss grows; gradients of the saved model's losses are
            then those of losses in the setup's units. 0: as they come.

    Yields:
        What is to be told of the model that holds them.
    """
    before, _local.degrees = getattr(_local, "degrees", None), list(degrees)
    try:
        yield _portable.add
    finally:
        _local.degrees = before


@contextlib.contextmanager
def without(model: Any) -> Iterator[None]:
    """Within, a model is called as if it had no setup."""
    before, _local.bare = getattr(_local, "bare", None), model
    try:
        yield
    finally:
        _local.bare = before


def _into(inputs: Any, setup: Setup) -> Any:
    if not setup.inputs:
        return inputs
    flat = tree.flatten(inputs)
    changed = [
        _transformed(tensor, setup.inputs[index], setup.since_last)
        if index < len(setup.inputs) and tensor is not None
        else tensor
        for index, tensor in enumerate(flat)
    ]
    return tree.pack_sequence_as(inputs, changed)


def _transformed(tensor: Any, knobs: InputKnobs, since_last: int | None) -> Any:
    if knobs == InputKnobs() and since_last is None:
        return tensor
    mask = getattr(tensor, "_keras_mask", None)
    x = _cleaned(tensor, knobs)
    if since_last is not None:
        x = x - _last_of(x, since_last, 1 if knobs.rescale is None else len(knobs.rescale.center))
    if knobs.center_rows:
        x = x - ops.mean(x, axis=tuple(range(1, len(x.shape) - 1)), keepdims=True)
    if knobs.rescale is not None:
        x = (x - _constant(knobs.rescale.center, x)) / _constant(knobs.rescale.scale, x)
    if mask is not None:
        x._keras_mask = mask
    return x


def _cleaned(tensor: Any, knobs: InputKnobs) -> Any:
    """An input as floating numbers, its bytes in order, imputed and clipped."""
    x = ops.convert_to_tensor(tensor)
    if knobs.swapped is not None:
        x = _in_other_order(x, *knobs.swapped)
    if "float" not in keras.backend.standardize_dtype(x.dtype):
        x = ops.cast(x, keras.config.floatx())
    if knobs.fill is not None:
        x = ops.where(ops.isfinite(x), x, _constant(knobs.fill, x))
    if knobs.low is not None and knobs.high is not None:
        x = ops.minimum(ops.maximum(x, _constant(knobs.low, x)), _constant(knobs.high, x))
    return x


def _in_other_order(x: Any, stored: str, divisor: float) -> Any:
    """Numbers that were stored in one type, and maybe divided since, with their bytes in the other order."""
    given = keras.backend.standardize_dtype(x.dtype)
    if "float" in stored and given != stored:  # rounded since: those bytes are gone
        return x
    if divisor != 1.0:
        x = ops.round(x * divisor)
    whole = x if given == stored else ops.cast(x, stored)
    size = [-1 if each is None else each for each in x.shape]
    width = np.dtype(stored).itemsize
    if tf.is_tensor(whole):
        swapped = tf.bitcast(tf.reverse(tf.bitcast(whole, tf.uint8), [-1]), stored)
    else:  # a model that is written out: Keras has the last axis hold the bytes of all its numbers
        single = ops.flip(ops.reshape(ops.view(whole, "uint8"), (*size, width)), -1)
        swapped = ops.view(ops.reshape(single, (*size[:-1], size[-1] * width)), stored)
    if "float" in stored:
        return swapped
    floating = ops.cast(swapped, given if "float" in given else keras.config.floatx())
    return floating if divisor == 1.0 else floating / divisor


def _last_of(x: Any, feature: int, width: int) -> Any:
    """The last step of one of `width` features of windows (rows, steps[, features]), 0 for the other features."""
    last = x[:, -1:]
    return last if width == 1 else last * _constant([float(index == feature) for index in range(width)], x)


def _continued(outputs: Any, inputs: Any, setup: Setup) -> Any:
    """Outputs relative to the last step of their window, brought back to its level."""
    assert setup.since_last is not None
    x = _cleaned(tree.flatten(inputs)[0], setup.inputs[0])
    last = x[:, -1] if len(x.shape) == 2 else x[:, -1, setup.since_last]

    def continued(tensor: Any) -> Any:
        dtype = keras.backend.result_type(tensor.dtype, "float32")  # a level may be beyond half precision
        return ops.cast(tensor, dtype) + ops.cast(ops.reshape(last, (-1,) + (1,) * (len(tensor.shape) - 1)), dtype)

    return tree.map_structure(continued, outputs)


def _out_of(outputs: Any, setup: Setup) -> Any:
    """Predictions in the user's units, numbering included; the raw ones stay attached for the loss."""
    flat = tree.flatten(outputs)
    changed = []
    for index, tensor in enumerate(flat):
        affine = setup.targets[index] if index < len(setup.targets) else None
        if affine is not None:
            degrees = getattr(_local, "degrees", None) or ()
            degree = degrees[index] if index < len(degrees) else setup.step_degree
            moved = _in_own_units(tensor, affine, degree)
            setattr(moved, _RAW, tensor)
            tensor = moved
        if setup.label_offset > 0 and len(tensor.shape) >= 2 and setup.label_width in (0, tensor.shape[-1]):
            pads = [[0, 0]] * (len(tensor.shape) - 1) + [[setup.label_offset, 0]]
            lowest = 0.0 if _is_probability(tensor) else -1e9
            tensor = ops.pad(tensor, pads, constant_values=lowest)
        if setup.spare_outputs and tf.is_tensor(tensor):
            tensor = _spared(tensor)
        changed.append(tensor)
    return tree.pack_sequence_as(outputs, changed)


@tf.custom_gradient
def _spared(tensor: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A tensor whose entries get no gradient where that is not finite: 0 times the NaN of a target that is masked."""
    return tf.identity(tensor), lambda incoming: tf.where(
        tf.math.is_finite(incoming), incoming, tf.zeros_like(incoming)
    )


def _in_own_units(tensor: Any, affine: Affine, degree: int) -> Any:
    """Raw outputs in the user's units, as `Setup.step_degree` says."""
    scale, center = _constant(affine.scale, tensor), _constant(affine.center, tensor)
    if degree == 0:
        return tensor * scale + center
    if not tf.is_tensor(tensor):  # in a model that is made to be saved: by operations that Keras can write down
        answer, passed = ops.stop_gradient(tensor * scale + center), tensor * scale ** (1 - degree)
        return answer + (passed - ops.stop_gradient(passed))

    @tf.custom_gradient
    def mapped(raw: Any) -> tuple[Any, Callable[[Any], Any]]:
        return raw * scale + center, lambda incoming: incoming * scale ** (1 - degree)

    return mapped(tensor)


def _is_probability(tensor: Any) -> bool:
    if hasattr(tensor, "_keras_logits"):
        return True
    if isinstance(tensor, tf.__internal__.EagerTensor):
        return bool(np.all(tensor >= 0.0) and np.allclose(tf.reduce_sum(tensor, axis=-1), 1.0, atol=1e-2))
    return bool(tensor.op.type == "Softmax") if hasattr(tensor, "graph") else True


def _constant(values: Sequence[float], like: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(values, keras.backend.standardize_dtype(like.dtype)))


def _standardized(outputs: Any) -> Any:
    """Zero mean and unit variance over the features of each example (Ba et al. 2016, without gain and bias)."""
    mean = ops.mean(outputs, axis=-1, keepdims=True)
    centered = outputs - mean
    return centered / ops.sqrt(ops.mean(ops.square(centered), axis=-1, keepdims=True) + 1e-3)


# -- around the loss ------------------------------------------------------------------------------


def compute_loss(original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
    """Stand in for `Trainer.compute_loss(x, y, y_pred, sample_weight, training)`.

    The gradient is that of the loss in the setup's units. The value is that of the user's own loss
    in the user's units wherever that is finite, so that plans can be compared and logs be read; what regularizers add is in
    it as it counts under the setup.
    """
    setup = _installed.get(model)
    if setup is None or getattr(_local, "inside", False) or not _touches_loss(setup):
        return original(model, *args, **kwargs)
    names = ("x", "y", "y_pred", "sample_weight", "training")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    y, y_pred = given.get("y"), given.get("y_pred")
    _local.inside = True
    try:
        # a loss that means nothing on these labels may not even take them
        own = original(model, **given) if setup.own_loss else None
        y_in, y_pred_in = _labels_in(model, y, setup), _predictions_in(y_pred, setup)
        if setup.ignore_missing:
            y_in = _without_gaps(model, y_in, y_pred_in)
        weight = given.get("sample_weight")
        if setup.shift_targets:
            y_in, y_pred_in, weight = _shifted(y_in, y_pred_in, weight, setup.shift_targets)
        if setup.mask_labels_outside is not None:
            ignored = next(iter(compiled_losses.ignored_labels(model)), None)
            y_in, weight = _masked(y_in, weight, setup.mask_labels_outside, ignored)
        if setup.loss is None:
            with seams.other_losses(
                model, setup.losses, y_in, y_pred_in, exchanged=setup.loss_exchanged, negated=setup.loss_negated
            ):
                effective = original(model, **{**given, "y": y_in, "y_pred": y_pred_in, "sample_weight": weight})
        else:
            effective = _swapped(setup.loss, model, y_in, y_pred_in, weight)
    finally:
        _local.inside = False
    if setup.penalty_factor != 1.0 and model.losses:
        spared = (1.0 - setup.penalty_factor) * ops.cast(sum(model.losses), effective.dtype)
        effective, own = effective - spared, None if own is None else own - spared
    if own is None:
        return effective
    shown = ops.where(ops.isfinite(own), own, effective)
    return effective + ops.stop_gradient(shown - effective)


@contextlib.contextmanager
def own_loss_alone() -> Iterator[None]:
    """Within, a loss is the user's own in the user's units and nothing else."""
    before = getattr(_local, "inside", False)
    _local.inside = True
    try:
        yield
    finally:
        _local.inside = before


def _touches_loss(setup: Setup) -> bool:
    changed = any(target is not None for target in _mapped(setup)) or setup.loss is not None or any(setup.losses)
    changed = (
        changed or setup.penalty_factor != 1.0 or setup.loss_exchanged or setup.loss_negated or setup.shift_targets > 0
    )
    changed = changed or setup.ignore_missing or setup.mask_labels_outside is not None
    return changed or _relabels(setup) or any(setup.put_back)


def _shifted(y: Any, y_pred: Any, weight: Any, steps: int) -> tuple[Any, Any, Any]:
    """Targets and weights without their first steps, answers without their last ones; masks go with the targets."""

    def earlier(tensor: Any) -> Any:
        cut, mask = tensor[:, :-steps], getattr(tensor, "_keras_mask", None)
        if mask is not None:
            cut._keras_mask = mask[:, steps:]
        return cut

    def later(tensor: Any) -> Any:
        return tensor if tensor is None or len(tensor.shape) < 2 else tensor[:, steps:]

    return tree.map_structure(later, y), tree.map_structure(earlier, y_pred), tree.map_structure(later, weight)


def _mapped(setup: Setup) -> Sequence[Affine | None]:
    """The maps into the units of the loss; none where it stays in the user's own."""
    return () if setup.step_degree else setup.targets


def _relabels(setup: Setup) -> bool:
    return setup.label_divisor != 1.0 or setup.label_shift != 0.0


def _labels_in(model: Any, y: Any, setup: Setup) -> Any:
    names, maps, parts = seams.target_names(model, y), _mapped(setup), seams.target_parts(model, y)
    known = compiled_losses.ignored_labels(model)
    ignored = known if len(known) == len(parts) else (None,) * len(parts)
    changed = []
    for index, labels in enumerate(parts):
        back = setup.put_back[index] if index < len(setup.put_back) else None
        labels = labels if back is None else _put_back(labels, back)
        affine = maps[index] if index < len(maps) else None
        if affine is not None:
            labels = ops.cast(labels, keras.config.floatx()) if "float" not in str(labels.dtype) else labels
            labels = (labels - _constant(affine.center, labels)) / _constant(affine.scale, labels)
        if _relabels(setup):
            given = _relabelled(labels, setup)
            labels = given if ignored[index] is None else ops.where(labels == ignored[index], ignored[index], given)
        changed.append(labels)
    return tree.pack_sequence_as(y, changed) if names is None else dict(zip(names, changed, strict=True))


def _put_back(labels: Any, back: PutBack) -> Any:
    """Targets with those within a range changed; what is put back lies outside of it, so that to do it twice does no harm."""
    y = ops.cast(labels, keras.config.floatx()) if "float" not in str(labels.dtype) else labels
    concerned = ops.logical_and(y >= back.low, y <= back.high)
    return ops.where(concerned, y * back.factor + back.shift, y)


def _without_gaps(model: Any, y: Any, y_pred: Any) -> Any:
    """Targets with the predictions, without a gradient, in place of entries that are not finite."""
    names, parts, outputs = seams.target_names(model, y), seams.target_parts(model, y), tree.flatten(y_pred)
    if len(parts) != len(outputs):
        return y
    filled = []
    for labels, output in zip(parts, outputs, strict=True):
        same = len(labels.shape) == len(output.shape) or output.shape[-1] == 1 == len(output.shape) - len(labels.shape)
        if "float" not in str(labels.dtype) or not same:
            filled.append(labels)
            continue
        known = ops.stop_gradient(ops.cast(output, labels.dtype))
        known = ops.reshape(known, ops.shape(labels)) if len(labels.shape) != len(output.shape) else known
        filled.append(ops.where(ops.isfinite(labels), labels, known))
    return tree.pack_sequence_as(y, filled) if names is None else dict(zip(names, filled, strict=True))


def _masked(y: Any, weight: Any, kept: tuple[float, float], ignored: int | None) -> tuple[Any, Any]:
    """Labels within the range that is kept, and weights of 0 for those that were not; only of a single target.

    Where the loss ignores a label the others outside become that one.
    """
    if len(tree.flatten(y)) != 1:
        return y, weight
    labels = tree.flatten(y)[0]
    low, high = (ops.cast(bound, labels.dtype) for bound in kept)
    inside = ops.logical_and(labels >= low, labels <= high)
    if ignored is not None:
        return tree.pack_sequence_as(y, [ops.where(inside, labels, ops.cast(ignored, labels.dtype))]), weight
    known = ops.cast(inside, keras.config.floatx())
    given = tree.flatten(weight)[0] if weight is not None else None
    if given is not None:
        more = len(known.shape) - len(given.shape)
        known = known * ops.reshape(ops.cast(given, known.dtype), (*ops.shape(given), *[1] * max(0, more)))
    return tree.pack_sequence_as(y, [ops.clip(labels, low, high)]), known


def _relabelled(labels: Any, setup: Setup) -> Any:
    given = (ops.cast(labels, keras.config.floatx()) - setup.label_shift) / setup.label_divisor
    return ops.round(given) if setup.label_whole else given


def compute_metrics(original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
    """Stand in for `Trainer.compute_metrics(x, y, y_pred, sample_weight)`: it sees the labels that the loss sees."""
    setup = _installed.get(model)
    if setup is None or not (_relabels(setup) or any(setup.put_back)):
        return original(model, *args, **kwargs)
    given = {**dict(zip(("x", "y", "y_pred", "sample_weight"), args, strict=False)), **kwargs}
    given["y"] = _labels_in(model, given["y"], dataclasses.replace(setup, targets=()))
    return original(model, **given)


def _predictions_in(y_pred: Any, setup: Setup) -> Any:
    maps = _mapped(setup)

    def raw(index: int, tensor: Any) -> Any:
        affine: Affine | None = maps[index] if index < len(maps) else None
        if affine is None:
            return tensor
        if hasattr(tensor, _RAW):
            return getattr(tensor, _RAW)
        return (tensor - _constant(affine.center, tensor)) / _constant(affine.scale, tensor)

    return tree.pack_sequence_as(y_pred, [raw(index, tensor) for index, tensor in enumerate(tree.flatten(y_pred))])


def _swapped(name: str, model: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    value = seams.loss_named(name)(y, y_pred, sample_weight)
    return value + sum(model.losses) if model.losses else value
