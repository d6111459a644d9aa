"""The audit at the end of every run, healthy ones too: what was trained on, looked at in bounded time, without a trace."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree
from numpy.typing import NDArray

from autostable.evidence import ArrayFacts, EntryFacts
from autostable.knowledge import losses
from autostable.training import counted, data, seams
from autostable.training.audit import is_one_hot
from autostable.training.examine.entries import entries
from autostable.training.examine.glance import Glance
from autostable.training.examine.rows import Rows
from autostable.training.facts import loss_name

LEAST = 0.15  # seconds that the audits of a program may take, or
SHARE = 0.01  # this share of its trainings, where that is more
FEW_ROWS = 256  # of a pipeline that nobody has read yet
MOST_BYTES = 4 * 2**20  # held by a pipeline that is read for an audit only
MOST_LABELS = 2_000_000  # of more the order is not looked at
BATCHES = 4  # fewer than so many batches tell nothing of the order of labels


class Allowance:
    """Time for the audits of a program, of which some train thousands of times."""

    def __init__(self) -> None:
        self.spent = self._trained = 0.0

    def trained(self, seconds: float) -> None:
        """A training took so long."""
        self._trained += seconds

    @property
    def is_left(self) -> bool:
        """Whether there may be another audit."""
        return self.spent < max(LEAST, SHARE * self._trained)

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        """What happens within is an audit."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.spent += time.monotonic() - began


@dataclasses.dataclass(frozen=True)
class Looked:
    """What was seen of the data of one training (see `evidence.Evidence`)."""

    inputs: tuple[ArrayFacts, ...] = ()
    targets: tuple[ArrayFacts, ...] = ()
    weights: ArrayFacts | None = None
    entries: tuple[EntryFacts | None, ...] = ()


def looked(model: Any, arguments: Mapping[str, Any], read: Rows | None) -> Looked:
    """Look at what a fit was given.

    Args:
        model: What was trained.
        arguments: Those of `fit`.
        read: Rows that were read of a pipeline; where there are none, a few are read if that leaves no trace.
    """
    x, batch = arguments["x"], int(arguments.get("batch_size") or 32)
    if data.in_memory(x):
        rows = data.training_rows(dict(arguments))
        given = (x, seams.target_parts(model, arguments["y"]), arguments.get("sample_weight"))
        parts = [[part[rows] for part in data.arrays(each)] for each in given]
        y, weight = (_rows_of(each, rows) for each in (arguments["y"], given[2]))
    else:
        found = (read.x, read.y, read.weight) if read is not None else _few(x)
        if found is None:
            return Looked()
        parts = [data.arrays(each) for each in (found[0], seams.target_parts(model, found[1]), found[2])]
        _, y, weight = found
        batch = batch if read is None else read.batch
    weight = counted.weighed(y, weight, arguments.get("class_weight"))
    seen = facts(model, parts, y, weight, Glance(), batch=batch if in_their_order(arguments) else None)
    inputs, targets = (data.with_places(each, x) for each in (seen.inputs, seen.targets))
    seen = dataclasses.replace(seen, inputs=inputs, targets=targets)
    if isinstance(x, tf.data.Dataset) and len(seen.inputs) == len(parts[0]):
        return dataclasses.replace(seen, inputs=data.decoded_otherwise(x, parts[0], seen.inputs))
    return seen


def in_their_order(arguments: Mapping[str, Any]) -> bool:
    """Whether a fit makes its batches of rows in the order in which they are given."""
    return arguments.get("shuffle") is False or not data.in_memory(arguments["x"])


def _few(x: Any) -> tuple[Any, Any, Any] | None:
    """The first rows of a pipeline that nobody has read yet, unless it holds so much that to copy it would take long."""
    if isinstance(x, tf.data.Dataset) and seams.pipeline_bytes(x) > MOST_BYTES:
        return None
    return data.read(x, traceless=True, most=FEW_ROWS)


def _rows_of(structure: Any, rows: slice) -> Any:
    return tree.map_structure(lambda part: None if part is None else np.asarray(part)[rows], structure)


def facts(
    model: Any, parts: list[list[Any]], y: Any, weight: Any, glance: Glance, *, batch: int | None
) -> Looked:  # fmt: skip
    """What is seen of arrays.

    Args:
        model: What was trained.
        parts: Inputs, targets (in the order of the outputs) and weights.
        y: The targets as they are given.
        weight: What rows weigh, be they given or by their classes.
        glance: What looks at them.
        batch: Rows of a batch, where rows are trained on in their order; None where they are shuffled.
    """
    inputs, targets, weights, counts = data.of_parts(model, parts, y, weight, glance.at)
    if batch is not None and len(targets) == 1 == len(parts[1]):
        targets = (in_order(targets[0], parts[1][0], batch, counts[0]),)
    targets = aligned(model, targets, parts[1])
    count = counted.rows(counts)
    taken = [counted.kept(part, count) for part in parts[0]]
    entered = entries(model, taken, inputs) if len(inputs) == len(parts[0]) else ()
    return Looked(inputs, targets, weights, entered)


def in_order(facts: ArrayFacts, labels: Any, batch: int, counts: counted.Mask | None = None) -> ArrayFacts:
    """Facts of labels with what their order says, where batches of so many rows are made of them as they are.

    Args:
        facts: Of the labels.
        labels: All of them.
        batch: Rows of a batch.
        counts: What of the labels counts; None where all does.
    """
    if counts is not None and counts.ndim > 1:
        return facts
    found = stretches(counted.kept(labels, counts), batch) if len(labels) >= BATCHES * batch else 0
    return dataclasses.replace(facts, stretches=found, batches=len(labels) // batch) if found else facts


def aligned(model: Any, targets: tuple[ArrayFacts, ...], labels: Sequence[Any]) -> tuple[ArrayFacts, ...]:
    """Facts of targets with what a CTC loss cannot align of them, where it is one."""
    frames = _frames(model)
    if frames is None or len(targets) != 1 or len(labels) != 1 or loss_name(model) != losses.CTC:
        return targets
    return (dataclasses.replace(targets[0], unaligned=int(np.count_nonzero(frames_needed(labels[0]) > frames))),)


def _frames(model: Any) -> int | None:
    """Frames that the model's one output gives for each row; None where it is no sequence of a known length."""
    outputs: Any = getattr(model, "outputs", None) or ()
    if len(outputs) != 1 or len(outputs[0].shape) != 3:
        return None
    frames: int | None = outputs[0].shape[1]
    return frames


def frames_needed(labels: Any) -> NDArray[np.integer]:
    """How many frames a CTC loss of Keras needs for each row of labels: one a symbol, and one between two that are equal.

    Keras takes 0 for what is no symbol, and counts the others as the row's length (A. Graves et al., "Connectionist Temporal
    Classification", 2006, on repetitions).

    Args:
        labels: Class numbers (rows, symbols).

    Returns:
        Frames, a number for each row.
    """
    array = np.asarray(labels)
    if array.ndim != 2 or array.size > MOST_LABELS:
        return np.zeros(0, int)
    lengths = (array != 0).sum(axis=1)
    read = np.arange(array.shape[1]) < lengths[:, None]
    repeated = (array[:, 1:] == array[:, :-1]) & read[:, 1:]
    return np.asarray(lengths + repeated.sum(axis=1))


def stretches(labels: Any, batch: int) -> int:
    """How many stretches of equal labels follow each other; 0 where they are no labels, or too few."""
    array = np.asarray(labels)
    if array.ndim == 0 or len(array) > MOST_LABELS:
        return 0
    if is_one_hot(array):
        array = array.argmax(axis=-1)
    if array.size != len(array) or len(array) < BATCHES * batch or array.dtype.kind not in "biuf":
        return 0
    flat = array.reshape(-1)
    return 1 + int(np.count_nonzero(flat[1:] != flat[:-1]))


def validation(model: Any, arguments: Mapping[str, Any], unseen: Rows | None, glance: Glance) -> tuple[ArrayFacts, ...]:
    """Audits of what a fit is validated on; of pipelines only of rows that were read already."""
    given, offset, streamed = arguments.get("validation_data"), 0, False
    if given is None:
        offset = data.training_rows(dict(arguments)).stop or 0
        names = ("x", "y", "sample_weight") if offset else ()
        parts = [_rows_of(arguments.get(name), slice(offset, None)) for name in names]
    elif isinstance(given, tuple | list) and all(data.in_memory(part) for part in given[:2]):
        parts = list(keras.utils.unpack_x_y_sample_weight(tuple(given)))
    else:
        parts, streamed = ([] if unseen is None else [unseen.x, unseen.y, unseen.weight]), True
    counts = counted.targets(model, *parts[1:]) if parts else []
    masks = ([counted.rows(counts)] * len(data.arrays(parts[0])), counts) if parts else ()
    found = [
        each for name, part, mask in zip(("validation x", "validation y"), parts, masks, strict=False)
        for each in data.named(name, data.arrays(part), glance.at, mask)
    ]  # fmt: skip
    found = [dataclasses.replace(each, streamed=streamed) for each in found]
    return tuple(
        dataclasses.replace(each, bad_rows=tuple(offset + row for row in each.bad_rows)) if offset else each
        for each in found
    )
