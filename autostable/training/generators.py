"""The random generators and variables that data, callbacks and functions of the user's hold, wherever they keep them."""

from __future__ import annotations

import contextlib
import functools
import random
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autostable.training import seams

MOST_OBJECTS = 2000  # that are looked at, so that a search stays short whatever hangs on a data object
_SMALL = 64  # entries up to which a container is looked into
_NOT_LOOKED_INTO = (types.ModuleType, type, np.ndarray, str, bytes, int, float, tf.Tensor, tf.Variable, keras.Variable)


_KINDS = (np.random.Generator, np.random.RandomState, random.Random, tf.random.Generator, keras.random.SeedGenerator)


class Generator:
    """A generator, and its state when this was made: NumPy's, Python's, TensorFlow's or Keras' kinds."""

    def __init__(self, generator: Any) -> None:
        self._put_back: Callable[[], object]
        if isinstance(generator, np.random.Generator):
            bits = generator.bit_generator  # whose `state` is a copy, made anew each time
            self._put_back = functools.partial(setattr, bits, "state", bits.state)
        elif isinstance(generator, np.random.RandomState):
            self._put_back = functools.partial(generator.set_state, generator.get_state())
        elif isinstance(generator, random.Random):
            self._put_back = functools.partial(generator.setstate, generator.getstate())
        else:
            self._put_back = functools.partial(generator.state.assign, seams.numpy_value(generator.state))

    def restore(self) -> None:
        """Put its state back."""
        self._put_back()


def generators_in(objects: Iterable[Any]) -> list[Generator]:
    """Generators held by objects: as attributes, in closures and globals of their functions, in a pipeline's stages.

    Args:
        objects: Data given to `fit` (arrays, pipelines, generators, `PyDataset`s) and callbacks.
    """
    found: list[Generator] = []
    for held in _of_kinds(objects, _KINDS):
        with contextlib.suppress(Exception):  # one that does not like to be looked at
            found.append(Generator(held))
    return found


def variables_in(objects: Iterable[Any]) -> list[Any]:
    """Variables held by objects in the same places, each once.

    Args:
        objects: Callbacks, losses and methods of a model.
    """
    return list(_of_kinds(objects, (tf.Variable, keras.Variable)))


def arrays_in(objects: Iterable[Any]) -> list[Any]:
    """NumPy arrays held by objects in the same places, each once.

    Args:
        objects: Data given to `fit`.
    """
    return list(_of_kinds(objects, (np.ndarray,)))


def _of_kinds(objects: Iterable[Any], kinds: tuple[type, ...]) -> Iterator[Any]:
    todo, seen = list(objects), set[int]()
    kept_alive = []  # so that no id is given twice
    while todo and len(seen) < MOST_OBJECTS:
        held = todo.pop(0)
        if id(held) in seen:
            continue
        try:  # an object of the user's may not like to be looked at; NumPy's view of an .npz has not even a class
            wanted = isinstance(held, kinds)
            if not wanted and isinstance(held, _NOT_LOOKED_INTO):
                continue
            held_by = [] if wanted else list(_held_by(held))
        except Exception:
            held_by, wanted = [], False
        seen.add(id(held))
        kept_alive.append(held)
        todo += held_by
        if wanted:
            yield held


def _held_by(holder: Any) -> Iterator[Any]:
    if isinstance(holder, tf.data.Dataset):
        yield from (seams.pipeline_function(stage) for stage in seams.pipeline_chain(holder))
    elif isinstance(holder, keras.Layer):  # of its many parts only what draws, and variables
        kinds = keras.random.SeedGenerator | tf.Variable | keras.Variable
        yield from (part for part in vars(holder).values() if isinstance(part, kinds))
        yield from getattr(holder, "layers", ())
    elif isinstance(holder, types.FunctionType):
        cells = (cell for cell in holder.__closure__ or () if not _is_empty(cell))
        yield from (cell.cell_contents for cell in cells)
        yield from holder.__defaults__ or ()
        names = _names(holder.__code__)
        yield from (value for name, value in holder.__globals__.items() if name in names)
    elif isinstance(holder, types.MethodType):
        yield from (holder.__self__, holder.__func__)
    elif isinstance(holder, functools.partial):
        yield from (holder.func, *holder.args, *holder.keywords.values())
    elif isinstance(holder, dict | list | tuple | set):
        if len(holder) <= _SMALL:
            yield from holder.values() if isinstance(holder, dict) else holder
    else:
        yield from getattr(holder, "__dict__", {}).values()
        yield from (part for part in vars(type(holder)).values() if isinstance(part, types.FunctionType))


def _is_empty(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def _names(code: types.CodeType) -> set[str]:
    """Names of globals that a function uses, functions within it included."""
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
