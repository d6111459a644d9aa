"""What a program's own code holds beside its training: arrays that are not finite, as those that it validates on may be.

They are looked for once, when the first step comes, among the variables of the user's frames. Only such as are not finite
are held on to.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autostable import frames
from autostable.evidence import ArrayFacts
from autostable.records import Site
from autostable.training import data, seams
from autostable.training.examine.glance import Glance

MOST_ENTRIES = 20_000_000  # looked at in all: some 10 ms
MOST_VARIABLES = 1000
MOST_PARTS = 16  # of a variable that is a tuple, a list or a dict: its arrays, not rows of data


class Held:
    """Arrays of real numbers, rows first, that hold NaN or Inf, and pipelines, by their names in the user's code.

    Args:
        frame: The innermost frame; its callers may be the user's as well.
    """

    def __init__(self, frame: FrameType | None) -> None:
        self._arrays: dict[str, Any] = {}
        self._pipelines: dict[str, weakref.ref[Any]] = {}
        left = MOST_ENTRIES
        for name, value in _some_variables(frame):
            if isinstance(value, tf.data.Dataset):
                self._pipelines[name] = weakref.ref(value)
            for array in _arrays(value):
                left -= array.size
                if left >= 0 and not np.isfinite(array).all():
                    self._arrays.setdefault(name, array)

    def as_validation(self, inputs: Sequence[ArrayFacts]) -> tuple[ArrayFacts, ...]:
        """What is like the inputs of the steps and not finite, in their places; none where no input has such a one.

        Args:
            inputs: What the steps were given.
        """
        several = len(inputs) > 1
        held = {**self._arrays, **self._read()}
        found = [
            _like(each, held, f"validation x[{place}]" if several else "validation x")
            for place, each in enumerate(inputs)
        ]
        bad = zip(found, inputs, strict=True)
        return tuple(found) if any(each.bad_row_count and not given.bad_row_count for each, given in bad) else ()

    def _read(self) -> dict[str, Any]:
        """Inputs of the pipelines, of those that are still there and can be read without a trace."""
        found: dict[str, Any] = {}
        for name, pipeline in self._pipelines.items():
            known = pipeline()
            rows = None if known is None else data.read(known, traceless=True)
            for part in () if rows is None else data.arrays(rows[0]):
                if part.dtype.kind == "f" and not np.isfinite(part).all():
                    found[name] = part
        return found


def holding_gaps(frame: FrameType | None) -> Callable[[str], bool]:
    """Whether the variable of a name that the user's frames see holds NaN or Inf: an array, a tensor or a table."""
    seen: dict[str, Any] = {}
    for name, value in _some_variables(frame):
        seen.setdefault(name, value)

    @functools.cache
    def holds(name: str) -> bool:
        value = seen.get(name)
        if value is not None and hasattr(value, "isnull") and hasattr(value, "to_numpy"):  # a table of pandas'
            return bool(value.isnull().to_numpy().any())
        return any(not np.isfinite(array).all() for array in _arrays(value))

    return holds


def models_seen_by(error: BaseException) -> list[Any]:
    """The models that the user's frames saw where an exception was raised."""
    innermost = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1:]
    seen = (value for frame in innermost for _, value in _some_variables(frame))
    return [value for value in seen if isinstance(value, keras.Model) and value.built]


def _some_variables(frame: FrameType | None) -> Iterator[tuple[str, Any]]:
    return itertools.islice(_variables(frame), MOST_VARIABLES)


def _variables(frame: FrameType | None) -> Iterator[tuple[str, Any]]:
    """The variables that the user's frames see, each scope once; of methods what their object holds, too."""
    seen: set[int] = set()
    for each in frames.outward(frame):
        if not frames.is_user_file(each.f_code.co_filename):
            continue
        local, inside = each.f_locals, each.f_code.co_name != "<module>"
        owner = local.get("self")
        held = {} if owner is None or isinstance(owner, keras.Layer) else getattr(owner, "__dict__", {})
        for scope, key in ((local, id(each)), (held, id(owner)), (each.f_globals, id(each.f_globals))):
            if key not in seen and (inside or scope is each.f_globals):
                seen.add(key)
                yield from list(scope.items())


def _arrays(value: Any) -> Iterable[np.ndarray[Any, Any]]:
    """The arrays of real numbers that a variable is, or holds a few of; what lies deeper is left alone: it may be much."""
    parts = [value]
    if isinstance(value, tuple | list | dict):
        parts = list(value.values() if isinstance(value, dict) else value) if len(value) <= MOST_PARTS else []
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype.kind == "f" and part.ndim and len(part) > 1:
            yield part
        elif isinstance(part, tf.__internal__.EagerTensor) and part.dtype.is_floating and part.shape.rank:
            yield np.asarray(part)


def _like(given: ArrayFacts, held: dict[str, Any], name: str) -> ArrayFacts:
    for variable, array in held.items():
        if array.shape[1:] == given.shape[1:] and not given.bad_row_count:
            facts = Glance().at(f"{name} ({variable})", array)
            if facts is not None:
                return facts
    return dataclasses.replace(given, name=name)


def measured_on_gaps(told: Any, model: Any, x: Any, site: Site | None) -> Iterator[str]:
    """What is to be said where a sound model was measured on numbers that are not finite, and what came of it is none either.

    Args:
        told: What `evaluate` has given.
        model: The model.
        x: What it was measured on; only arrays are looked at.
        site: Where the program does so.
    """
    figures = [*told.values()] if isinstance(told, dict) else np.ravel(told).tolist()
    if all(map(np.isfinite, figures)) or not data.in_memory(x):
        return
    if any(not np.isfinite(seams.numpy_value(variable)).all() for variable in model.trainable_variables):
        return
    for facts in data.named("what it is given", data.arrays(x), Glance().at):
        if facts.bad_row_count:
            where = "evaluate" if site is None else f"evaluate at {site.file}:{site.line}"
            yield (
                f"{where} gives {figures[0]} though all weights are finite: {facts.name} holds NaN or Inf in "
                f"{facts.bad_row_count} of {facts.rows_read} rows. No comparison with it is true, so nothing that goes by it "
                "works."
            )
            return
