"""A model's own loss at inference, for any order of the targets and for constant outputs."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from autostable.judgement import levels, signal
from autostable.judgement.kinds import are_shares
from autostable.training import compiled_losses, counted, seams
from autostable.training.examine.rows import Rows
from autostable.training.examine.step_loss import other

Array = np.ndarray[Any, Any]
ROUNDING = 1e-4  # of answers in half precision, in parts of what they spread
TOGETHER, MOST_BYTES = 256, 4 * 2**20  # rows that a model is asked of at once, and what they may hold


class ModelLoss:
    """What a model predicts for some rows, and its own loss of it.

    Predictions are made once, on the inference path, in batches of the training's own size. The loss is computed in such
    batches too (one that compares rows would need the memory of all pairs), unless it comes with Keras: those average
    over rows.

    Args:
        model: What is trained.
        rows: What it is asked about.
        loss: Function of (x, y, predictions, weight, output) that gives the training's loss as a scalar tensor, of one
            output alone if one is named.
        places: Where the target of each output lies among the flat parts of the targets.
        by_row: The loss is a mean over rows.
        seconds: After so long no further batch is predicted (the first two are in any case),
        least: if so many rows are.
    """

    def __init__(
        self, model: Any, rows: Rows, loss: Callable[..., Any], *, places: Sequence[int], by_row: bool, seconds: float,
        least: int = 0,
    ) -> None:  # fmt: skip
        self._model, self._loss, self._places = model, loss, list(places)
        made, masks, seen = _predicted(model, rows, seconds, least)
        self.rows = rows.taken(seen)
        self.predictions = made
        self._flat = [tf.convert_to_tensor(part) for part in tree.flatten(made)]
        for tensor, mask in zip(self._flat, masks, strict=True):
            if mask is not None:
                tensor._keras_mask = tf.convert_to_tensor(mask)
        self._x, self._y, self._weight = (
            tree.map_structure(lambda part: None if part is None else tf.convert_to_tensor(part), each)
            for each in (self.rows.x, self.rows.y, self.rows.weight)
        )
        self._masks = masks
        self._size = len(seen) if by_row else rows.batch

    @property
    def count(self) -> int:
        """Rows that were predicted."""
        return self.rows.count

    @property
    def has_nan(self) -> bool:
        """Whether a prediction is NaN."""
        return any(bool(tf.reduce_any(part != part)) for part in self._flat if part.dtype.is_floating)

    @property
    def targets(self) -> list[Array]:
        """The target of each output, in the order of the outputs."""
        flat = tree.flatten(self.rows.y)
        return [np.asarray(flat[place]) for place in self._places]

    @functools.cached_property
    def counts(self) -> list[counted.Mask | None]:
        """What of each output's target counts for the loss, by first axes (see `counted.labels`); None where all does."""
        found = counted.targets(self._model, self.rows.y, self.rows.weight)
        masks = self._masks if len(self._masks) == len(found) else [None] * len(found)
        return [
            counted.both(known, mask if mask is None or mask.shape == part.shape[: mask.ndim] else None)
            for known, mask, part in zip(found, masks, self.targets, strict=True)
        ]

    def counting(self, output: int | None = None) -> Array:
        """The places of the rows of which anything counts, for one output or for any of them."""
        masks = self.counts
        known = counted.rows(masks if output is None or len(masks) <= output else [masks[output]])
        return np.arange(self.count) if known is None else np.flatnonzero(known)

    def true(self, output: int | None = None) -> float:
        """The loss on the true pairs."""
        return self._of(self._flat, self._y, self._weight, self._alone(output))

    def shuffled(self, output: int | None = None) -> Callable[[Array], float]:
        """The loss as a function of an order of the rows that count: their targets (or those of one output) are put into it.

        The weights of the rows go with their targets, so that what a row counts for stays what it was. Where a part of a row
        does not count (padding, pixels that nobody knows), nobody has trained what the network says there: so pairs are
        compared by what counts of both rows, with what these say of the true pairs.
        """
        true, rows = self.true(output), self.counting(output)
        partly = self._partly(output)

        def loss(order: Array) -> float:
            whole = np.arange(self.count)
            whole[rows] = rows[order]
            y, weight = self._moved(output, whole)
            mixed = self._of(self._flat, y, weight, self._alone(output))
            if output is None or partly is None or signal.same(mixed, true):
                return mixed
            common = partly & partly[whole]
            return (
                true + self._of_some(output, y, weight, common) - self._of_some(output, self._y, self._weight, common)
            )

        return loss

    def _moved(self, output: int | None, order: Array) -> tuple[Any, Any]:
        """Targets and weights with the rows in another order; of one of several outputs its target alone."""

        def moved(part: Any) -> Any:
            return None if part is None else tf.gather(part, order)

        alone = self._alone(output)
        if alone is None:
            return tree.map_structure(moved, self._y), tree.map_structure(moved, self._weight)
        parts = tree.flatten(self._y)
        parts[self._places[alone]] = moved(parts[self._places[alone]])
        return tree.pack_sequence_as(self._y, parts), self._weight

    def _partly(self, output: int | None) -> counted.Mask | None:
        """What of an output's target counts, where that is a part of some row; None else."""
        found = self.counts[output] if output is not None and output < len(self.counts) else None
        return found if found is not None and found.ndim > 1 else None

    def _of_some(self, output: int, y: Any, weight: Any, counts: counted.Mask) -> float:
        """The loss of an output by a part of its labels: the others are ignored, as padding, or of weight 0."""
        flat, alone = list(self._flat), self._alone(output)
        ignored = compiled_losses.ignored_labels(self._model)
        if output < len(ignored) and ignored[output] is not None:
            parts, place = tree.flatten(y), self._places[output]
            mask = counted.over(counts, len(parts[place].shape))
            parts[place] = tf.where(mask, parts[place], tf.cast(ignored[output], parts[place].dtype))
            return self._of(flat, tree.pack_sequence_as(y, parts), weight, alone)
        if output < len(self._masks) and self._masks[output] is not None:
            flat[output] = tf.identity(flat[output])
            flat[output]._keras_mask = tf.convert_to_tensor(counts)
            return self._of(flat, y, weight, alone)

        def spared(part: Any) -> Any:
            if part is None or tuple(part.shape[: counts.ndim]) != counts.shape:
                return part
            return part * tf.cast(counted.over(counts, len(part.shape)), part.dtype)

        return self._of(flat, y, tree.map_structure(spared, weight), alone)

    def _alone(self, output: int | None) -> int | None:
        """The output, where there are others beside it."""
        return output if len(self._flat) > 1 else None

    def constant(self, output: int) -> Callable[[Array], float]:
        """The loss as a function of what one output says of every row."""
        like = self._flat[output]

        def loss(value: Array) -> float:
            same = tf.broadcast_to(tf.cast(tf.reshape(value, like.shape[1:]), like.dtype), tf.shape(like))
            if getattr(like, "_keras_mask", None) is not None:
                same._keras_mask = like._keras_mask
            flat = [*self._flat[:output], same, *self._flat[output + 1 :]]
            return self._of(flat, self._y, self._weight, self._alone(output))

        return loss

    def of_output(self, output: int, values: Array) -> float:
        """The loss with other predictions in the place of one output."""
        like = self._flat[output]
        other = tf.cast(tf.convert_to_tensor(values), like.dtype)
        flat = [*self._flat[:output], other, *self._flat[output + 1 :]]
        return self._of(flat, self._y, self._weight, self._alone(output))

    def reads_targets(self, output: int | None = None, times: float = 1.5) -> bool:
        """Whether the loss depends on the targets at all, by targets that are so many times as large."""
        true = self.true(output)
        far = tree.map_structure(lambda part: other(part, times), self._y)
        changed = self._of(self._flat, far, self._weight, self._alone(output))
        return not signal.same(changed, true)

    def cuts(self, output: int, true: float) -> bool:
        """Whether the loss is the very same with an output's targets cut to whole numbers, though that takes much from them.

        What is cut off must come to DELTA of their spread: of numbers in the millions no float32 loss feels the fraction.
        `true` is the loss on the true pairs.
        """
        parts, place = tree.flatten(self._y), self._places[output]
        given = np.asarray(parts[place], np.float64)
        known = given[self.counting(output)]
        if not parts[place].dtype.is_floating or not np.std(known - np.trunc(known)) > levels.DELTA * np.std(known):
            return False
        whole = tf.convert_to_tensor(np.trunc(given), parts[place].dtype)
        cut = tree.pack_sequence_as(self._y, [whole if at == place else part for at, part in enumerate(parts)])
        return self._of(self._flat, cut, self._weight, self._alone(output)) == true

    def blind_within_batches(self, output: int | None) -> bool:
        """Whether shuffling the targets within each batch moves nothing, though among all rows it may.

        A loss that broadcasts, or averages over the wrong axis, sees which rows share a batch and nothing more.
        """
        if self._size >= self.count:
            return False
        true, loss = self.true(output), self.shuffled(output)
        return all(signal.same(loss(self._within_batches(seed)), true) for seed in range(3))

    def looks_ahead(self, output: int, inputs: Sequence[int]) -> bool:
        """Whether what an output says of the first half of the steps depends on the second half of these inputs."""
        some = self.rows.first(self.rows.batch)
        flat = [np.array(part) for part in tree.flatten(some.x)]
        half = flat[inputs[0]].shape[1] // 2
        for place in inputs:
            flat[place][:, half:] = np.roll(flat[place][:, half:], 1, axis=0)
        other_rows = dataclasses.replace(some, x=tree.pack_sequence_as(some.x, flat))
        before, after = (
            tree.flatten(_predicted(self._model, each, 0.0, 0)[0])[output][:, :half] for each in (some, other_rows)
        )
        return not np.allclose(before, after, rtol=0.0, atol=ROUNDING * float(np.std(before)))

    def _within_batches(self, seed: int) -> Array:
        drawn = np.random.default_rng(seed)
        starts = range(0, self.count, self._size)
        return np.concatenate([start + drawn.permutation(min(self._size, self.count - start)) for start in starts])

    def reads_pairs(self, output: int | None) -> bool:
        """Whether shuffling the targets would move the loss of outputs that do differ from row to row."""
        drawn = np.random.default_rng(0)
        flat = [
            tf.cast(tf.convert_to_tensor(_telling(np.asarray(each), self._y, drawn)), each.dtype)
            if output in (None, at) else each
            for at, each in enumerate(self._flat)
        ]  # fmt: skip
        order = self._within_batches(0)
        moved = tree.map_structure(lambda part: tf.gather(part, order), self._y)
        before, after = (self._of(flat, each, None, self._alone(output)) for each in (self._y, moved))
        return not signal.same(after, before)

    def _of(self, flat: list[Any], y: Any, weight: Any, alone: int | None) -> float:
        values, counts = [], []
        for start in range(0, self.count, self._size):
            part = slice(start, min(start + self._size, self.count))
            predictions = tree.pack_sequence_as(self.predictions, [_part(each, part) for each in flat])
            x, targets, weights = (_parts(each, part) for each in (self._x, y, weight))
            values.append(float(self._loss(x, targets, predictions, weights, alone)))
            counts.append(part.stop - part.start)
        return float(np.average(values, weights=counts))


def loss_alone(model: Any, x: Any, y: Any, predictions: Any, weight: Any) -> Any:
    """A model's own loss of predictions, as a scalar tensor, without what regularisers add."""
    loss = model.compute_loss(x=x, y=y, y_pred=predictions, sample_weight=weight)
    added = model.losses
    return loss - tf.add_n([tf.cast(each, loss.dtype) for each in added]) if added else loss


def loss_of(model: Any, x: Any, y: Any, predictions: Any, weight: Any, output: int | None) -> Any:
    """The same; of one of several outputs alone, where Keras notes that."""
    noted = None if output is None else seams.loss_of_output(model, output)
    if noted is not None:
        noted.reset_state()
    loss = loss_alone(model, x, y, predictions, weight)
    return loss if noted is None else noted.result()


def _telling(like: Array, targets: Any, drawn: np.random.Generator) -> Array:
    """Outputs of the same kind (shares that sum to one, shares, numbers) that differ from row to row, drawn at random."""
    noise: Array = np.asarray(drawn.normal(size=like.shape))
    if like.min() < 0 or like.max() > 1 + 1e-3:
        numbers = [np.asarray(part, np.float64) for part in tree.flatten(targets) if part.dtype.is_floating]
        known = numbers[0][np.isfinite(numbers[0])] if numbers else np.zeros(1)
        return noise * (float(known.std()) or 1.0) + float(known.mean())
    if are_shares(like):
        grown = np.exp(noise)
        return np.asarray(grown / grown.sum(axis=-1, keepdims=True))
    return np.asarray(1 / (1 + np.exp(-noise)))


def _parts(structure: Any, rows: slice) -> Any:
    return tree.map_structure(lambda each: None if each is None else _part(each, rows), structure)


def _part(tensor: Any, rows: slice) -> Any:
    if rows.start == 0 and rows.stop == tensor.shape[0]:
        return tensor
    taken = tensor[rows]
    mask = getattr(tensor, "_keras_mask", None)
    if mask is not None:
        taken._keras_mask = mask[rows]
    return taken


def _predicted(model: Any, rows: Rows, seconds: float, least: int) -> tuple[Any, list[Any], Array]:
    """Predictions for as many batches as there is time for, the masks that come with them, and which rows these are.

    Batches are taken from all over the rows, for their first ones may be all of one kind; what comes back is in order. A
    model that says of two batches together what it says of each is asked of several at once: small ones take long.
    """
    began, done, at, at_once = time.perf_counter(), list[_Answers](), 0, 1
    parts = [np.arange(start, min(start + rows.batch, rows.count)) for start in range(0, rows.count, rows.batch)]
    order = _spread(len(parts))
    while at < len(order):
        done += _answers(model, rows, [parts[place] for place in order[at : at + at_once]])
        at = len(done)
        if at > 1 and at * rows.batch >= least and time.perf_counter() - began > seconds:
            break
        if at == 2 and len(order) > 4:
            at_once = _at_once(model, rows, done)
    done.sort(key=lambda each: int(each.rows[0]))
    joined = tree.map_structure(lambda *each: np.concatenate(each), *(each.made for each in done))
    whole = [
        None if any(each is None for each in column) else np.concatenate(column)
        for column in zip(*(each.masks for each in done), strict=True)
    ]
    return joined, whole, np.concatenate([each.rows for each in done])


@dataclasses.dataclass(frozen=True)
class _Answers:
    """What a model says of the rows of one batch, and the masks of its outputs."""

    rows: Array
    made: Any
    masks: list[Any]


def _answers(model: Any, rows: Rows, parts: Sequence[Array]) -> list[_Answers]:
    """Of some batches, asked at once."""
    taken = np.concatenate(parts)
    given = tree.map_structure(lambda each: tf.convert_to_tensor(each[taken]), rows.x)
    seams.forget_sequences(model)  # batches do not come one after the other here
    outputs = model(given, training=False)
    made = tree.map_structure(np.asarray, outputs)
    masks = [getattr(each, "_keras_mask", None) for each in tree.flatten(outputs)]
    if len(parts) == 1:
        return [_Answers(taken, made, masks)]
    found, start = [], 0
    for part in parts:
        here = slice(start, start + len(part))
        start = here.stop
        found.append(
            _Answers(
                part,
                tree.map_structure(lambda each, here=here: each[here], made),
                [None if mask is None else mask[here] for mask in masks],
            )
        )
    return found


def _at_once(model: Any, rows: Rows, done: Sequence[_Answers]) -> int:
    """How many batches it may be asked of at once, by whether it says the same of two together; 1 where it does not."""
    row = sum(int(np.prod(part.shape[1:])) * part.dtype.itemsize for part in map(np.asarray, tree.flatten(rows.x)))
    most = min(TOGETHER, MOST_BYTES // max(row, 1)) // rows.batch
    if most < 2:
        return 1
    apart = [
        np.concatenate([part, other]) for part, other in zip(*(tree.flatten(each.made) for each in done), strict=True)
    ]
    try:
        both = _answers(model, rows, [np.concatenate([each.rows for each in done])])[0]
    except Exception:  # of a number of rows that it is made for
        return 1
    pairs = zip(apart, tree.flatten(both.made), strict=True)
    return most if all(one.shape == other.shape and _alike(one, other) for one, other in pairs) else 1


def _alike(one: Array, other: Array) -> bool:
    """Whether answers are the same but for rounding."""
    if one.dtype.kind != "f":
        return np.array_equal(one, other)
    return np.allclose(one, other, rtol=0.0, atol=ROUNDING * float(np.std(one)), equal_nan=True)


def _spread(count: int) -> list[int]:
    """The numbers below `count`, so that any first few lie all over them (van der Corput 1935)."""
    places = range(1 << max(0, count - 1).bit_length())
    width = max(1, len(places) - 1).bit_length()
    turned = (int(format(place, f"0{width}b")[::-1], 2) for place in places)
    return [place for place in turned if place < count]
