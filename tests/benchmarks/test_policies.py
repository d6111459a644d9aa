"""What the policies of benchmarks/policies.py decide, from tables."""

from __future__ import annotations

import random

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, ModelFacts
from autostable.records import Plan, Symptom
from benchmarks import policies
from benchmarks.policies import Trial

X = ArrayFacts("x", (100, 2), "float32", 100, mean=(500.0, 0.0), std=(90.0, 1.0), median=(500.0, 0.0),
               iqr=(80.0, 1.3), low=(100.0, -3.0), high=(900.0, 3.0))  # fmt: skip
Y = ArrayFacts("y", (100,), "int64", 100, mean=(0.5,), std=(0.5,), low=(0.0,), high=(1.0,), integers=True, distinct=2)


def evidence(kind: str = "useless", activation: str = "sigmoid", loss: str = "binary_crossentropy",
             inputs: tuple[ArrayFacts, ...] = (), first: float = 1.0, dead: float = 0.0) -> Evidence:  # fmt: skip
    layers = (
        LayerFacts("a", "Dense", "relu", "GlorotUniform", 8, gradient=first, weight=1.0, dead=dead),
        LayerFacts("b", "Dense", activation, "GlorotUniform", 1, is_output=True, gradient=first * 2, weight=1.0),
    )
    model = ModelFacts(layers=layers, loss=loss, optimizer="Adam", learning_rate=0.01)
    return Evidence(Symptom(kind, 10), inputs=inputs, targets=(Y,), model=model)


def failed(**facts: object) -> Trial:
    return Trial((), False, 10, 1.0, evidence=evidence(**facts))  # type: ignore[arg-type]


def tried(policy: policies.Policy, start: Trial, heals: str | None) -> list[str]:
    """The remedies that a policy tries until one called `heals`."""
    plans: list[Plan] = []

    def attempt(plan: Plan) -> Trial:
        plans.append(plan)
        return Trial(plan, plan[-1].name == heals, 10, 1.0, evidence=start.evidence)

    policy(start, attempt, 0)
    return ["+".join(remedy.name for remedy in plan) for plan in plans]


def test_data_comes_before_activation_before_gradients() -> None:
    seen = policies.symptoms(failed(kind="nonfinite", activation="linear", inputs=(X,)))
    assert seen == ["data", "activation", "explode"]


def test_a_healthy_looking_training_has_no_symptom() -> None:
    assert policies.symptoms(failed()) == []


def test_swings_of_the_accuracy_are_seen_and_slowness_too() -> None:
    logs = [{"accuracy": value} for value in (0.5, 0.9, 0.7, 0.95, 0.8)]
    assert policies.symptoms(Trial((), False, 10, 1.0, logs=logs)) == ["unstable"]
    logs = [{"accuracy": 0.5}, {"accuracy": 0.501}]
    assert policies.symptoms(Trial((), False, 10, 1.0, logs=logs)) == ["slow"]


def test_autotrainer_walks_its_list_and_stops_at_the_first_that_holds() -> None:
    assert tried(policies.autotrainer, failed(kind="nonfinite"), "clip-gradients") == [
        "swap-activation", "swap-activation", "clip-gradients"
    ]  # fmt: skip


def test_autotrainer_tries_each_once_and_gives_up() -> None:
    assert tried(policies.autotrainer, failed(first=1e-6), None) == [
        "swap-activation", "swap-activation", "insert-normalization"
    ]  # fmt: skip


def test_autotrainer_goes_on_on_top_of_what_cured_the_first_symptom() -> None:
    start = failed(activation="linear", inputs=(X,))
    plans: list[Plan] = []

    def attempt(plan: Plan) -> Trial:
        plans.append(plan)
        return Trial(plan, len(plan) == 2, 10, 1.0, evidence=evidence(activation="linear"))

    policies.autotrainer(start, attempt, 0)
    assert [[remedy.name for remedy in plan] for plan in plans] == [
        ["rescale-inputs"], ["rescale-inputs", "fix-output-activation"]
    ]  # fmt: skip


def test_minmax_of_a_constant_feature_does_not_divide_by_zero() -> None:
    flat = ArrayFacts("x", (9, 1), "float32", 9, mean=(50.0,), std=(0.0,), low=(50.0,), high=(50.0,))
    start = failed(inputs=(flat,))
    remedy = next(policies.remedies_of("data", start, random.Random(0)))
    assert remedy.parameters["inputs"] == [{"center": [50.0], "scale": [1.0]}]


def test_the_five_are_tried_in_turn_where_they_apply() -> None:
    assert tried(policies.in_turn, failed(kind="nonfinite", inputs=(X,)), "clip-gradients") == [
        "rescale-inputs", "lower-learning-rate", "clip-gradients"
    ]  # fmt: skip


def test_a_tuners_values_stand_for_a_plan() -> None:
    remedies = policies.space(evidence(inputs=(X,)))
    values = {"rescale-inputs": True, "lower-learning-rate": True, "lower-learning-rate strength": 1,
              "clip-gradients": False}  # fmt: skip
    plan = policies.plan_of(values, remedies)
    assert [remedy.name for remedy in plan] == ["rescale-inputs", "lower-learning-rate"]
    assert plan[1] == remedies["lower-learning-rate"][1]
