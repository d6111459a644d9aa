"""A plan from elsewhere: whether it is for such inputs."""

from __future__ import annotations

import pytest

from autostable.setup import Affine, InputKnobs, Setup

FOUR = InputKnobs(rescale=Affine((0.0,) * 4, (1.0,) * 4))


@pytest.mark.parametrize(
    ("inputs", "widths", "why"),
    [
        ((FOUR,), [4], ""),
        ((FOUR,), [5], "it is for 4 features, and the input has 5"),
        ((FOUR,), [None], ""),
        ((InputKnobs(fill=(0.0,)),), [5], ""),
        (
            (InputKnobs(), InputKnobs(low=(1.0, 2.0), high=(3.0, 4.0))),
            [4, 3],
            "it is for 2 features, and input 2 has 3",
        ),
        ((FOUR, FOUR), [4], "it is for 2 inputs, and there are 1"),
        ((), [], ""),
    ],
)
def test_a_plan_for_other_inputs_is_told(inputs: tuple[InputKnobs, ...], widths: list[int | None], why: str) -> None:
    assert Setup(inputs=inputs).misfit(widths) == why
