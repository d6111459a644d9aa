"""What does a plain model make of rows that it has not seen?

A row is unseen in two ways, at random and with the rows beside it, and the worse of the two counts: trees
that have seen other rows of a patient know the patient (1.00 out of bag; 0.62 by patient). So rows must come
in their own order. Inputs are (rows, columns) of numbers, targets what `kinds.targets_of` gives.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence

import numpy as np

from autostable.judgement import levels
from autostable.judgement.calibrated import FEWEST_ROWS, Calibrated, calibrated
from autostable.judgement.certainty import surely_above_zero
from autostable.judgement.kinds import NEAREST, Array, Kind
from autostable.judgement.plain_models import HeldOut, hot, ridge, ridge_of_words, trees
from autostable.judgement.signal import Signal, permutation
from autostable.judgement.statements import Statement, no, unknown, yes

MOST_ROWS = 2000


class Model(enum.StrEnum):
    """The plain models."""

    RIDGE = "ridge"
    TREES = "trees"
    WORDS = "words"
    SUMMARIES = "summaries"


_FITS: dict[Model, Callable[[Kind, Array, Array], HeldOut]] = {
    Model.RIDGE: ridge,
    Model.TREES: trees,
    Model.WORDS: ridge_of_words,
    Model.SUMMARIES: trees,
}


@dataclasses.dataclass(frozen=True)
class Reference:
    """What a plain model made of unseen rows.

    Attributes:
        kind: Of the targets.
        model: Which plain model; None of another trial of the same sweep (see `peers`).
        skill: The calibrated measure, the worse of the two kinds of unseen rows.
        error: Its standard error.
        predictions: Scores of the unseen rows, as the model gave them (rows, columns).
        sure: It is surely better than the best constant.
        calibrated: All figures; its predictions are in the targets' units.
    """

    kind: Kind
    model: Model | None
    skill: float
    error: float
    predictions: Array
    sure: bool
    calibrated: Calibrated


def reference(kind: Kind, x: Array, y: Array, model: Model = Model.RIDGE) -> Reference | None:
    """Fit a plain model and measure it on rows that it has not seen; None where that cannot be done.

    Args:
        kind: Of the targets.
        x: Inputs (rows, columns), in the order of the rows; for `Model.WORDS` what `words.words_of` gives, for
            `Model.SUMMARIES` what `summaries.summaries` does.
        y: What `kinds.targets_of` gives, in the same order.
        model: Which plain model.
    """
    if len(y) < FEWEST_ROWS:  # what it makes of them could not be measured; a part of so few cannot even be left out
        return None
    x, y = first_rows(x), first_rows(y)
    held = _FITS[model](kind, x, y)
    measured = [(calibrated(kind, y, scores), scores) for scores in (held.singly, held.in_blocks)]
    known = [(found, scores) for found, scores in measured if found is not None]
    if len(known) < len(measured):
        return None
    worse, scores = min(known, key=lambda pair: pair[0].skill)
    sure = worse.p <= levels.SURELY
    return Reference(kind, model, worse.skill, worse.error, scores, sure, worse)


def signal_of(found: Reference, y: Array) -> Signal:
    """What the permutation test says of the reference's own predictions: a network need not pass where these do not.

    Args:
        found: The reference.
        y: The targets that it was given.
    """
    goal, predicted = hot(found.kind, first_rows(y)), found.calibrated.predictions
    if found.kind is Kind.NUMBER:
        return permutation(lambda order: float(np.mean((goal[order] - predicted) ** 2)), len(goal))
    goal = goal[:, goal.any(axis=0)]
    logs = np.log(np.maximum(predicted, NEAREST))
    return permutation(lambda order: float(-np.sum(goal[order] * logs) / len(goal)), len(goal))


def first_rows(values: Array) -> Array:
    """At most `MOST_ROWS` rows, evenly spread and in their order."""
    if len(values) <= MOST_ROWS:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, MOST_ROWS).astype(int)])


def best(references: Sequence[Reference | None]) -> Reference | None:
    """The one that finds most; None where no plain model applies."""
    return max((one for one in references if one is not None), key=lambda one: (one.sure, one.skill), default=None)


def finds(found: Reference | None) -> Statement:
    """Whether these inputs tell anything of the targets; cannot be told where no plain model applies."""
    if found is None:
        return unknown("a plain model does not apply")
    return yes(found.skill, found.model or "") if found.sure else no(found.skill, found.model or "")


def reach(network_skill: float, found: Reference | None) -> float | None:
    """Network / reference in the calibrated measure, where the reference is surely above the constant."""
    return network_skill / found.skill if found is not None and found.sure and found.skill > 0 else None


def tells_as_much(behind: Reference, before: Reference, share: float) -> bool:
    """Whether a plain model tells not surely less than this share of what it tells of the same rows before they were changed.

    Args:
        behind: Of rows as something has made them.
        before: Of the same rows as they were.
        share: Of what is told of these.
    """
    one, other = behind.calibrated, before.calibrated
    return not surely_above_zero(share * (other.constants - other.losses) - (one.constants - one.losses))


def statement(
    network: Calibrated | None, found: Reference | None, *, own: tuple[float, float] | None = None
) -> Statement:
    """Whether a network gets as far as it should: no, where it is surely below `levels.REACH`.

    Args:
        network: Its own rows, the same as the reference's and calibrated alike.
        found: The reference.
        own: The network's own loss of its predictions, and of the reference's calibrated ones: who is no worse
            there is acquitted (a quantile is not a mean).
    """
    figure = reach(network.skill, found) if network is not None else None
    if figure is None or network is None or found is None:
        return unknown("no plain model is surely better than a constant")
    if figure >= levels.REACH:
        return yes(figure)
    if own is not None and own[0] <= own[1]:
        return yes(figure, "no worse than the plain model in its own loss")
    theirs, mine = found.calibrated, network
    missing = levels.REACH * (theirs.constants - theirs.losses) - (mine.constants - mine.losses)
    return no(figure) if surely_above_zero(missing) else yes(figure, "not surely below its limit")
