"""The rows on which a training is judged: a bounded sample of what it is given, and of what it is not trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.judgement import reference
from autostable.setup import PutBack
from autostable.training import counted, data, seams

MOST_ROWS = reference.MOST_ROWS  # a plain model has the same


@dataclasses.dataclass(frozen=True)
class Rows:
    """Some rows of a training's data, in the order in which they lie there.

    Attributes:
        x, y, weight: Structures of arrays, rows first; `weight` is None where all weigh the same.
        batch: Rows of one batch of the training.
        rebuilds: There is no target: the inputs stand for it, too, of a step that may rebuild them.
    """

    x: Any
    y: Any
    weight: Any = None
    batch: int = 32
    rebuilds: bool = False

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(tree.flatten(self.y)[0])

    def counted(self, model: Any) -> list[Any]:
        """The targets of the outputs, as far as their rows count (see `counted.targets`)."""
        masks = counted.targets(model, self.y, self.weight)
        parts = data.arrays(seams.target_parts(model, self.y))
        return [part if mask is None or mask.ndim > 1 else part[mask] for part, mask in zip(parts, masks, strict=True)]

    def counting(self, model: Any) -> int:
        """How many rows count for any of the outputs."""
        rows = counted.rows_of(model, self.y, self.weight)
        return self.count if rows is None else int(rows.sum())

    def that_count(self, model: Any) -> Rows:
        """Those that count for any of the outputs."""
        rows = counted.rows_of(model, self.y, self.weight)
        return self if rows is None else self.taken(rows)

    def first(self, count: int) -> Rows:
        """The first rows of them."""
        return self.taken(slice(0, count))

    def taken(self, rows: Any) -> Rows:
        """Some of them, in their order."""
        x, y, weight = (_taken(part, rows) for part in (self.x, self.y, self.weight))
        return Rows(x, y, weight, self.batch, self.rebuilds)

    def finite(self) -> Rows | None:
        """Those rows whose inputs, targets and weights are finite; None where that is fewer than half of them."""
        keep = np.ones(self.count, np.bool_)
        for part in tree.flatten((self.x, self.y, self.weight)):
            if part is not None and part.dtype.kind == "f":
                keep &= np.isfinite(part.reshape(len(part), -1)).all(axis=1)
        if 2 * keep.sum() < self.count:
            return None
        return self if keep.all() else self.taken(keep)

    def within(self, limits: tuple[float, float] | None) -> Rows:
        """Those rows all of whose targets lie between two numbers; all where there are no such limits."""
        if limits is None:
            return self
        keep = np.ones(self.count, np.bool_)
        for part in tree.flatten(self.y):
            flat = np.asarray(part).reshape(self.count, -1)
            keep &= ((flat >= limits[0]) & (flat <= limits[1])).all(axis=1)
        return self if keep.all() else self.taken(keep)

    def put_back(self, knobs: Sequence[PutBack | None], places: Sequence[int]) -> Rows:
        """The same with targets within a range changed, as a setup has it.

        Args:
            knobs: For each output.
            places: Where its target lies among all.
        """
        if not any(knobs):
            return self
        parts = tree.flatten(self.y)
        for place, back in zip(places, knobs, strict=False):
            if back is not None:
                y = np.asarray(parts[place], np.float64)
                moved = (y >= back.low) & (y <= back.high)
                parts[place] = np.where(moved, y * back.factor + back.shift, y).astype(keras.config.floatx())
        return dataclasses.replace(self, y=tree.pack_sequence_as(self.y, parts))


def trained_on(
    arguments: Mapping[str, Any], *, traceless: bool = True, most: int = MOST_ROWS, rebuilds: bool = False
) -> Rows | None:
    """Rows that a fit trains on; None where they cannot be had, or have no target.

    Args:
        arguments: Those of `fit`.
        traceless: Only where a look changes nothing of what a later fit is given.
        most: Of this many rows at most; of arrays drawn at random, of pipelines the first ones.
        rebuilds: Inputs may stand for a target that there is not (see `Rows.rebuilds`).
    """
    if data.in_memory(arguments["x"]):
        alone = rebuilds and arguments["y"] is None
        known = {**arguments, "y": arguments["x"]} if alone else arguments
        return _marked(_of_arrays(known, data.training_rows(dict(arguments)), most), alone)
    batch = _batch_size(arguments)
    read = data.read(arguments["x"], traceless, most)
    alone = rebuilds and read is not None and read[1] is None
    if alone and read is not None:
        read = (read[0], read[0], read[2])
    found = _rows(*read, arguments.get("class_weight"), batch) if read is not None else None
    return None if found is None else _marked(found.first(most), alone)


def _marked(rows: Rows | None, rebuilds: bool) -> Rows | None:
    return None if rows is None else dataclasses.replace(rows, rebuilds=rebuilds)


def unseen(arguments: Mapping[str, Any], *, most: int = MOST_ROWS) -> Rows | None:
    """Rows of the fit's validation data; None where there are none, or they cannot be read without a trace."""
    given = arguments.get("validation_data")
    if given is None:
        rows = data.training_rows(dict(arguments))
        return None if rows.stop is None else _of_arrays(arguments, slice(rows.stop, None), most, weighted=False)
    if isinstance(given, tuple | list) and all(data.in_memory(part) for part in given[:2]):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(tuple(given))
        return _of_arrays({"x": x, "y": y, "sample_weight": weight, "batch_size": arguments.get("batch_size")},
                          slice(None), most)  # fmt: skip
    read = data.read(given, True, most)
    return _rows(*read, None, _batch_size({"x": given})) if read is not None else None


def all_equal(targets: Sequence[Any], counts: Sequence[counted.Mask | None]) -> bool:
    """Whether one of several targets says the same of all its rows, as far as they count."""
    parts = [counted.kept(part, mask) for part, mask in zip(targets, counts, strict=True)]
    return any(bool((part == part[:1]).all()) for part in parts if len(part))


def of_batches(batches: Sequence[Any], most: int = MOST_ROWS) -> Rows | None:
    """Rows of the latest batches that a training was given, (x, y) or (x, y, weights) each.

    Batches stay whole and in their order: a loss may compare their rows, sorted by time, say. Of several epochs the last one
    counts: a plain model must not have seen a row that it is asked about.
    """
    kept: list[Any] = []
    seen: set[bytes] = set()
    for batch in reversed(batches):
        inputs = [np.asarray(part) for part in tree.flatten(keras.utils.unpack_x_y_sample_weight(batch)[0])]
        keys = {b"".join(part[row].tobytes() for part in inputs) for row in range(len(inputs[0]))}
        if 2 * len(keys & seen) > len(keys) or len(seen) >= most:
            break
        seen |= keys
        kept.append(batch)
    found = data.concatenated(kept[::-1], most) if kept else None
    first = tree.flatten(keras.utils.unpack_x_y_sample_weight(kept[-1])[0])[0] if kept else ()
    return None if found is None else _rows(*found, None, len(first))


def _of_arrays(arguments: Mapping[str, Any], rows: slice, most: int, *, weighted: bool = True) -> Rows | None:
    if arguments["y"] is None:
        return None
    x, y, weight = (_taken(arguments.get(name), rows) for name in ("x", "y", "sample_weight"))
    count = len(tree.flatten(y)[0])
    if count > most:
        chosen = np.sort(np.random.default_rng(0).choice(count, most, replace=False))
        x, y, weight = (_taken(part, chosen) for part in (x, y, weight))
    balance = arguments.get("class_weight") if weighted else None
    return _rows(x, y, weight, balance, int(arguments.get("batch_size") or 32))


def _rows(x: Any, y: Any, weight: Any, class_weight: Any, batch: int) -> Rows | None:
    parts = tree.flatten((x, y)) if y is not None else []
    if not parts or len({len(part) if np.ndim(part) else -1 for part in parts}) != 1 or len(parts[0]) < 2:
        return None
    x, y, weight = (tree.map_structure(_as_fit_does, part) for part in (x, y, weight))
    if class_weight is not None and weight is None and len(tree.flatten(y)) == 1:
        weight = counted.class_weights(tree.flatten(y)[0], class_weight)
    return Rows(x, y, weight, batch)


def _as_fit_does(part: Any) -> Any:
    """Floating numbers in Keras' own precision, as `fit` hands arrays on."""
    return part.astype(keras.config.floatx()) if part is not None and part.dtype.kind == "f" else part


def _taken(structure: Any, rows: Any) -> Any:
    return tree.map_structure(lambda part: None if part is None else np.asarray(part)[rows], structure)


def _batch_size(arguments: Mapping[str, Any]) -> int:
    """Rows of one batch of a pipeline; 32 where it does not say."""
    x = arguments["x"]
    if isinstance(x, tf.data.Dataset):
        shapes = [spec.shape for spec in tree.flatten(x.element_spec) if getattr(spec, "shape", None) is not None]
        known = [shape[0] for shape in shapes if shape.rank and shape[0] is not None]
        return int(known[0]) if known else 32
    return 32
