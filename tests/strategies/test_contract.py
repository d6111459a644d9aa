from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from autostable.evidence import Evidence
from autostable.records import Code
from autostable.registry import remedies
from autostable.setup import Setup
from autostable.strategy import RemedyStrategy
from autostable.testing import SAMPLES, check_remedy


@pytest.mark.parametrize("name", sorted(remedies()))
def test_a_remedy_keeps_the_contract(name: str) -> None:
    check_remedy(remedies()[name])


@pytest.mark.parametrize("name", sorted(remedies()))
def test_the_samples_call_for_every_remedy(name: str) -> None:
    assert any(remedies()[name].strengths(evidence) for evidence in SAMPLES)


def test_nothing_known_is_no_reason_to_touch_data_or_model() -> None:
    silent = {name for name, remedy in remedies().items() if not remedy.strengths(SAMPLES[0])}
    assert set(remedies()) - silent == {
        "lower-learning-rate",
        "clip-gradients",
        "warm-up-learning-rate",
        "skip-bad-updates",
    }


def test_remedies_do_not_import_tensorflow() -> None:
    program = (
        "import sys, autostable_strategies, autostable.testing;"
        "sys.exit(any(name.split('.')[0] in ('tensorflow', 'keras', 'numpy') for name in sys.modules))"
    )
    path = [entry for entry in sys.path if entry]
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(path)}).returncode == 0


class Whole(RemedyStrategy):
    """Half the learning rate.

    ## What it does
    a

    ## Why it works
    b

    ## Example
    c

    ## Use instead
    d

    ## Safety
    e

    ## References
    f
    """

    name = "whole"
    cures = (Code.LEARNING_RATE_TOO_HIGH,)

    def strengths(self, evidence: Evidence) -> list[Any]:
        return [{"factor": 0.5}]

    def apply(self, setup: Setup, parameters: Any) -> Setup:
        factor = setup.optimizer.rate_factor * parameters["factor"]
        return dataclasses.replace(setup, optimizer=dataclasses.replace(setup.optimizer, rate_factor=factor))

    def describe(self, parameters: Any) -> str:
        return "half the rate"


def _broken(**changes: Any) -> RemedyStrategy:
    kind: Any = type("Broken", (Whole,), {"__doc__": Whole.__doc__, **changes})
    return kind()  # type: ignore[no-any-return]


def test_a_sound_remedy_of_a_third_party_passes() -> None:
    check_remedy(Whole())


@pytest.mark.parametrize(
    ("remedy", "complaint"),
    [
        (_broken(name="Half_Rate"), "lower-case"),
        (_broken(cures=()), "cures nothing"),
        (_broken(__doc__="Half the rate."), "sections"),
        (_broken(__doc__=None), "no page"),
        (_broken(strengths=lambda self, e: [{"factor": float("nan")}]), "not JSON"),
        (_broken(strengths=lambda self, e: [{"factor": 0.5}, {"factor": 0.5}]), "twice"),
        (_broken(strengths=lambda self, e: [{"factor": 0.5, "layers": ("a",)}]), "change on their way"),
        (_broken(strengths=lambda self, e: [{"factor": 1.0}]), "changes nothing"),
        (_broken(describe=lambda self, p: "x" * 200), "too long"),
        (_broken(apply=lambda self, s, p: Setup(drop_rows=True)), "undoes"),
        (_broken(apply=lambda self, s, p: dataclasses.replace(s, seed=0)), "changes nothing"),
    ],
)
def test_a_broken_remedy_is_told_what_is_wrong(remedy: RemedyStrategy, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_remedy(remedy)
