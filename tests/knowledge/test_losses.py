"""What losses say by themselves."""

from __future__ import annotations

import pytest

from autostable.evidence import ArrayFacts
from autostable.knowledge.losses import SPARSE, are_intensities, cuts, predictions_first, two_values


def facts(
    low: float, high: float, *, columns: int = 1, mean: float = 0.0, distinct: int = 2, whole: bool = True
) -> ArrayFacts:
    return ArrayFacts(
        "y", (90, columns), "float32", 90, low=(low,) * columns, high=(high,) * columns, mean=(mean,) * columns,
        distinct=distinct, integers=whole,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "are"),
    [(0.0, 101.0, True), (0.0, 99.0, False), (0.0, 255.0, True), (0.0, 256.0, False), (-1.0, 255.0, False)],
)
def test_intensities_of_pictures(low: float, high: float, are: bool) -> None:
    assert are_intensities(facts(low, high)) is are
    assert not are_intensities(ArrayFacts("y", (0,), "float32", 0))


@pytest.mark.parametrize(
    ("columns", "marked", "found"),
    [(2, 1.0, True), (2, 1.00009, True), (2, 1.00011, False), (2, 0.99991, True), (2, 0.99989, False), (1, 1.0, False)],
)
def test_rows_that_mark_one_class_by_other_values(columns: int, marked: float, found: bool) -> None:
    means = (2.0 * marked - columns) / columns
    assert two_values(facts(-1.0, 1.0, columns=columns, mean=means)) == ((-1.0, 1.0) if found else None)
    assert two_values(facts(0.0, 1.0, columns=2, mean=0.5)) is None


def test_labels_that_a_loss_for_class_numbers_cuts() -> None:
    assert cuts(SPARSE, facts(0.0, 0.5, whole=False)) and not cuts(SPARSE, facts(0.5, 0.5, distinct=1, whole=False))
    assert not cuts(SPARSE, facts(0.0, 1.0)) and not cuts("mean_squared_error", facts(0.0, 0.5, whole=False))


@pytest.mark.parametrize(
    ("arguments", "exchanged"),
    [
        (("y_pred", "y_true"), True), (("pred", "target"), True), (("logits", "labels"), True), (("y_hat", "y"), True),
        (("output", "actual"), True), (("y_true", "y_pred"), False), (("y", "y_hat"), False), (("a", "b"), False),
        (("labels", "logits"), False), (("predicted_labels", "target"), False), (("y_pred",), False), ((), False),
    ],
)  # fmt: skip
def test_a_loss_that_takes_predictions_first(arguments: tuple[str, ...], exchanged: bool) -> None:
    assert predictions_first(arguments) is exchanged
