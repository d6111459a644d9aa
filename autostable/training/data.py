"""The data given to `fit`: read for audits without using it up, and prepared for a setup."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.evidence import ArrayFacts, MisreadFacts, WindowFacts
from autostable.judgement import byte_order
from autostable.setup import Setup
from autostable.training import compiled_losses, counted, pipelines, remainders, seams, shuffled, stored
from autostable.training.audit import audit, windows
from autostable.training.handing_on import HandingOn
from autostable.training.pipelines import Pipeline
from autostable.training.rewind import untouched

MOST_BATCHES = 64  # of a pipeline that an audit reads
MOST_ROWS = 200_000


def is_one_shot(x: Any) -> bool:
    """Whether reading the data uses it up (a generator, an iterator)."""
    return isinstance(x, types.GeneratorType | Iterator) and not isinstance(x, tf.data.Dataset | keras.utils.PyDataset)


def in_memory(x: Any) -> bool:
    """Whether these are arrays (a structure of them), and not a pipeline or a generator."""
    if isinstance(x, tf.data.Dataset | keras.utils.PyDataset | types.GeneratorType) or x is None:
        return False
    return all(hasattr(part, "shape") for part in tree.flatten(x) if part is not None)


def row_count(x: Any) -> int | None:
    """Number of rows of arrays; None for pipelines."""
    if not in_memory(x):
        return None
    return next((int(part.shape[0]) for part in tree.flatten(x) if part is not None and len(part.shape)), None)


def widths(x: Any) -> list[int | None] | None:
    """Length of the last axis of each input, None where it is not fixed; None where nothing is known without reading."""
    spec = keras.utils.unpack_x_y_sample_weight(x.element_spec)[0] if isinstance(x, tf.data.Dataset) else x
    if not isinstance(x, tf.data.Dataset) and not in_memory(x):
        return None
    shapes = [getattr(part, "shape", None) for part in tree.flatten(spec)]
    return [tuple(shape)[-1] if shape is not None and len(shape) else None for shape in shapes]


def arrays(value: Any) -> list[Any]:
    """The parts of a structure as arrays."""
    return [np.asarray(part) for part in tree.flatten(value) if part is not None] if value is not None else []


def training_rows(arguments: dict[str, Any]) -> slice:
    """The rows that are trained on, where `validation_split` takes the last ones away."""
    rows, share = row_count(arguments["x"]), arguments.get("validation_split") or 0.0
    if rows is None or not share or arguments.get("validation_data") is not None:
        return slice(None)
    return slice(0, int(rows * (1.0 - share)))


def labels_of(
    arguments: dict[str, Any], kept: Sequence[Any] = (), *, pipelines: bool = True, traceless: bool = False
) -> Any:
    """The labels trained on (a structure of arrays), read from pipelines where they can be read again (and may be).

    Args:
        arguments: Those of `fit`.
        kept: Batches that went by, where the data can be read only once.
        pipelines: Whether pipelines may be read.
        traceless: Whether only such pipelines may as give a later fit the same for it.
    """
    if in_memory(arguments["x"]):
        y = arguments["y"]
        return None if y is None else tree.map_structure(lambda part: np.asarray(part)[training_rows(arguments)], y)
    parts = concatenated(kept, MOST_ROWS) if kept else read(arguments["x"], traceless) if pipelines else None
    return None if parts is None or parts[1] is None else parts[1]


def counted_labels(model: Any, arguments: dict[str, Any]) -> tuple[list[Any], list[counted.Mask | None]]:
    """The labels of each output in arrays that a fit trains on, and what of them counts.

    Args:
        model: What is trained.
        arguments: Those of `fit`.
    """
    rows = training_rows(arguments)
    y, weight = (_taken(arguments.get(name), rows) for name in ("y", "sample_weight"))
    weight = counted.weighed(y, weight, arguments.get("class_weight"))
    return arrays(seams.target_parts(model, y)), counted.targets(model, y, weight)


def read(x: Any, traceless: bool = False, most: int = MOST_ROWS) -> tuple[Any, Any, Any] | None:
    """x, y and weights of the first batches (some `most` rows) of a pipeline that can be read again, concatenated."""
    if isinstance(x, tf.data.Dataset):
        copied = Pipeline(x).again()
        if copied is None and traceless:
            return None
        source: Any = (x if copied is None else copied).take(MOST_BATCHES)
    elif isinstance(x, keras.utils.PyDataset):
        source = (x[index] for index in range(min(x.num_batches or MOST_BATCHES, MOST_BATCHES)))
    else:
        return None
    with untouched(x):
        return concatenated(source, most)


def concatenated(source: Any, most: int) -> tuple[Any, Any, Any] | None:
    """x, y and weights of batches, until there are `most` rows."""
    batches: list[Any] = []
    rows = 0
    for batch in source:
        parts = keras.utils.unpack_x_y_sample_weight(batch)
        batches.append(tree.map_structure(lambda part: None if part is None else np.asarray(part), parts))
        rows += _rows_in(batches[-1])
        if rows >= most:
            break
    if not batches:
        return None
    first = batches[0]
    try:
        return tuple(
            None if first[i] is None else tree.map_structure(_joined, *[batch[i] for batch in batches])
            for i in range(3)
        )  # type: ignore[return-value]
    except ValueError:  # batches of differing shapes: the first one has to do
        return first  # type: ignore[no-any-return]


def _joined(*parts: Any) -> Any:
    """The rows of all batches; of a number that each batch has one of, that of the first."""
    return np.concatenate(parts) if len(parts[0].shape) else parts[0]


class Audits(NamedTuple):
    """Audits of inputs, targets and weights; whether the target is the input, whether it continues it; what of it counts."""

    inputs: tuple[ArrayFacts, ...] = ()
    targets: tuple[ArrayFacts, ...] = ()
    weights: ArrayFacts | None = None
    autoencoder: bool = False
    windows: WindowFacts | None = None
    counts: Sequence[counted.Mask | None] = ()


def audited(model: Any, arguments: dict[str, Any], kept: Sequence[Any] = ()) -> Audits:
    """What there is to say of the data that is trained on; nothing where it cannot be read.

    Args:
        model: What is trained; targets come in the order of its outputs.
        arguments: Those of `fit`.
        kept: Batches that went by, where the data can be read only once.
    """
    if in_memory(arguments["x"]):
        rows = training_rows(arguments)
        x, y, weight = arguments["x"], seams.target_parts(model, arguments["y"]), arguments.get("sample_weight")
        parts = [[array[rows] for array in arrays(value)] for value in (x, y, weight)]
        y, weight = (_taken(value, rows) for value in (arguments["y"], weight))
        weight = counted.weighed(y, weight, arguments.get("class_weight"))
        same = x is arguments["y"] or _equal(parts[0], parts[1])
    else:
        found = concatenated(kept, MOST_ROWS) if kept else read(arguments["x"])
        if found is None:
            return Audits()
        parts = [arrays(value) for value in (found[0], seams.target_parts(model, found[1]), found[2])]
        y, weight = found[1], counted.weighed(found[1], found[2], arguments.get("class_weight"))
        same = _equal(parts[0], parts[1])
    inputs, targets, weights, masks = of_parts(model, parts, y, weight, audit)
    if isinstance(arguments["x"], tf.data.Dataset) and len(inputs) == len(parts[0]):
        inputs = decoded_otherwise(arguments["x"], parts[0], inputs)
    inputs, targets = (with_places(each, arguments["x"]) for each in (inputs, targets))
    alone = len(parts[0]) == 1 == len(parts[1]) and not same
    counts = counted.rows(masks)
    follows = windows(*(counted.kept(part[0], counts) for part in parts[:2])) if alone else None
    return Audits(inputs, targets, weights, same, follows, masks)


class OfParts(NamedTuple):
    """Audits of inputs, targets and weights, and what of each target counts (see `counted.targets`)."""

    inputs: tuple[ArrayFacts, ...]
    targets: tuple[ArrayFacts, ...]
    weights: ArrayFacts | None
    counts: list[counted.Mask | None]


def of_parts(
    model: Any, parts: Sequence[list[Any]], y: Any, weight: Any, look: Callable[[str, Any], ArrayFacts | None]
) -> OfParts:
    """The audits of what counts in some data.

    Args:
        model: What is trained.
        parts: Arrays of inputs, targets (in the order of the outputs) and weights.
        y: The targets as they are given.
        weight: What rows weigh, be they given or by their classes.
        look: Audits an array.
    """
    masks = counted.targets(model, y, weight)
    counts = counted.rows(masks)
    inputs = named("x", parts[0], look, [counts] * len(parts[0]))
    targets = named("y", parts[1], look, masks)
    ignored = compiled_losses.ignored_labels(model)
    if len(ignored) == len(targets):
        targets = tuple(dataclasses.replace(each, ignored=label) for each, label in zip(targets, ignored, strict=True))
    weights = named("sample_weight", parts[2], look)
    return OfParts(inputs, targets, weights[0] if weights else None, masks)


def _taken(structure: Any, rows: slice) -> Any:
    return tree.map_structure(lambda part: None if part is None else np.asarray(part)[rows], structure)


def with_places(facts: tuple[ArrayFacts, ...], x: Any) -> tuple[ArrayFacts, ...]:
    """The audits with whether their row numbers are places in a stream, not in arrays.

    Args:
        facts: Of what `fit` trains on.
        x: Its argument.
    """
    in_place = in_memory(x) or (isinstance(x, tf.data.Dataset) and seams.keeps_rows_in_place(x))
    return facts if in_place else tuple(dataclasses.replace(each, streamed=True) for each in facts)


def decoded_otherwise(dataset: Any, given: list[Any], facts: tuple[ArrayFacts, ...]) -> tuple[ArrayFacts, ...]:
    """The audits of what a pipeline gives, with what it would give if it decoded raw bytes in the other order, and sense."""
    for kind in pipelines.decoded(dataset):
        other = pipelines.swapped(dataset, kind)
        found = None if other is dataset else read(other, True, len(given[0]))
        others = [] if found is None else arrays(found[0])
        if len(others) != len(given):
            continue
        pairs = zip(facts, given, others, strict=True)
        facts = tuple(
            dataclasses.replace(each, misread=MisreadFacts(kind, 1.0, known, decoded=True))
            if byte_order.told_apart(one, two[: len(one)]) and (known := audit(each.name, two, whole_shape=each.shape))
            else each
            for each, one, two in pairs
        )
    return facts


def _equal(first: list[Any], second: list[Any]) -> bool:
    return len(first) == 1 == len(second) and first[0].shape == second[0].shape and np.array_equal(first[0], second[0])


def named(
    name: str, parts: list[Any], look: Callable[[str, Any], ArrayFacts | None] = audit,
    counts: Sequence[counted.Mask | None] = (),
) -> tuple[ArrayFacts, ...]:  # fmt: skip
    """The audits of the arrays that `fit` is given under one name; `counts` says what of each counts."""
    names = [name] if len(parts) == 1 else [f"{name}[{index}]" for index in range(len(parts))]
    masks = counts if len(counts) == len(parts) else [None] * len(parts)
    found = [counted.counting_alone(look, mask)(*each) for mask, *each in zip(masks, names, parts, strict=True)]
    return tuple(each for each in found if each is not None)


def steps_per_epoch(arguments: dict[str, Any]) -> int | None:
    """Batches of one epoch, where it can be told."""
    if arguments.get("steps_per_epoch"):
        return int(arguments["steps_per_epoch"])
    x = arguments["x"]
    rows = row_count(x)
    if rows is not None:
        kept = training_rows(arguments).stop
        return -(-(rows if kept is None else kept) // int(arguments.get("batch_size") or 32))
    if isinstance(x, keras.utils.PyDataset):
        return None if x.num_batches is None else int(x.num_batches)
    if isinstance(x, tf.data.Dataset):
        count = int(x.cardinality().numpy())
        return count if count > 0 else None
    return None


# -- for a setup ----------------------------------------------------------------------------------


def prepared(arguments: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """The arguments of `fit` without the rows that the setup takes out, in the order that it wants. The user's arrays stay."""
    changed = dict(arguments)
    if setup.shuffle_rows:
        x = rejoined(arguments["x"], setup)
        changed |= {"x": shuffled.dataset(x, setup.seed)} if isinstance(x, tf.data.Dataset) else {"shuffle": True}
    if setup.whole_batches and not in_memory(changed["x"]):  # while they have all of their rows
        changed = _in_whole_batches(changed, setup)
    if setup.spare_data and isinstance(changed["x"], keras.utils.PyDataset):
        changed["x"] = stored.Spared(changed["x"])
    if setup.drop_rows or setup.drop_labels_outside is not None:
        changed = _without_rows(changed, setup)
    return _in_whole_batches(changed, setup) if setup.whole_batches and in_memory(changed["x"]) else changed


def _in_whole_batches(arguments: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """The arguments without the batches that the setup finds too small, where a fit can do without them."""
    x, memory = arguments["x"], in_memory(arguments["x"])
    if not remainders.possible(arguments, memory):
        return arguments
    if not memory:
        return {**arguments, "x": remainders.whole_ones(x, setup.whole_batches)}
    rows, end = row_count(x) or 0, training_rows(arguments).stop
    return remainders.cut_off(arguments, setup.whole_batches, rows if end is None else end)


def _without_rows(arguments: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """The arguments without the rows that the setup takes out."""
    names, changed = ("x", "y", "sample_weight"), dict(arguments)
    x, given = changed["x"], arguments.get("validation_data")
    if in_memory(x):
        changed |= zip(names, _rows_of([arguments.get(name) for name in names], setup), strict=True)
    else:
        changed["x"] = _stream_of(x, setup)
    if given is None or not setup.drop_rows:
        return changed
    finite = dataclasses.replace(setup, drop_labels_outside=None)  # what is far out is validated on all the same
    if isinstance(given, tuple | list) and all(in_memory(part) for part in given[:2]):
        changed["validation_data"] = tuple(_rows_of(given, finite))
    else:
        changed["validation_data"] = _stream_of(given, finite)
    return changed


def rejoined(x: Any, setup: Setup) -> Any:
    """Data in which inputs and targets belong together, where the setup says that a pipeline has torn them apart."""
    return pipelines.together(x) if setup.shuffle_together and isinstance(x, tf.data.Dataset) else x


def _rows_of(parts: Sequence[Any], setup: Setup) -> list[Any]:
    """Inputs, targets and weights without the rows that the setup takes out; as they are where it takes none."""
    rows, keep = _rows_in(parts), np.True_
    for place, part in enumerate(parts):
        for array in arrays(part):
            if len(array.shape) and len(array) == rows:
                keep = keep & _rows_kept(array, setup, is_label=place == 1)
    if np.all(keep):
        return list(parts)

    def left(part: Any) -> Any:
        array = None if part is None else np.asarray(part)
        return array[keep] if array is not None and len(array.shape) and len(array) == rows else part

    return [None if part is None else tree.map_structure(left, part) for part in parts]


def _rows_in(parts: Sequence[Any]) -> int:
    """How many rows a batch has: as many as most of its arrays; a dictionary may hold others beside them."""
    lengths = [len(array) for part in parts for array in arrays(part) if len(array.shape)]
    return max(lengths, key=lengths.count, default=0)


def _batch_rows(batch: Any, setup: Setup) -> Any:
    """A batch without the rows that the setup takes out, be it a tuple of its parts or one structure that holds all of them."""
    left = _rows_of(_parts_of(batch), setup)
    return type(batch)(left) if isinstance(batch, tuple | list) else left[0]


def _parts_of(batch: Any) -> Sequence[Any]:
    return batch if isinstance(batch, tuple | list) else (batch,)


def _stream_of(x: Any, setup: Setup) -> Any:
    if isinstance(x, tf.data.Dataset):
        return x.map(lambda *batch: _dataset_rows(batch, setup))
    if isinstance(x, keras.utils.PyDataset):
        return _FilteredDataset(x, setup)
    left = (_batch_rows(batch, setup) for batch in x)
    return (batch for batch in left if _rows_in(_parts_of(batch)))


def _rows_kept(array: Any, setup: Setup, *, is_label: bool) -> Any:
    keep = np.ones(len(array), bool)
    flat = array.reshape(len(array), -1)
    if setup.drop_rows and array.dtype.kind == "f":
        keep &= np.isfinite(flat).all(axis=1)
    if is_label and setup.drop_labels_outside is not None:
        low, high = setup.drop_labels_outside
        keep &= ((flat >= low) & (flat <= high)).all(axis=1)
    return keep


def _dataset_rows(batch: tuple[Any, ...], setup: Setup) -> Any:
    keep = None
    for index, part in enumerate(batch):
        for tensor in tree.flatten(part):
            if not tensor.shape.rank:  # a number for the whole batch
                continue
            flat = tf.reshape(tensor, (tf.shape(tensor)[0], -1))
            here = tf.ones(tf.shape(flat)[0], tf.bool)
            if setup.drop_rows and tensor.dtype.is_floating:
                here = tf.reduce_all(tf.math.is_finite(flat), axis=1)
            if index == 1 and setup.drop_labels_outside is not None:
                low, high = (tf.cast(bound, flat.dtype) for bound in setup.drop_labels_outside)
                here &= tf.reduce_all((flat >= low) & (flat <= high), axis=1)
            keep = here if keep is None else keep & here
    kept = tree.map_structure(lambda each: tf.boolean_mask(each, keep) if each.shape.rank else each, tuple(batch))
    return kept if len(kept) > 1 else kept[0]


def batch_under(batch: Any, setup: Setup) -> Any:
    """A batch without the rows that the setup takes out."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    given = [part for part in parts if not isinstance(part, tf.experimental.Optional) and part is not None]
    kept = _dataset_rows(tuple(given), setup)
    kept = iter(kept if len(given) > 1 else (kept,))
    changed = tuple(
        part if part is None or isinstance(part, tf.experimental.Optional) else next(kept) for part in parts
    )
    return changed if isinstance(batch, tuple) else changed[0]


class _FilteredDataset(HandingOn):
    """A PyDataset without the rows that a setup takes out."""

    def __init__(self, inner: Any, setup: Setup) -> None:
        super().__init__(inner)
        self._setup = setup

    def __getitem__(self, index: int) -> Any:
        return _batch_rows(self._inner[index], self._setup)
