"""Going back: the random states and variables of a training, captured and restored."""

from __future__ import annotations

import contextlib
import copy
import math
import random
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autostable.training import seams
from autostable.training.generators import generators_in

_DEPTH = 4  # of containers within each other


class RandomState:
    """Python's, NumPy's, TensorFlow's and Keras' random states, and those of generators found in objects."""

    def __init__(self, objects: Iterable[Any] = ()) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state()
        self._tensorflow = seams.eager_random_state()
        generator = seams.keras_seed_generator()
        self._keras = None if generator is None else (generator, seams.numpy_value(generator.state))
        self._generators = generators_in(objects)

    def restore(self, *, kernels: bool = True) -> None:
        """Put all of it back.

        Args:
            kernels: Whether eager random operations with a seed of their own begin anew, too.
        """
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        seams.set_eager_random_state(self._tensorflow, kernels=kernels)
        if self._keras is None:
            seams.forget_keras_seed_generator()
        else:
            generator, value = self._keras
            generator.state.assign(value)
        for generator in self._generators:
            generator.restore()


def untracked(model: Any) -> list[tf.Variable]:
    """TensorFlow variables that Keras does not count among a model's: attributes of it and of its layers, containers included.

    Gradients that are gathered over several batches, counters and queues are kept so.
    """
    held = [vars(layer) for layer in (model, *seams.model_layers(model))]
    found = {id(part): part for attributes in held for part in _parts(list(attributes.values()), _DEPTH)}
    known = {id(seams.native(variable)) for variable in model.variables} if model.built or model.layers else set()
    return [part for key, part in found.items() if key not in known]


def _parts(held: Any, depth: int) -> Iterator[tf.Variable]:
    if isinstance(held, tf.Variable):
        yield held
    elif isinstance(held, dict | list | tuple) and depth:
        for part in held.values() if isinstance(held, dict) else held:
            yield from _parts(part, depth - 1)


class Captured:
    """A variable that a traced step reads or assigns, of which only the handle is known."""

    def __init__(self, handle: Any) -> None:
        self._handle, self._dtype = handle, seams.type_behind(handle)
        self.numpy()

    @property
    def shape(self) -> Any:
        """Its value's."""
        return self.read().shape

    @property
    def dtype(self) -> Any:
        """Its value's."""
        return self._dtype

    def read(self) -> Any:
        """Its value as a tensor."""
        return tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._dtype)

    def numpy(self) -> np.ndarray[Any, Any]:
        """Its value."""
        value: np.ndarray[Any, Any] = tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self._dtype).numpy()
        return value

    def assign(self, value: Any) -> None:
        """Give it a value."""
        tf.raw_ops.AssignVariableOp(resource=self._handle, value=tf.convert_to_tensor(value, self._dtype))


def captured(graph: Any, known: Iterable[Any]) -> list[Captured]:
    """Variables of the program's that a step has met by the end of its trace, but for those that are known.

    Args:
        graph: The graph that it was traced in.
        known: Variables.
    """
    mine = {id(getattr(seams.native(variable), "handle", None)) for variable in known}
    found = []
    for handle in seams.captured_handles(graph):
        if id(handle) not in mine:
            with contextlib.suppress(tf.errors.OpError):  # made in this very trace: it has no value yet
                found.append(Captured(handle))
    return found


MOST_NUMBERS = 2**24  # of weights that are kept as they began where nobody asks for them: 64 MB


class VariableState:
    """Values of variables. A variable that turns up later is added with `include`."""

    def __init__(self, variables: Iterable[Any] = ()) -> None:
        self._values: dict[int, tuple[Any, np.ndarray[Any, Any]]] = {}
        self.include(variables)

    def include(self, variables: Iterable[Any]) -> None:
        """Capture those variables that are not yet known."""
        for variable in variables:
            if id(variable) in self._values:
                continue
            value = seams.numpy_value(variable)
            # what a trace has made has no value yet
            if tf.TensorShape(variable.shape).is_compatible_with(value.shape):
                self._values[id(variable)] = (variable, value)

    @property
    def variables(self) -> list[Any]:
        """Those that are known."""
        return [variable for variable, _ in self._values.values()]

    def restore(self) -> None:
        """Assign every captured value."""
        for variable, value in self._values.values():
            variable.assign(value)

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Within, the variables have their captured values; then those that they had before."""
        now = VariableState(self.variables)
        self.restore()
        try:
            yield
        finally:
            now.restore()

    def __contains__(self, variable: Any) -> bool:
        return id(variable) in self._values

    def first(self, variable: Any) -> np.ndarray[Any, Any] | None:
        """The captured value of a variable; None of one that is not known."""
        known = self._values.get(id(variable))
        return None if known is None else known[1]

    def moved(self, variables: Iterable[Any]) -> float | None:
        """How far that one of these matrices has come which has come farthest: the norm of its change, in its own norm.

        None where none is known that began with anything but zeros.
        """
        starts = self._matrices(variables)
        return max((_distance(seams.numpy_value(variable), value) for variable, value in starts), default=None)

    def kept(self, variables: Iterable[Any]) -> float | None:
        """The norm of these matrices together, in that which they began with; None where none began with anything but zeros."""
        starts = self._matrices(variables)
        before = math.hypot(*(_norm(value) for _, value in starts))
        return math.hypot(*(_norm(seams.numpy_value(variable)) for variable, _ in starts)) / before if before else None

    def _matrices(self, variables: Iterable[Any]) -> list[tuple[Any, np.ndarray[Any, Any]]]:
        """Those of them that are matrices and began with anything but zeros, each with what it began with."""
        known = [self._values[id(each)] for each in variables if id(each) in self._values]
        return [(variable, value) for variable, value in known if value.ndim >= 2 and np.any(value)]


def _norm(value: np.ndarray[Any, Any]) -> float:
    return float(np.linalg.norm(value.astype(np.float64)))


def _distance(now: np.ndarray[Any, Any], start: np.ndarray[Any, Any]) -> float:
    exact = start.astype(np.float64)
    return float(np.linalg.norm(now - exact) / np.linalg.norm(exact))


class ObjectState:
    """Attributes of callbacks and data objects, containers copied one level deep, arrays (of row numbers, say) too."""

    _LEFT_ALONE = frozenset({"model", "_model", "params"})
    _MOST_BYTES = 8 * 2**20  # of an array that is copied: larger ones are data, which nobody changes

    def __init__(self, objects: Iterable[Any]) -> None:
        self._states = [(holder, self._copied(vars(holder))) for holder in objects if hasattr(holder, "__dict__")]
        held = [value for _, attributes in self._states for value in attributes.values()]
        arrays = [value for value in held if isinstance(value, np.ndarray) and value.nbytes <= self._MOST_BYTES]
        self._arrays = [(array, array.copy()) for array in arrays if array.flags.writeable]

    @classmethod
    def _copied(cls, attributes: dict[str, Any]) -> dict[str, Any]:
        return {
            key: copy.copy(value) if isinstance(value, list | dict | set) else value
            for key, value in attributes.items()
            if key not in cls._LEFT_ALONE
        }

    def restore(self) -> None:
        """Put the attributes back and remove those that came later."""
        for array, content in self._arrays:
            array[...] = content
        for holder, attributes in self._states:
            for key in [key for key in vars(holder) if key not in attributes and key not in self._LEFT_ALONE]:
                delattr(holder, key)
            for key, value in self._copied(attributes).items():
                setattr(holder, key, value)


@contextlib.contextmanager
def untouched(data: Any) -> Iterator[None]:
    """Within, the data of a `fit` may be read: random states, and what a `PyDataset` holds, are put back."""
    random_state = RandomState([data])
    attributes = ObjectState([data] if isinstance(data, keras.utils.PyDataset) else [])
    try:
        yield
    finally:
        random_state.restore(kernels=False)
        attributes.restore()
