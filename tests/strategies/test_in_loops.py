"""Remedies at the boundary of a model that a loop of the user's own trains."""

from __future__ import annotations

import dataclasses

import pytest

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, ModelFacts
from autostable.records import Remedy, Site, Symptom
from autostable.registry import remedies, setup_of
from autostable.repair.ladders import strengths_of
from autostable.setup import Affine

MADE = Site(None, None, "train.py", 7, "optimizer = SGD(0.1)")
RAW = ArrayFacts(
    "y", (64, 1), "float32", 64, mean=(3e4,), std=(1e4,), median=(3e4,), iqr=(1e4,), low=(1e3,), high=(6e4,)
)


def loop(loss: str | None) -> Evidence:
    model = ModelFacts(layers=(LayerFacts("out", "Dense", "linear", is_output=True),), loss=loss, optimizer_site=MADE)
    inputs = (dataclasses.replace(RAW, name="x"),)
    return Evidence(Symptom("nonfinite", 3), kind="loop", inputs=inputs, targets=(RAW,), model=model)


@pytest.mark.parametrize(("loss", "degree"), [("mean_squared_error", 2), ("mean_absolute_error", 1), ("huber", 1)])
def test_gradients_are_those_of_the_rescaled_loss(loss: str, degree: int) -> None:
    (first, *_) = strengths_of("rescale-targets", loop(loss))
    setup = setup_of((first,))
    assert setup.step_degree == degree and setup.targets == (Affine((3e4,), (1e4,)),)


@pytest.mark.parametrize("loss", [None, "custom", "binary_crossentropy"])
def test_targets_stay_where_nobody_knows_how_the_loss_grows(loss: str | None) -> None:
    assert strengths_of("rescale-targets", loop(loss)) == ()


def test_a_fit_rescales_its_loss_itself() -> None:
    (first, *_) = strengths_of("rescale-targets", dataclasses.replace(loop("mean_squared_error"), kind="fit"))
    assert setup_of((first,)).step_degree == 0


@pytest.mark.parametrize(
    ("name", "where", "piece"),
    [
        ("rescale-targets", "output", "        passed = inputs / scale\n"),
        ("rescale-inputs", "scale", "keras.layers.Normalization(axis=None, mean=30000.0, variance=100000000.0)"),
    ],
)
def test_the_model_of_a_loop_is_wrapped_too(name: str, where: str, piece: str) -> None:
    evidence = loop("mean_squared_error")
    (remedy, *_) = strengths_of(name, evidence)
    assert isinstance(remedy, Remedy)
    (change,) = remedies()[name].edit(remedy.parameters, evidence)
    assert (change.site, change.action, change.name) == (MADE, "wrap-model", where)
    assert piece in change.code


@pytest.mark.parametrize(("loss", "passed"), [("mean_absolute_error", "inputs"), ("huber", "inputs")])
def test_gradients_pass_as_the_plan_had_them(loss: str, passed: str) -> None:
    evidence = loop(loss)
    (remedy, *_) = strengths_of("rescale-targets", evidence)
    assert isinstance(remedy, Remedy)
    (change,) = remedies()["rescale-targets"].edit(remedy.parameters, evidence)
    assert f"        passed = {passed}\n" in change.code


@pytest.mark.parametrize("loss", ["huber", "log_cosh", "custom"])
def test_a_loss_that_is_another_one_in_other_units_is_taken_in_these(loss: str) -> None:
    evidence = loop(loss)
    model = dataclasses.replace(evidence.model, fit_site=MADE)
    evidence = dataclasses.replace(evidence, kind="fit", model=model)
    *_, remedy = (each for each in strengths_of("rescale-targets", evidence) if "step_degree" not in each.parameters)
    assert isinstance(remedy, Remedy)
    layer, taken = remedies()["rescale-targets"].edit(remedy.parameters, evidence)
    assert layer.code == "keras.layers.Rescaling(10000.0, offset=30000.0)"
    assert taken.action == "wrap-loss"


def test_a_loss_of_the_users_own_stays_in_its_units_where_another_one_did_not_help() -> None:
    evidence = loop("custom")
    model = dataclasses.replace(evidence.model, fit_site=MADE)
    found = strengths_of("rescale-targets", dataclasses.replace(evidence, kind="fit", model=model))
    own = [each.parameters.get("step_degree") == 1 for each in found]
    assert own.count(True) == 1 and own[-1]
    (change,) = remedies()["rescale-targets"].edit(found[own.index(True)].parameters, evidence)
    assert "        passed = inputs\n" in change.code and change.action == "wrap-model"


@pytest.mark.parametrize(
    ("scale", "layers"),
    [
        (2.0, ["keras.layers.Normalization(axis=None, mean=6.0, variance=4.0)"]),
        (2e-9, ["keras.layers.Rescaling(1.0, offset=-6.0)", "keras.layers.Rescaling(500000000.0)"]),
        (1e20, ["keras.layers.Rescaling(1.0, offset=-6.0)", "keras.layers.Rescaling(1e-20)"]),
    ],
)
def test_a_normalization_divides_by_no_deviation_that_it_would_bound(scale: float, layers: list[str]) -> None:
    parameters = {"method": "standard", "inputs": [{"center": [6.0], "scale": [scale]}]}
    changes = remedies()["rescale-inputs"].edit(parameters, loop("mean_squared_error"))
    assert [change.code.splitlines()[-1] for change in changes] == layers
