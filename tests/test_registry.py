from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from autostable import registry
from autostable.evidence import Evidence, ModelFacts
from autostable.records import Cause, Code, Remedy, Symptom
from autostable.repair.ladders import prescribe

PAGE = "\n\n".join(
    f"    ## {s}\n    text" for s in ("What it does", "Why it works", "Example", "Use instead", "Safety", "References")
)
MODULE = f'''
import dataclasses

from autostable.records import Code
from autostable.strategy import RemedyStrategy


class Halve(RemedyStrategy):
    """Halve the rate.

{PAGE}
    """

    name = "NAME"
    cures = (Code.LEARNING_RATE_TOO_HIGH,)

    def strengths(self, evidence):
        return [{{"factor": 0.5}}]

    def apply(self, setup, parameters):
        factor = setup.optimizer.rate_factor * parameters["factor"]
        return dataclasses.replace(setup, optimizer=dataclasses.replace(setup.optimizer, rate_factor=factor))

    def describe(self, parameters):
        return "half the rate"


def not_a_remedy():
    return 3
'''


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    registry.remedies.cache_clear()
    yield
    registry.remedies.cache_clear()


def install(folder: Path, package: str, name: str, entry: str = "Halve") -> None:
    """What pip leaves behind: a module and its metadata."""
    (folder / f"{package}.py").write_text(MODULE.replace("NAME", name))
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        textwrap.dedent(f"""
            [{registry.GROUP}]
            {name} = {package}:{entry}
        """)
    )


def test_the_built_in_remedies_are_there_and_have_names_of_their_own() -> None:
    from autostable_strategies import BUILTIN

    assert [kind.name for kind in BUILTIN] == list(registry.remedies())[: len(BUILTIN)]
    assert len(BUILTIN) == 46
    assert list(registry.remedies())[:5] == [
        "rescale-inputs",
        "lower-learning-rate",
        "clip-gradients",
        "swap-activation",
        "epsilon-loss",
    ]


def test_a_third_party_is_found_and_passes_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autostable.testing import check_remedy

    install(tmp_path, "halve_remedy_a", "halve-rate")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(registry.remedies())[-1] == "halve-rate"
    check_remedy(registry.remedy("halve-rate"))
    plan = (Remedy("halve-rate", {"factor": 0.5}), Remedy("lower-learning-rate", {"factor": 0.1}))
    assert registry.setup_of(plan).optimizer.rate_factor == pytest.approx(0.05)


def test_a_third_party_is_prescribed_behind_the_built_in_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "halve_remedy_d", "halve-rate")
    monkeypatch.syspath_prepend(tmp_path)
    model = ModelFacts(optimizer="SGD", learning_rate=1.0)
    evidence = Evidence(Symptom("nonfinite", 3), model=model)
    causes = [Cause(Code.LEARNING_RATE_TOO_HIGH, 0.8, "")]
    names = [ladder.name for ladder in prescribe(causes, evidence)]
    assert names[0] == "lower-learning-rate" and "halve-rate" in names[1:]


def test_two_remedies_of_one_name_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "halve_remedy_b", "clip-gradients")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="two remedies are called 'clip-gradients'"):
        registry.remedies()


def test_something_else_in_the_group_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "halve_remedy_c", "odd", entry="not_a_remedy")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="not a RemedyStrategy"):
        registry.remedies()


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"there is no remedy 'clip'; known are .*clip-gradients"):
        registry.remedy("clip")


def test_the_empty_plan_changes_nothing() -> None:
    assert registry.setup_of(()).neutral
