"""A step that the user wrote, taken apart at its model: what the model is asked, and what the step makes of its answer."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from autostable.judgement import levels, signal
from autostable.setup import Setup
from autostable.training import facts, layers_called
from autostable.training.examine.kept import rows_in
from autostable.training.examine.recognised import recognised
from autostable.training.examine.step_loss import other, tensor

Array = np.ndarray[Any, Any]
MOST_MODELS = 3  # in a chain, the last one included
FAR_OFF = 1e3  # times as large rows: no noise that a step adds to them is as large
_log = logging.getLogger("autostable")


class Training(Protocol):
    """The training whose step it is."""

    def step_loss(self, batch: Any) -> float | None:
        """What the step comes to on this batch; None where it cannot be run like this."""

    def at_rest(self) -> contextlib.AbstractContextManager[None]:
        """What happens within leaves no trace."""

    def trains(self, model: Any) -> bool:
        """Whether a variable of this model is trained."""


@dataclasses.dataclass(frozen=True)
class _Call:
    """A call of a model that no other model makes."""

    model: Any
    asked: list[Any]
    answer: Any


@dataclasses.dataclass(frozen=True)
class _Parts:
    """Which flat parts of what a step is called with are what, and which of its calls of models.

    Attributes:
        inputs: The parts that a model is asked about.
        answer: The place of the call, among all of them, that answers.
        target: The part that it should come to; None where that is what another model says.
        weight: The part that says how much each row counts, if there is one.
        teacher: The place of the call of that other model, which is not trained.
    """

    inputs: Sequence[int]
    answer: int
    target: int | None = None
    weight: int | None = None
    teacher: int | None = None


class ModelStep:
    """A step with one model, or a chain of models, as a model of its own with a loss of its own.

    It stands for the patient of a `Judge`, and for its model: called with the rows that are no target, it runs the step as
    far as the model's answer, on the inference path.

    Attributes:
        batches: (x, y, weights) of each batch; `x` is a list of the parts that share their first axis and are neither the
            target nor what says how much each row of it counts, of which there may be none.
        by_row: The step's loss is a mean over rows.
        alone: The one model that is trained; None of a chain.
    """

    def __init__(self, training: Training, batches: Sequence[Any], parts: _Parts, models: Sequence[_Call]) -> None:
        self._training, self._like, self._parts = training, batches[-1], parts
        answer = models[-1].answer
        self._shape = tuple(answer.shape) if tf.is_tensor(answer) else None
        self.alone = models[0].model if len(models) == 1 else None
        self._flat = [tensor(part) for part in tree.flatten(self._like)]
        self.batches = [self._unpacked(batch) for batch in batches]
        self.by_row = self._averages_rows()

    def _unpacked(self, batch: Any) -> tuple[list[Array], Array, Array | None]:
        flat, weight = tree.flatten(batch), self._parts.weight
        return (
            [np.asarray(flat[place]) for place in self._parts.inputs],
            self._targets_of(batch),
            None if weight is None else np.asarray(flat[weight]),
        )

    def _targets_of(self, batch: Any) -> Array:
        if self._parts.target is not None:
            return np.asarray(tree.flatten(batch)[self._parts.target])
        assert self._parts.teacher is not None
        calls, _ = _followed(self._training, batch)
        return np.asarray(calls[self._parts.teacher].answer)

    @property
    def model(self) -> ModelStep:
        """What is asked for predictions."""
        return self

    @functools.cached_property
    def limits(self) -> Sequence[tuple[float, float] | None]:
        """What the one model's output can give, where the step's loss compares it with numbers."""
        return () if self.alone is None else facts.limits(self.alone, self.loss()[0])

    @property
    def probabilities(self) -> Sequence[bool]:
        """Whether the one model's output is made of probabilities."""
        return () if self.alone is None else facts.gives_probabilities(self.alone)

    @property
    def data_setup(self) -> Setup:
        """The rows of a step are those that it is called with."""
        return Setup()

    def at_rest(self) -> contextlib.AbstractContextManager[None]:
        """What happens within leaves no trace."""
        return self._training.at_rest()

    def __call__(self, x: Sequence[Any], training: bool = False) -> Any:
        """The model's answer for some rows."""
        del training  # it is always asked as it is used
        y, weight = (self._some(place, len(x[0])) for place in (self._parts.target, self._parts.weight))
        y = x[0] if self._parts.target in self._parts.inputs else y
        calls, _ = _followed(self._training, self._placed(x, y, weight))  # no answer depends on these
        return calls[self._parts.answer].answer

    def _some(self, place: int | None, count: int) -> Any:
        """So many rows of a part of the latest batch, from the front again where they are used up."""
        known = None if place is None else self._flat[place]
        return None if known is None else tf.gather(known, np.arange(count) % len(known))

    def own_loss(self, x: Any, y: Any, predictions: Any, weight: Any, output: int | None) -> float:
        """What the step comes to, had its model given these predictions."""
        del output
        if weight is None:
            weight = self._some(self._parts.weight, len(y))
        answers = {self._parts.answer: predictions}
        if self._parts.teacher is not None:
            answers[self._parts.teacher] = tf.convert_to_tensor(y)
        return _answered(self._training, self._placed(x, y, weight), answers)

    def step_loss(self, batch: Any) -> float | None:
        """What the step comes to on this batch."""
        return self._training.step_loss(batch)

    def trains(self, model: Any) -> bool:
        """Whether a variable of this model is trained."""
        return self._training.trains(model)

    def is_plain(self, batch: tuple[Any, Any, Any]) -> bool:
        """The step is the user's own."""
        del batch
        return False

    @property
    def places(self) -> tuple[Sequence[int], int | None]:
        """Which flat parts of what the step is called with are inputs, and which is the target."""
        return self._parts.inputs, self._parts.target

    def given(self, calls: Sequence[Any]) -> tuple[list[Array], Array]:
        """What the model is asked in these calls of the step, which may be more than its rows, and their targets."""
        asked, targets = [], []
        for call in calls:
            target = self._targets_of(call)
            calls, _ = _followed(self._training, call)
            first = next(each for each in calls if self._training.trains(each.model))
            parts = [part for part in first.asked if rows_in(part) == len(target)]
            asked.append([np.asarray(part) for part in parts])
            targets.append(target)
        return [np.concatenate(parts) for parts in zip(*asked, strict=True)], np.concatenate(targets)

    def loss(self) -> tuple[str | None, bool]:
        """The name of the loss in Keras, if it is there, and whether it takes logits; none of several answers."""
        if self._shape is None:
            return None, False
        x, y, weight = self.batches[-1]
        even = None if weight is None else np.ones_like(weight)
        return recognised(lambda predictions: self.own_loss(x, y, tf.constant(predictions), even, None), y, self._shape)

    def _placed(self, x: Sequence[Any], y: Any, weight: Any) -> Any:
        """What the step is called with, with other rows."""
        flat = list(self._flat)
        places = [*self._parts.inputs, self._parts.target, self._parts.weight]
        for place, part in zip(places, [*x, y, weight], strict=True):
            if place is not None:
                flat[place] = tf.cast(part, flat[place].dtype)  # rows are kept in Keras' own precision
        return tree.pack_sequence_as(self._like, flat)

    def _averages_rows(self) -> bool:
        """Whether two batches together come to the mean of both."""
        if len(self.batches) < 2:
            return True  # nothing is ever asked of other rows than these
        both = self.batches[-2:]
        try:
            apart = [self.own_loss(x, y, self(x), weight, None) for x, y, weight in both]
            x = [np.concatenate(parts) for parts in zip(*(x for x, _, _ in both), strict=True)]
            answers = [self(x) for x, _, _ in both]
            predictions = tree.map_structure(lambda *parts: tf.concat(parts, axis=0), *answers)
            weights = [weight for _, _, weight in both if weight is not None]
            weight = np.concatenate(weights) if weights else None
            whole = self.own_loss(x, np.concatenate([y for _, y, _ in both]), predictions, weight, None)
        except Exception:  # a step that is written for one number of rows
            return False
        return signal.same(whole, float(np.mean(apart)))


def taken_apart(training: Training, batches: Sequence[Any]) -> ModelStep | None:
    """A step as a model and a loss; None where it has several models, or several targets, or none.

    Args:
        training: The training, at rest.
        batches: Structures of arrays of the same shapes that the step was called with, the latest last.
    """
    try:
        return _apart(training, batches)
    except Exception as error:  # a step that only its own loop can call, or that takes other data than these
        _log.debug("a step could not be taken apart", exc_info=error)
        return None


def contrasts(training: Training, batch: Any) -> bool:
    """Whether a model's answer sets every row of a batch against every other: what belongs together are two views of a row."""
    flat = [tensor(part) for part in tree.flatten(batch)]
    rows = max(map(rows_in, flat), default=0)
    fewer = tree.pack_sequence_as(batch, [part[:-1] if rows_in(part) == rows else part for part in flat])
    try:
        shapes = [_shapes(_followed(training, each)[0]) for each in (batch, fewer)]
    except Exception as error:  # a step that is written for one number of rows
        _log.debug("a step could not be run on fewer rows", exc_info=error)
        return False
    return any(shape[:2] == [rows, rows] and less[:2] == [rows - 1] * 2 for shape, less in zip(*shapes, strict=False))


def asks_of(training: Training, batch: Any, targets: Sequence[int]) -> bool:
    """Whether a model that is trained is asked of one of these parts of a batch itself: then it is a sample, and no target.

    Which row of one sample meets which of another means nothing (a ratio of two densities, a divergence of two samples).
    """
    flat = [tensor(part) for part in tree.flatten(batch)]
    asked = [part for call in _followed(training, batch)[0] if training.trains(call.model) for part in call.asked]
    given = [np.asarray(flat[place]) for place in targets]
    return any(np.array_equal(np.asarray(part), each) for part in asked for each in given)


def _shapes(calls: Sequence[_Call]) -> list[list[int]]:
    return [list(part.shape) for call in calls for part in tree.flatten(call.answer) if tf.is_tensor(part)]


def _apart(training: Training, batches: Sequence[Any]) -> ModelStep | None:
    batch = batches[-1]
    flat = [tensor(part) for part in tree.flatten(batch)]
    sizes = [rows_in(part) for part in flat]
    rows = [place for place, size in enumerate(sizes) if size == max(sizes) >= 2]
    calls, loss = _followed(training, batch)
    last = max((place for place, call in enumerate(calls) if training.trains(call.model)), default=None)
    if last is None or loss is None or not _answers(calls[last], max(sizes)):
        return None
    chain = [place for place in range(last) if _hangs_on(training, batch, calls, last, place)]
    others = [place for place in range(len(calls)) if place != last and place not in chain]
    if len(chain) >= MOST_MODELS or len(others) > 1 or any(training.trains(calls[place].model) for place in others):
        return None
    models = [calls[place] for place in (*chain, last)]
    given = dict(enumerate(call.answer for call in calls))
    half = {**given, last: tree.map_structure(_unlike, calls[last].answer)}
    flat = [_without_gaps(part) for part in flat]

    def loss_of(parts: Sequence[Any], answers: Mapping[int, Any]) -> float:
        return _answered(training, tree.pack_sequence_as(batch, parts), answers)

    def moves(parts: Sequence[Any], said: Mapping[int, Any] | None = None) -> bool:
        """Whether the loss of an answer is another one with these parts; beside one that has blown up nothing is seen."""
        return any(
            np.isfinite(before := loss_of(flat, answers))
            and not signal.same(loss_of(parts, {**answers, **(said or {})}), before)
            for answers in (given, half)
        )

    if moves(flat):
        return None  # what it draws beside its model may be its target

    def weighs(place: int) -> bool:
        """Whether rows count for as much as this part says: of twice as much the loss is the same, or twice as large."""
        if not _may_weigh(flat[place]):
            return False
        twice = [part * 2 if at == place else part for at, part in enumerate(flat)]
        pairs = [(loss_of(flat, answers), loss_of(twice, answers)) for answers in (given, half)]
        return any(all(signal.same(after, times * before) for before, after in pairs) for times in (1, 2))

    targets = [place for place in rows if moves([other(part) if at == place else part for at, part in enumerate(flat)])]
    weights = [place for place in targets if weighs(place)] if len(targets) == 2 else []
    if len(weights) == 2:  # shares of classes, which enter a cross-entropy as weights do: these are one number a row
        most = max(int(tf.size(flat[place])) for place in weights)
        weights = [place for place in weights if int(tf.size(flat[place])) < most]
    if others:  # beside what a teacher says a part of the rows may be half of the target (what an action brought)
        (teacher,) = others
        said = calls[teacher].answer
        if targets or not rows or not tf.is_tensor(said) or not moves(flat, {teacher: tf.reverse(said, [0])}):
            return None
        return ModelStep(training, batches, _Parts(rows, last, teacher=teacher), models)
    if len(targets) - len(weights) != 1:
        return None
    (target,) = set(targets) - set(weights)
    inputs = [place for place in rows if place not in targets] or [target]  # the latter of what rebuilds its input
    asks = _asks_of(training, batch, flat, target)
    if asks is not (target in inputs):
        # of noise that a step draws nobody says which rows it is to become, and what a model is asked about is no target of it
        return None
    return ModelStep(training, batches, _Parts(inputs, last, target, *weights), models)


def _unlike(part: Any) -> Any:
    """An answer of about a half, another number in each place: one that has blown up may be the same for all targets."""
    noise = np.random.default_rng(0).uniform(0.25, 0.75, part.shape)
    return tf.constant(noise, part.dtype) if part.dtype.is_floating else tf.ones_like(part)


def _may_weigh(part: Any) -> bool:
    """Whether no number of a part is below 0: it may say what rows, or entries of them, count for."""
    return bool(part.dtype.is_floating and np.isfinite(values := np.asarray(part)).all() and values.min() >= 0)


def _asks_of(training: Training, batch: Any, flat: Sequence[Any], place: int) -> bool:
    """Whether what a step asks its models is something else with far other rows in that place, its own noise apart."""

    def asked(parts: Sequence[Any]) -> list[Array]:
        calls, _ = _followed(training, tree.pack_sequence_as(batch, parts))
        return [np.asarray(part, np.float64) for call in calls for part in call.asked if tf.is_tensor(part)]

    def apart(others: list[Array]) -> float:
        return sum(float(np.mean(np.abs(one - two))) for one, two in zip(ours, others, strict=True))

    ours = asked(flat)
    changed = [other(part, FAR_OFF) if at == place else part for at, part in enumerate(flat)]
    return apart(asked(changed)) > levels.TWICE * apart(asked(flat))


def _without_gaps(part: Any) -> Any:
    """A part with 0 in the place of what is not finite."""
    floats = part is not None and part.dtype.is_floating
    return tf.where(tf.math.is_finite(part), part, tf.zeros_like(part)) if floats else part


def _followed(
    training: Training, batch: Any, answer: Callable[[int, Callable[[], Any]], Any] = lambda place, ask: ask()
) -> tuple[list[_Call], float | None]:
    """The calls of models in one step, each at inference, and its loss.

    Args:
        training: The training.
        batch: What the step is called with.
        answer: Gives the answer to a call, by its place among all of them and what asks the model itself.
    """
    calls: list[_Call] = []

    def listen(proceed: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
        if len(layers_called.stack()) != 1 or not isinstance(layer, keras.Model):
            return proceed(layer, *args, **kwargs)
        given = answer(len(calls), lambda: _at_inference(proceed, layer, args, kwargs))
        calls.append(_Call(layer, tree.flatten((args, kwargs)), given))
        return given

    with layers_called.following(listen):
        loss = training.step_loss(batch)
    return calls, loss


def _answered(training: Training, batch: Any, answers: Mapping[int, Any]) -> float:
    """The loss of one step in which some models, by the order of their calls, give these answers."""
    _, loss = _followed(training, batch, lambda place, ask: answers[place] if place in answers else ask())
    return float("nan") if loss is None else loss


def _at_inference(proceed: Callable[..., Any], model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a model answers as it is used, however the step asks it."""
    if any(isinstance(each, bool) for each in args):
        return proceed(model, *(False if isinstance(each, bool) else each for each in args), **kwargs)
    return proceed(model, *args, **{**kwargs, "training": False})


def _hangs_on(training: Training, batch: Any, calls: Sequence[_Call], last: int, place: int) -> bool:
    """Whether one call's answer is another one where an earlier call has given each row the answer for the next."""

    def answer(at: int, ask: Callable[[], Any]) -> Any:
        return tree.map_structure(lambda part: tf.roll(part, 1, axis=0), ask()) if at == place else ask()

    changed, _ = _followed(training, batch, answer)
    if len(changed) != len(calls):
        return False
    pairs = zip(*(tree.flatten(each[last].answer) for each in (changed, calls)), strict=True)
    return any(bool(np.any(np.asarray(new) != np.asarray(old))) for new, old in pairs)


def _answers(call: _Call, rows: int) -> bool:
    """Whether all that a model says it says of each row."""
    parts = tree.flatten(call.answer)
    return bool(parts) and all(
        tf.is_tensor(part) and part.dtype.is_floating and rows_in(part) == rows for part in parts
    )
