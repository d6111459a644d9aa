"""What a model at rest has learnt: its statements of signal, skill and reach, each output by itself."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from keras import tree

from autostable.judgement import calibrated, dummy, kinds, levels, parts, reference, signal, summaries, words
from autostable.judgement.kinds import Kind, are_shares, one_length
from autostable.judgement.output import Seen, figure_of
from autostable.judgement.reference import Model, Reference
from autostable.judgement.signal import Signal, Still
from autostable.training import counted, install
from autostable.training.examine.model_loss import ModelLoss
from autostable.training.examine.step_loss import StepLoss

Array = np.ndarray[Any, Any]
Limits = tuple[float, float]
SHUFFLES, FEWEST = 30, 15
MOST_ORDERS, PATIENCE = 1000, 5.0  # orders that settle a doubt by their rank (`levels.SURELY`), seconds they may take
RARE, SHARE = 10, 0.01  # rows of a class, in as large a share, that a constant's loss can be told by
MOST_CLASSES = 20
TINY = 1e-7  # float32 shares are no nearer to 0
SURE = 1e-3  # off 0 or 1: an answer that is as good as sure, whose logarithm is still a number
FAR_OUT = 10.0  # logits of a class that is as good as sure: 1 - 5e-5
FAR_OFF = 1e6  # times as large targets that a loss must see which reads them at all
PERFECT_COLUMNS = (
    64  # of a target that is shuffled against itself: each costs thirty shuffles, and of many all would pass
)


class Look:
    """Looks at one model's predictions for some rows.

    Args:
        loss: Predictions and own loss.
        seconds: About how long shuffling may take.
        one_class: Whether an output is to tell classes apart of which there is one.
        limits: The least and the most that an output can give, where it is compared with numbers; None where it is not known.
        probabilities: Whether the last activation of an output makes probabilities; empty where that is not known.
    """

    def __init__(
        self, loss: ModelLoss, seconds: float, one_class: Callable[[int], bool], limits: Sequence[Limits | None] = (),
        probabilities: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        self._loss, self._one_class, self._limits, self._probabilities = loss, one_class, limits, probabilities
        _, cost = _timed(loss.true)
        self._most = MOST_ORDERS if MOST_ORDERS * cost <= PATIENCE else None
        self._shuffles = int(min(SHUFFLES, max(FEWEST, seconds / max(cost, 1e-6))))
        self._parts = loss.targets
        self._outputs = [np.asarray(part) for part in tree.flatten(loss.predictions)]
        self._masks = loss.counts

    def outputs(self) -> list[Seen]:
        """Each output that has a target of its own; all together where they cannot be told apart."""
        if len(self._parts) != len(self._outputs):
            return [self._seen(None)]
        return [self._seen(index) for index in range(len(self._outputs))]

    def targets(self, index: int) -> Array:
        """The target of an output, of the rows that a plain model is given."""
        return self._few(self._parts[index], index)

    def with_reference(self, seen: Seen, index: int, model: Model) -> Seen:
        """The same with what a plain model makes of these rows, if that is more than what is known."""
        kind = self._kind(index)
        if kind is None or seen.kind is None:
            return seen
        part = self._few(self._parts[index], index)
        targets, inputs = kinds.targets_of(kind, part), self._given(model)
        found = None if inputs is None else reference.reference(kind, self._few(inputs, index), targets, model)
        known = reference.best([seen.reference, found])
        theirs = None if known is None else self._with(index, known)
        own = None if theirs is None else (seen.loss, theirs)
        figure = figure_of(kind, part, self._few(self._outputs[index], index), known)
        plain = None if known is None else reference.signal_of(known, targets)
        missed = parts.missed(seen.silent, targets, known)
        return dataclasses.replace(seen, reference=known, own=own, figure=figure, plain=plain, missed=missed)

    def _seen(self, output: int | None) -> Seen:
        rows = len(self._loss.counting(output))
        found = signal.permutation(self._loss.shuffled(output), rows, shuffles=self._shuffles, most=self._most)
        kind = None if output is None else self._kind(output)
        network = figure = None
        silent: tuple[int, ...] = ()
        if kind is not None and output is not None:
            part, given = self._few(self._parts[output], output), self._few(self._outputs[output], output)
            targets, scores = kinds.targets_of(kind, part), kinds.scores_of(kind, given)
            network, silent = calibrated.calibrated(kind, targets, scores), parts.silent(kind, targets, scores)
            figure = figure_of(kind, part, given, None)
        true = self._loss.true(output)
        logits = self._wants_logits(output, true)
        constant = None if output is None else self._constant(output, logits)
        if network is not None and found.passes and _means_otherwise(kind, network.skill, dummy.skill(true, constant)):
            kind = network = figure = None
            silent = ()
        if not found.passes and not found.moves_nothing and self._loss.blind_within_batches(output):
            found = dataclasses.replace(found, moves_nothing=True)
        still = self._why_still(output) if found.moves_nothing else None
        one_class = still is Still.EQUAL_TARGETS and output is not None and self._one_class(output)
        cut = output is not None and not found.moves_nothing and self._loss.cuts(output, true)
        return Seen(rows, true, found, still, perfect=self._perfect(output), constant=constant, kind=kind,
                    network=network, figure=figure, one_class=one_class, cut=cut, silent=silent, floor=self._floor(output),
                    logits=logits, turned=self._turned(output, true), beyond=self._beyond(output),
                    one_sided=self._one_sided(output), copies=self._copies(output), peeks=self._peeks(output),
                    )  # fmt: skip

    def _floor(self, output: int | None) -> float | None:
        """The loss of the best that an output can give: the targets themselves, as far as they lie in its range."""
        limits = self._limits[output] if output is not None and len(self._limits) == len(self._outputs) else None
        if limits is None or output is None:
            return None
        targets, like = np.asarray(self._parts[output], np.float64), self._outputs[output]
        if targets.size != like.size or like.min() < limits[0] or like.max() > limits[1]:  # something comes behind it
            return None
        return self._loss.of_output(output, np.clip(targets, *limits).reshape(like.shape))

    def _wants_logits(self, output: int | None, true: float) -> bool:
        """Whether a loss that is given shares takes logits: the classes as shares cost a good part of what the network does.

        As logits far out they cost next to nothing. A loss that takes shares is at its least where they are the classes.
        """
        like, classes = self._marks(output)
        if output is None or classes is None or like.min() < 0.0 or like.max() > 1.0:
            return False
        shares, logits = (self._loss.of_output(output, values) for values in (classes, FAR_OUT * (2.0 * classes - 1.0)))
        return 0.0 <= logits < levels.DELTA * shares and shares > levels.DELTA * abs(true)

    def _turned(self, output: int | None, true: float) -> bool:
        """Whether answers that are all wrong cost less than those that are all right: of probabilities of classes or marks.

        Of other outputs nobody says what they mean: who tells twins by their distance is at its least for these. There the
        loss must be at its greatest where they are the targets.
        """
        marks = self._probable(output)
        if output is None or marks is None:
            return output is not None and self._greatest_at_targets(output, true)
        one = marks.shape[-1] > 1 and bool((marks.sum(axis=-1) == 1.0).all())
        wrong = np.roll(marks, 1, axis=-1) if one else 1.0 - marks
        right, turned = (self._loss.of_output(output, values) for values in (marks, wrong))
        return turned < right - levels.DELTA * abs(right)

    def _greatest_at_targets(self, output: int, true: float) -> bool:
        """Whether the targets themselves cost more than what the network says, and less whichever way they are changed.

        No loss that is convex is so, whatever its outputs stand for (the logarithm of a rate, say).
        """
        like, target = self._outputs[output], self._filled(output)
        if target.size != like.size or target.dtype.kind != "f" or not np.isfinite(target).all():
            return False
        known = len(self._probabilities) == len(self._outputs) and self._probabilities[output]
        if known and not 0.0 <= target.min() <= target.max() <= 1.0:
            return False  # of labels that the output cannot give the loss says nothing
        right = self._loss.of_output(output, target.reshape(like.shape))
        if not right > true + levels.DELTA * abs(true):
            return False
        steps = np.random.default_rng(0).normal(size=like.shape) * float(np.std(target))
        changed = (target.reshape(like.shape) + times * steps for times in (levels.DELTA, -levels.DELTA, 1.0, -1.0))
        return all(self._loss.of_output(output, values) < right for values in changed)

    def _beyond(self, output: int | None) -> bool:
        """Whether right answers cost nothing, and answers that go beyond 0 and 1, as these do, less than nothing.

        Scores, of which only the differences count, never cost less than nothing, and right ones as they are a good part.
        """
        like, marks = self._marks(output)
        if output is None or marks is None or not max(-like.min(), like.max() - 1.0) > levels.DELTA:
            return False
        none, right, beyond = (self._loss.of_output(output, times * marks) for times in (0.0, 1.0, FAR_OUT))
        return abs(right) <= levels.DELTA * abs(none) < math.inf and beyond < -levels.DELTA * abs(none)

    def _one_sided(self, output: int | None) -> bool:
        """Whether one answer for every row, 1 or 0, costs no more than all the right ones: of marks and their probabilities.

        Half of a crossentropy is so: -y * log(p) asks for nothing where y is 0.
        """
        marks = self._probable(output)
        if (
            output is None
            or marks is None
            or are_shares(self._outputs[output])
            or not _within_one(self._outputs[output])
        ):
            return False
        mean = np.broadcast_to(marks.mean(axis=0), marks.shape)
        answers = (np.clip(each, SURE, 1 - SURE) for each in (marks, np.ones_like(marks), np.zeros_like(marks), mean))
        right, ones, zeros, shares = (self._loss.of_output(output, each) for each in answers)
        return min(ones, zeros) <= right + levels.DELTA * (shares - right) and right < shares < math.inf

    def _copies(self, output: int | None) -> bool:
        """Whether each target is a number that the model is shown at the same step, and no answer depends on later steps.

        Who rebuilds a sequence from a code of it has read all of it first.
        """
        target = self._steps(output)
        if output is None or target is None:
            return False
        shown = [np.asarray(part) for part in tree.flatten(self._loss.rows.x)]
        known = self._known(output)
        places = [place for place, part in enumerate(shown) if _equal(part, target, known)]
        return bool(places) and not self._loss.looks_ahead(output, places)

    def _peeks(self, output: int | None) -> bool:
        """Whether each target is the number that the model is shown one step later, and its answers depend on later steps."""
        target = self._steps(output)
        if output is None or target is None:
            return False
        shown = [np.asarray(part) for part in tree.flatten(self._loss.rows.x)]
        alike = [place for place, part in enumerate(shown) if part.shape == target.shape and part.dtype.kind in "iu"]
        known = self._known(output)
        places = [place for place in alike if _equal(shown[place][:, 1:], target[:, :-1], known[:, :-1])]
        return bool(places) and self._loss.looks_ahead(output, places)

    def _steps(self, output: int | None) -> Array | None:
        """The targets of an output that says a whole number at each step; None of others."""
        if output is None or len(self._parts) != len(self._outputs):
            return None
        target, like = np.asarray(self._parts[output]), self._outputs[output]
        if target.dtype.kind not in "iu" or target.ndim != 2 or target.shape != like.shape[:2] or target.shape[1] < 2:
            return None
        return None if _same(target) else target

    def _probable(self, output: int | None) -> Array | None:
        """The marks of an output whose last activation makes probabilities; None of others."""
        known = output is not None and len(self._probabilities) == len(self._outputs) and self._probabilities[output]
        return self._marks(output)[1] if known else None

    def _marks(self, output: int | None) -> tuple[Array, Array | None]:
        """An output, and what it should be where its targets are classes or marks of 0 and 1; None where they are not."""
        if output is None or len(self._parts) != len(self._outputs):
            return np.zeros(0), None
        like = self._outputs[output]
        return like, _as_shares(self._filled(output), like.shape) if like.size else None

    def _kind(self, index: int) -> Kind | None:
        if len(self._parts) != len(self._outputs):
            return None
        inputs = tree.flatten(self._loss.rows.x)
        rows = self._loss.counting(index)
        targets, outputs = self._parts[index][rows], self._outputs[index][rows]
        return kinds.what_kind(targets, outputs, inputs[0][rows] if len(inputs) == 1 else None)

    def _few(self, part: Array, output: int) -> Array:
        """The rows that count for an output, as many as a plain model is given: both must have the same."""
        return reference.first_rows(part[self._loss.counting(output)])

    def _counted(self, output: int) -> Array:
        """The target of an output, the rows that count; NaN stands for what does not count of one of these."""
        part, mask, rows = self._parts[output], self._masks[output], self._loss.counting(output)
        if mask is None or mask.ndim == 1 or part.dtype.kind not in "biuf":
            return part[rows]
        return np.asarray(np.where(self._known(output), part, np.nan)[rows])

    def _known(self, output: int) -> Array:
        """Which entries of the target of an output count."""
        part, mask = self._parts[output], self._masks[output]
        known = np.ones(1, np.bool_) if mask is None else mask
        return np.broadcast_to(counted.over(known, part.ndim), part.shape)

    def _filled(self, output: int) -> Array:
        """The target of an output with a label that counts in the place of each that does not: the loss leaves these out."""
        part, mask = self._parts[output], self._masks[output]
        if mask is None or not mask.any():
            return part
        return np.asarray(np.where(self._known(output), part, part[mask][0]))

    def models(self) -> Iterator[Model]:
        """The plain models that there are for these inputs, what costs least first; looks at these when it is asked."""
        if self._words is not None:
            yield Model.WORDS
        if all(part.dtype.kind in "biuf" for part in map(np.asarray, tree.flatten(self._loss.rows.x))):
            yield from (Model.RIDGE, Model.TREES)

    @functools.cached_property
    def _words(self) -> Any:
        """The words that the inputs hold; None where none of them holds any."""
        parts = [words.words_of(part) for part in tree.flatten(self._loss.rows.x)]
        known = [part for part in parts if part is not None]
        return (
            np.concatenate(known, axis=1) if known and len({part.dtype.kind in "OUS" for part in known}) == 1 else None
        )

    @functools.cached_property
    def summaries(self) -> Array | None:
        """Figures of what each row looks like as a whole; None where all inputs are tables."""
        parts = [summaries.summaries(np.asarray(part)) for part in tree.flatten(self._loss.rows.x)]
        known = [part for part in parts if part is not None]
        return np.concatenate(known, axis=1) if known else None

    def _given(self, model: Model) -> Any:
        """What a plain model is given."""
        return self._words if model is Model.WORDS else self.summaries if model is Model.SUMMARIES else self._inputs()

    def _inputs(self) -> Array | None:
        """All inputs side by side; None where one is no number."""
        parts = [np.asarray(part) for part in tree.flatten(self._loss.rows.x)]
        if any(part.dtype.kind not in "biuf" for part in parts):
            return None
        return np.concatenate([part.reshape(len(part), -1).astype(np.float64) for part in parts], axis=1)

    def _why_still(self, output: int | None) -> Still:
        outputs = self._outputs if output is None else [self._outputs[output][self._loss.counting(output)]]
        same = all(_same(part) for part in outputs)
        parts = self._parts if output is None else [self._counted(output)]
        differ = not all(_same(part) for part in parts)
        # what predictions are off by may be so much larger than all targets that these do not show
        reads = self._loss.reads_targets(output) or self._loss.reads_targets(output, FAR_OFF)
        return signal.why_it_does_not_move(same, reads, differ, self._loss.reads_pairs(output))

    def _perfect(self, target: int | None) -> Signal | None:
        if target is None and len(self._parts) != 1:
            return None
        part = self._filled(target or 0)[self._loss.counting(target or 0)]
        if part.dtype.kind not in "biuf":
            return None
        table = part.reshape(len(part), -1).astype(np.float64)
        few = table.shape[1] <= PERFECT_COLUMNS
        return signal.of_perfect_predictions(table) if few and np.isfinite(table).all() else None

    def _constant(self, output: int, logits: bool) -> float | None:
        targets, outputs = self._counted(output), self._outputs[output][self._loss.counting(output)]
        rare = self._kind(output) is not Kind.NUMBER and has_rare_class(targets)
        if not len(targets) or _same(targets) or rare:
            return None  # of so few rows of a class no constant's loss can be told
        loss = self._loss.constant(output)
        if not logits:  # those may be whatever they like
            if _within_one(outputs) and _within_one(targets):
                loss = _from_0_to_1(loss)
            loss = _positive(loss, outputs, targets)
        loss = _of_its_kind(loss, outputs)
        starts = constants(targets, outputs.shape[1:])
        starts.append(outputs.mean(axis=0, dtype=np.float64).ravel())
        starts = [start for start in starts if np.isfinite(start).all()]
        # a guard makes numbers of what the loss has no place for (a probability of 2), and no training is to be beaten by these
        with install.operations_as_they_are():
            best = dummy.best_constant(loss, starts, evaluations=self._shuffles)
        return dummy.best_constant(loss, starts, evaluations=self._shuffles) if best is None else best

    def _with(self, index: int, found: Reference) -> float | None:
        """The own loss of a plain model's calibrated predictions in the place of an output; None where they do not fit it."""
        like = self._outputs[index]
        values = found.calibrated.predictions
        if found.kind is Kind.CLASS and values.shape[1] == 2 and like[0].size == 1:
            share = np.clip(values[:, 1:], 1e-6, 1 - 1e-6)
            values = share if like.min() >= 0 and like.max() <= 1 else np.log(share / (1 - share))
        rows = self._loss.counting(index)
        if len(values) != len(rows) or values[0].size != like[0].size:
            return None
        placed = np.repeat(
            values.mean(axis=0, keepdims=True), len(like), axis=0
        )  # rows that do not count do not matter
        placed[rows] = values
        return self._loss.of_output(index, placed.reshape(like.shape))


def _as_shares(targets: Array, shape: tuple[int, ...]) -> Array | None:
    """Targets as shares in the shape of an output: flags, one-hot rows, or numbers of classes; None where they are others."""
    if targets.dtype.kind not in "biuf" or not np.isin(targets, range(shape[-1]) if shape[-1] > 1 else (0, 1)).all():
        return None
    if targets.size == math.prod(shape):
        flags = targets.reshape(shape).astype(np.float64)
        return flags if flags.max() <= 1.0 else None
    if targets.size * shape[-1] != math.prod(shape):
        return None
    return np.asarray(np.eye(shape[-1])[targets.astype(int).reshape(shape[:-1])])


def constants(targets: Array, shape: tuple[int, ...]) -> list[Array]:
    """Outputs of that shape that say the same of every row: the mean or the median of the targets, shares of classes.

    Each once as it is and once as the logit or the logarithm of itself, for nobody knows what the loss takes.
    """
    if targets.dtype.kind not in "biuf":
        return []
    rows, width = targets.reshape(len(targets), -1).astype(np.float64), math.prod(shape)
    if not np.isfinite(rows).any():
        return []
    if rows.shape[1] == width:
        clean = np.where(np.isfinite(rows), rows, np.nan)
        with np.errstate(all="ignore"):
            middle = [np.nan_to_num(np.nanmean(clean, axis=0)), np.nan_to_num(np.nanmedian(clean, axis=0))]
        return [*middle, *_as_logits(middle[0])]
    places = shape[-1] if shape else 0
    whole = rows[np.isfinite(rows)]
    if places > 1 and width == rows.shape[1] * places and (whole == np.round(whole)).all() and whole.max() < places:
        inside = whole[whole >= 0].astype(int)
        shares = np.maximum(np.bincount(inside, minlength=places) / max(1, len(inside)), TINY)
        return [np.tile(each, rows.shape[1]) for each in (shares, np.log(shares))]
    return []


def _as_logits(mean: Array) -> list[Array]:
    found = []
    if mean.min() > 0:
        found.append(np.log(mean))
        if mean.max() < 1:
            found.append(np.log(mean / (1 - mean)))
    return found


def _of_its_kind(loss: Callable[[Array], float], outputs: Array) -> Callable[[Array], float]:
    """The loss of constants that the network could give as well.

    Shares that sum to one, or their logarithms, where its own do, and vectors of one length where its own are (unit vectors).

    Some losses are lower for shares that sum to more (a divergence, a plain log-probability), and nothing would ever beat
    such a constant.
    """
    if are_shares(outputs):
        return lambda value: loss(_shares(value, outputs.shape[-1]).ravel())
    with np.errstate(over="ignore"):
        logarithms = are_shares(np.exp(np.asarray(outputs, np.float64)))
    if logarithms:
        return lambda value: loss(_log_shares(value, outputs.shape[-1]).ravel())
    length = one_length(outputs)
    if length is not None:
        return lambda value: loss(_of_length(value, outputs.shape[-1], length).ravel())
    return loss


def _positive(loss: Callable[[Array], float], outputs: Array, targets: Array) -> Callable[[Array], float]:
    """The loss of constants that are above 0 wherever the network's own answers all are.

    Parameters of a density have to be: of others a formula may give a number that is no likelihood. Of answers that stand
    beside a target each, only where none of these is negative, or a network that cannot say so would be none the worse.
    """
    above = (outputs > 0).reshape(len(outputs), -1).all(axis=0)
    if targets.size == outputs.size:
        above &= ~(targets < 0).reshape(len(targets), -1).any(axis=0)
    return (lambda value: loss(np.where(above, np.maximum(value, TINY), value))) if above.any() else loss


def _within_one(values: Array) -> bool:
    return bool(values.dtype.kind in "biuf" and values.size and values.min() >= 0.0 and values.max() <= 1.0)


def _from_0_to_1(loss: Callable[[Array], float]) -> Callable[[Array], float]:
    """The loss of constants from 0 to 1, where outputs and targets are: of others some overlaps have less than no loss."""
    return lambda value: loss(np.clip(value, 0.0, 1.0))


def _of_length(value: Array, places: int, length: float) -> Array:
    vectors = np.asarray(value, np.float64).reshape(-1, places)
    return np.asarray(length * vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _shares(value: Array, places: int) -> Array:
    shares = np.maximum(np.asarray(value, np.float64).reshape(-1, places), TINY)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def _log_shares(value: Array, places: int) -> Array:
    logits = np.asarray(value, np.float64).reshape(-1, places)
    peak = logits.max(axis=-1, keepdims=True)
    return np.asarray(logits - peak - np.log(np.exp(logits - peak).sum(axis=-1, keepdims=True)))


def has_rare_class(targets: Any) -> bool:
    """Whether a class has so few rows, of so many, that nothing can be told by them (frauds, clicks)."""
    for part in tree.flatten(targets):
        table = np.asarray(part)
        if table.dtype.kind not in "biuf" or table.size != len(table) or len(table) < RARE / SHARE:
            continue
        _, counts = np.unique(table, return_counts=True)
        if 1 < len(counts) <= MOST_CLASSES and counts.min() < RARE:
            return True
    return False


def has_equal_targets(targets: Any) -> bool:
    """Whether one of several targets says the same of all rows."""
    return any(_same(np.asarray(part)) for part in tree.flatten(targets))


def _means_otherwise(kind: Kind | None, as_scores: float, skill: float | None) -> bool:
    """Whether outputs are no scores of the classes that they are held against (places in a space in which distances count).

    Calibration takes nothing from scores: where the loss has learnt much and outputs tell no class, it is about something else.
    """
    return kind is Kind.CLASS and skill is not None and skill >= levels.REACH and as_scores < levels.DELTA


def _equal(shown: Array, target: Array, known: Array) -> bool:
    """Whether an input is a target wherever that counts."""
    return shown.shape == target.shape and bool(known.any()) and bool((shown == target)[known].all())


def _same(part: Array) -> bool:
    """Whether all rows are equal, but for rounding."""
    if part.dtype.kind not in "biuf":
        return bool((part == part[:1]).all())
    table = part.reshape(len(part), -1).astype(np.float64)
    reach = np.ptp(table, axis=0)
    return bool((reach <= 1e-6 * np.maximum(np.abs(table).max(axis=0), 1e-12)).all())


def _timed(call: Callable[[], float]) -> tuple[float, float]:
    began = time.perf_counter()
    value = call()
    return value, time.perf_counter() - began


def of_step(loss: StepLoss, seconds: float, *, first: float) -> Seen:
    """What a step that the user wrote shows: its signal alone, as its model is used.

    Args:
        loss: Of the step.
        seconds: About how long shuffling may take.
        first: Likewise of a first look, on the latest batches alone: where the signal is there the others are not asked.
    """
    true, cost = _timed(loss.true)
    cost = max(cost, 1e-6)
    shuffles = int(min(SHUFFLES, max(FEWEST, seconds / cost)))
    few = loss.latest(int(loss.batches * first / (cost * shuffles)))
    found = signal.permutation(few.shuffled(), few.count, shuffles=shuffles)
    if few is not loss and not found.passes:
        found = signal.permutation(loss.shuffled(), loss.count, shuffles=shuffles)
    still = None
    if found.moves_nothing:
        constant = not loss.reads_inputs()
        reads = loss.reads_targets()
        drowned = not reads and loss.reads_targets(FAR_OFF)  # what it is off by is so much larger than all targets
        still = signal.why_it_does_not_move(constant, reads or drowned, loss.targets_differ(), drowned)
    return Seen(loss.count, true, found, still, trained=loss.in_training())


def with_reference(seen: Seen, inputs: Array, targets: Array) -> Seen:
    """What a plain model finds in the rows of a step in which no signal was seen.

    A batch or a few have little to say: only where a plain model finds something in the same rows should the network have,
    too; where none applies nothing can be told.
    """
    if seen.signal.passes or seen.signal.moves_nothing:
        return seen
    whole = targets.size == len(targets) and targets.dtype.kind in "iu" and targets.size and targets.min() >= 0
    kind = kinds.what_kind(targets, np.zeros((len(targets), int(targets.max()) + 1)) if whole else targets, inputs)
    found = None
    if kind is not None and inputs.dtype.kind in "biuf":
        table = inputs.reshape(len(inputs), -1).astype(np.float64)
        found = reference.reference(kind, table, kinds.targets_of(kind, targets), Model.RIDGE)
    unable = dataclasses.replace(seen.signal, p=1.0)  # as if the best that is known had not passed either
    return dataclasses.replace(seen, reference=found, perfect=seen.perfect if found is not None else unable)


__all__ = ["Look", "Seen", "constants", "of_step", "with_reference"]
