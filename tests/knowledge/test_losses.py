"""What losses say by themselves."""

from __future__ import annotations

import pytest

from autostable.knowledge.losses import predictions_first


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
