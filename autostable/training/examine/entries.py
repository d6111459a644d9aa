"""What a model itself makes of its inputs before the first layer that learns: Rescaling, Normalization, x / 255."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from autostable.evidence import ArrayFacts, EntryFacts
from autostable.training import seams
from autostable.training.audit import audit

RESCALING = frozenset(
    {"Rescaling", "Normalization", "TrueDivide", "Divide", "Multiply", "Subtract", "Add", "Negative", "Clip"}
)
MOVING = frozenset({"Reshape", "Flatten", "Permute", "Cast", "ExpandDims", "Squeeze", "Cropping1D", "Cropping2D"})
IDLE = ("Random", "Dropout", "SpatialDropout", "Gaussian", "Identity")  # beginnings: what changes nothing at inference
ROWS = 256
ENTRIES = 400_000  # of the rows that are put through
PROBE = 1e4  # what is put in to see a map's slope: large, so that single precision does not blur it beside its offset
CLOSE = 1e-3  # share of its range by which what comes out may differ from an affine map

_log = logging.getLogger("autostable")
Array = np.ndarray[Any, Any]


def entries(model: Any, x: Any, inputs: Sequence[ArrayFacts]) -> tuple[EntryFacts | None, ...]:
    """What the model makes of each input.

    Args:
        model: The model.
        x: Rows of its inputs, a structure of arrays.
        inputs: The audits of the same inputs.

    Returns:
        One entry for each input, None where a layer that learns takes it as it is; empty where inputs cannot be told apart.
    """
    parts = [np.asarray(part) for part in tree.flatten(x) if part is not None]
    if len(parts) != len(inputs):
        return ()
    return tuple(
        _tried(model, place, part, facts) for place, (part, facts) in enumerate(zip(parts, inputs, strict=True))
    )


def _tried(model: Any, place: int, part: Array, facts: ArrayFacts) -> EntryFacts | None:
    try:
        return _entry(model, place, part, facts)
    except Exception as error:  # inputs given by name in another order, a layer that wants more than its input
        _log.debug("what a model makes of an input could not be seen", exc_info=error)
        return EntryFacts((), (), facts, known=False)


def _entry(model: Any, place: int, part: Array, facts: ArrayFacts) -> EntryFacts | None:
    kinds: list[str] = []
    names: list[str] = []
    steps: list[Callable[[Any], Any]] = []
    pending: list[Callable[[Any], Any]] = []
    known = False
    for operation, apply in seams.first_operations(model, place):
        kind = type(operation).__name__
        if kind.startswith(IDLE):
            names.append(operation.name)
            continue
        if apply is None or (kind not in RESCALING and kind not in MOVING):
            known = _takes_as_it_is(operation)
            break
        names.append(operation.name)
        pending.append(apply)
        if kind in RESCALING:
            kinds.append(kind)
            steps, pending = steps + pending, []
    if not known or part.ndim == 0 or not len(part):
        return EntryFacts((), (), facts, known=False)
    if not kinds:
        return None
    rows = np.linspace(0, len(part) - 1, max(1, min(ROWS, len(part), ENTRIES // max(1, part[0].size)))).astype(int)
    given = part[rows].astype("float32")

    def through(values: Array) -> Array:
        out: Any = values
        for step in steps:
            out = step(out)
        return np.asarray(out, np.float64)

    made = through(given)
    seen = audit(facts.name, made)
    if seen is None:
        return EntryFacts((), (), facts, known=False)
    center, scale = _affine(through, given, made)
    return EntryFacts(tuple(kinds), tuple(names), seen, center, scale)


def _takes_as_it_is(operation: Any) -> bool:
    """Whether an operation is a layer of Keras that learns, or one that hands its input on without changing its scale."""
    if not isinstance(operation, keras.Layer) or not type(operation).__module__.startswith("keras."):
        return False
    return bool(operation.weights) or type(operation).__name__.endswith(
        ("Concatenate", "Pooling1D", "Pooling2D", "Pooling3D")
    )


def _affine(
    through: Callable[[Array], Array], given: Array, made: Array
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Center and scale per feature of a map that moves and stretches each entry by itself; empty where it is none."""
    if made.size != given.size:
        return (), ()
    offset, end = (through(np.full_like(given[:1], value))[0].reshape(given[0].shape) for value in (0.0, PROBE))
    slope = (end - offset) / PROBE
    wanted = given * slope + offset
    finite = np.isfinite(made.reshape(given.shape)) & np.isfinite(wanted)
    seen, missed = made.reshape(given.shape)[finite], wanted[finite]
    if not seen.size or np.abs(seen - missed).max() > CLOSE * max(float(np.ptp(seen)), 1e-30):
        return (), ()
    if not np.isfinite(slope).all() or not np.isfinite(offset).all() or (slope == 0).any():
        return (), ()
    flat = [each.reshape(-1, each.shape[-1]) if each.ndim else each.reshape(1, 1) for each in (slope, offset)]
    if any(not np.allclose(each, each[:1], rtol=1e-5) for each in flat):
        return (), ()  # a map of its own for each place of a picture
    slopes, offsets = flat[0][0], flat[1][0]
    if np.allclose(slopes, slopes[0], rtol=1e-6) and np.allclose(offsets, offsets[0], rtol=1e-6):
        slopes, offsets = slopes[:1], offsets[:1]
    # (x - center) / scale is slope * x + offset
    return _rounded(-offsets / slopes), _rounded(1.0 / slopes)


def _rounded(values: Array) -> tuple[float, ...]:
    """As many digits as single precision is sure of."""
    return tuple(float(f"{value:.6g}") + 0.0 for value in values)
