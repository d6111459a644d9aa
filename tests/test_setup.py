"""A setup: whether it is for such inputs, and whether it comes back from a file as it was."""

from __future__ import annotations

import json

import pytest

from autostable.records import from_json, to_json
from autostable.registry import remedies
from autostable.setup import Affine, InputKnobs, Setup
from autostable.testing import SAMPLES

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


@pytest.mark.parametrize("name", remedies())
def test_what_a_remedy_makes_of_it_comes_back_from_a_file(name: str) -> None:
    """It lies beside weights that were saved under a plan."""
    remedy = remedies()[name]
    made = [remedy.apply(Setup(), strength) for evidence in SAMPLES for strength in remedy.strengths(evidence)]
    assert made and all(from_json(json.loads(json.dumps(to_json(setup))), Setup) == setup for setup in made)
