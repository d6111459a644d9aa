"""Losses by Keras' long names: the families they belong to, and the labels that they are made for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from autostable.evidence import ArrayFacts
from autostable.judgement import levels

REGRESSION = frozenset({
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh",
})  # fmt: skip
FIXED_UNITS = frozenset({"mean_absolute_percentage_error", "mean_squared_logarithmic_error", "poisson"})
"""They have a meaning in the user's own units only."""
FREE_UNITS = REGRESSION - FIXED_UNITS
DEGREES: Mapping[str, int] = {
    "mean_squared_error": 2,
    "mean_absolute_error": 1,
    "huber": 1,
    "log_cosh": 1,
}
"""The power of the targets' unit by which a loss grows, where errors are large."""
SPARSE = "sparse_categorical_crossentropy"
ONE_HOT = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
CATEGORICAL = ONE_HOT | {SPARSE}
BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
CROSSENTROPIES = CATEGORICAL | BINARY
OF_PROBABILITIES = CROSSENTROPIES | {"kl_divergence"}  # they take probabilities, unless they are told to take logits
WHOLE = 0.05  # shares that were rounded to two digits sum to one within so much
# Of the loss itself, at the first weights: what regularizers add is then worth lowering before anything else. A tenth is what a
# cure has to gain (`judgement.levels.DELTA`); in both programs that showed it the penalties came to a fifth and a half.
HEAVY = 0.1
# Of the median target. In the one program that showed it the least of them lay at a three-hundredth.
NEXT_TO_NOTHING = 0.01
FEW_VALUES = 20  # that classes or grades, written as fractions too, may take
CTC = "ctc"
OWN = (None, "custom")  # a function of the user's, or none that is compiled

_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kldivergence": "kl_divergence",
    "k_l_divergence": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}
_DOMAINS: Mapping[str, tuple[float, float, str]] = {  # the least and the greatest label it is made for, and in words
    **dict.fromkeys(BINARY, (0.0, 1.0, "labels from 0 to 1")),
    "mean_squared_logarithmic_error": (math.nextafter(-1.0, 0.0), math.inf, "labels above -1"),
    "poisson": (0.0, math.inf, "counts, 0 or more"),
}


_PREDICTED = re.compile(r"pred|hat\b|logit|prob|output|score", re.IGNORECASE)
_TRUE = re.compile(r"true|truth|target|label|actual|real|\bgt\b|\by\b", re.IGNORECASE)


def canonical(name: str | None) -> str | None:
    """Keras' long snake-case name of a loss, whatever way it was given."""
    if name is None:
        return None
    if name.isupper():
        name = name.lower()
    name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
    return _SHORT.get(name, name)


def outside(loss: str | None, low: float, high: float) -> str | None:
    """What labels a loss is made for, in words, if labels from `low` to `high` are not such."""
    least, greatest, words = _DOMAINS.get(loss or "", (-math.inf, math.inf, ""))
    return words if low < least or high > greatest else None


def predictions_first(arguments: Sequence[str]) -> bool:
    """Whether a loss names what is predicted before what is true; Keras gives it the true ones first."""
    if len(arguments) != 2:
        return False
    (first, second) = ((bool(_PREDICTED.search(name)), bool(_TRUE.search(name))) for name in arguments)
    return first == (True, False) and second == (False, True)


def are_real(facts: ArrayFacts) -> bool:
    """Whether targets are real numbers, more different ones than may be the codes of classes."""
    return not facts.integers and facts.distinct > FEW_VALUES


def are_no_labels(loss: str | None, facts: ArrayFacts) -> bool:
    """Whether targets of a crossentropy are real numbers, in the mean beyond what it takes: then the loss is wrong."""
    means = facts.mean or (0.0,)
    beyond = outside(loss, min(means), max(means)) is not None
    return loss in CROSSENTROPIES and are_real(facts) and beyond and not are_intensities(facts)


def two_values(facts: ArrayFacts) -> tuple[float, float] | None:
    """What marks the other classes and the own one in rows that mark one of several classes, but not by 0 and 1; None else."""
    low, high, columns = min(facts.low, default=0.0), max(facts.high, default=0.0), len(facts.low)
    if columns < 2 or facts.distinct != 2 or (low, high) == (0.0, 1.0) or not high > low:
        return None
    marked = (sum(facts.mean) - columns * low) / (high - low)  # classes of a row, in the mean
    return (low, high) if math.isclose(marked, 1.0, rel_tol=1e-4) else None  # as far as float32 sums are exact


def are_intensities(facts: ArrayFacts) -> bool:
    """Whether targets run from 0 to 255, as those of pictures do."""
    return bool(facts.low) and min(facts.low) >= 0.0 and 100.0 < max(facts.high) <= 255.0


def cuts(loss: str | None, facts: ArrayFacts) -> bool:
    """Whether a loss that takes class numbers cuts labels to whole ones, so that different labels are the same to it."""
    return loss == SPARSE and not facts.integers and facts.distinct > 1


def in_any_unit(loss: str | None) -> bool:
    """Whether a loss may be computed in other units and means the same; the user's own are trusted to."""
    return loss in OWN or loss in FREE_UNITS


def near_zero(loss: str | None, facts: ArrayFacts) -> bool:
    """Whether errors in parts of the target are ruled by targets that are next to nothing beside the others.

    A miss counts so many times as much there, and the least error in such parts is had by predictions that are next to nothing
    as well.

    Args:
        loss: Its long name.
        facts: Of the targets.
    """
    low, middle = min(facts.low, default=0.0), min(facts.median, default=0.0)
    return loss == "mean_absolute_percentage_error" and 0.0 < low < NEXT_TO_NOTHING * middle


def across_zero(loss: str | None, facts: ArrayFacts) -> bool:
    """Whether errors are taken in parts of targets that lie on both sides of zero, or are zero: there they have no meaning.

    Args:
        loss: Its long name.
        facts: Of the targets.
    """
    low, high = min(facts.low, default=1.0), max(facts.high, default=1.0)
    return loss == "mean_absolute_percentage_error" and low <= 0.0 <= high


def faint(loss: str | None, facts: ArrayFacts) -> bool:
    """Whether targets from 0 to 1 are near 0 nearly everywhere, as maps with a peak are, under an error that grows with them.

    To answer 0 is nearly as good then, and where a sigmoid does that its slope is gone. Less than DELTA of the whole is to be
    had there.

    Args:
        loss: Its long name.
        facts: Of the targets.
    """
    if loss not in FREE_UNITS or not facts.mean:
        return False
    low, high = min(facts.low, default=0.0), max(facts.high, default=0.0)
    return low >= 0.0 and 0.0 < high <= 1.0 and sum(facts.mean) / len(facts.mean) < levels.DELTA * high


def are_shares(low: float, high: float, means: Sequence[float]) -> bool:
    """Whether targets of several columns may be shares of one whole: they lie between 0 and 1, and their rows sum to one."""
    return len(means) > 1 and low >= 0.0 and high <= 1.0 and abs(sum(means) - 1.0) <= WHOLE


def no_shares(low: float, high: float, means: Sequence[float]) -> bool:
    """Whether targets of several columns between 0 and 1 are no shares of one whole: their rows do not sum to one."""
    return len(means) > 1 and low >= 0.0 and high <= 1.0 and abs(sum(means) - 1.0) > WHOLE
