"""Other ways to look for a plan, for `repair.py`: the same remedies, the same programs, another policy.

A policy is a function of what is known of the failed training (`Failure`) and of a way to try plans. It calls
`attempt(plan)` as often as it likes, each a whole run of the program; `Spent` ends it when its budget is used up.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autostable import registry
from autostable.evidence import Evidence, LayerFacts, ModelFacts
from autostable.records import Code, Plan, Remedy, SymptomKind
from autostable.repair import ladders

ROUNDS = 10  # of AutoTrainer, and tries in each


@dataclasses.dataclass(frozen=True)
class Trial:
    """One whole run of the program under a plan.

    Attributes:
        healthy: autostable's own verdict on it.
        yardstick: The loss that it ended at, in the user's units; None where it did not hold.
        evidence: What is known of it where it is sick.
        logs: What Keras' History heard, epoch by epoch.
        metric: The program's FINAL_METRIC; None where it did not get there.
    """

    plan: Plan
    healthy: bool
    steps: int
    seconds: float
    yardstick: float | None = None
    evidence: Evidence | None = None
    logs: Sequence[dict[str, float]] = ()
    metric: float | None = None
    accuracy: bool = False

    @property
    def score(self) -> float:
        """What trials are ranked by; smaller is better."""
        value = self.yardstick
        return math.inf if value is None or not self.healthy or not math.isfinite(value) else value


class Spent(BaseException):
    """The budget is used up."""


Attempt = Callable[[Plan], Trial]
Policy = Callable[[Trial, Attempt, int], None]


# -- the five, in turn ---------------------------------------------------------------------------


def in_turn(failed: Trial, attempt: Attempt, seed: int) -> None:
    """The five best-known remedies one after the other, until one holds."""
    evidence = failed.evidence
    assert evidence is not None
    given: list[Remedy | None] = [
        _mildest("rescale-inputs", evidence),
        Remedy("lower-learning-rate", {"factor": 0.1}),
        Remedy("clip-gradients", {"global_clipnorm": 1.0}),
        _mildest("swap-activation", evidence),
        _mildest("epsilon-loss", evidence),
    ]
    for remedy in given:
        if remedy is not None and attempt((remedy,)).healthy:
            return


def _mildest(name: str, evidence: Evidence) -> Remedy | None:
    return next(iter(ladders.strengths_of(name, evidence)), None)


# -- keras-tuner over the same remedies ----------------------------------------------------------


def random_search(failed: Trial, attempt: Attempt, seed: int) -> None:
    """keras_tuner.RandomSearch over all remedies that apply and their strengths."""
    _searched("RandomSearch", failed, attempt, seed=seed)


def bayesian(failed: Trial, attempt: Attempt, seed: int) -> None:
    """keras_tuner.BayesianOptimization over the same; two random points first, for the budget is small."""
    _searched("BayesianOptimization", failed, attempt, seed=seed, num_initial_points=2)


def space(evidence: Evidence) -> dict[str, tuple[Remedy, ...]]:
    """Every remedy that applies with its strengths."""
    found = {name: ladders.strengths_of(name, evidence) for name in registry.remedies()}
    return {name: strengths for name, strengths in found.items() if strengths}


def plan_of(values: dict[str, Any], remedies: dict[str, tuple[Remedy, ...]]) -> Plan:
    """The plan that a tuner's values stand for."""
    return tuple(
        strengths[int(values.get(f"{name} strength", 0))] for name, strengths in remedies.items() if values.get(name)
    )


def _searched(kind: str, failed: Trial, attempt: Attempt, **options: Any) -> None:
    import keras_tuner

    assert failed.evidence is not None
    remedies = space(failed.evidence)
    base = getattr(keras_tuner, kind)

    class Search(base):  # type: ignore[misc, valid-type]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            values = trial.hyperparameters
            for name, strengths in remedies.items():
                values.Boolean(name)
                if len(strengths) > 1:
                    with values.conditional_scope(name, [True]):
                        values.Choice(f"{name} strength", list(range(len(strengths))))
            score = attempt(plan_of(dict(values.values), remedies)).score
            return score if math.isfinite(score) else math.nan  # a trial that failed, as the tuner has it

    start = keras_tuner.HyperParameters()
    for name, strengths in remedies.items():
        start.Boolean(name)
        if len(strengths) > 1:
            with start.conditional_scope(name, [True]):
                start.Choice(f"{name} strength", list(range(len(strengths))))
    with tempfile.TemporaryDirectory() as scratch:
        Search(
            hyperparameters=start, max_trials=1000, max_consecutive_failed_trials=1000,
            directory=scratch, project_name=kind, **options,
        ).search(verbose=0)  # fmt: skip


# -- AutoTrainer ---------------------------------------------------------------------------------


def autotrainer(failed: Trial, attempt: Attempt, seed: int) -> None:
    """AutoTrainer's walk: a symptom, its list of remedies, the next symptom on top of what cured the first."""
    draw = random.Random(seed)
    held: Plan = ()
    now = failed
    for _ in range(ROUNDS):
        found = symptoms(now)
        if not found:
            return
        for remedy in list(remedies_of(found[0], failed, draw))[:ROUNDS]:
            trial = attempt((*held, remedy))
            if trial.healthy:
                return
            left = symptoms(trial)
            if left and found[0] not in left:  # this one is cured, another is there: the next round, on top
                held, now = trial.plan, trial
                break
        else:
            return


CAUSES = {
    "data": (Code.DATA_UNSCALED_INPUTS,),
    "activation": (Code.OUTPUT_ACTIVATION_MISMATCH,),
    "loss": (Code.LOSS_MISMATCH,),
    "vanish": (Code.VANISHING_GRADIENT,),
    "explode": (Code.GRADIENT_EXPLOSION,),
    "relu": (Code.DEAD_RELU,),
    "unstable": (Code.LEARNING_RATE_TOO_HIGH,),
    "slow": (Code.LEARNING_RATE_TOO_LOW,),
}


def symptoms(trial: Trial) -> list[str]:
    """What AutoTrainer would see, in its order of priority, with its published thresholds.

    Gradients and outputs of layers are those of the first batch, where it looks at every third epoch; without an
    evidence (the training is healthy by autostable's verdict) only what the logs say.
    """
    found: list[str] = []
    evidence = trial.evidence
    if evidence is not None:
        layers = [layer for layer in evidence.model.layers if layer.gradient is not None]
        norms = [layer.gradient or 0.0 for layer in layers]
        if any((layer.magnitude or 0.0) >= 10.0 for layer in evidence.model.layers[:1]) or _large(evidence):
            found.append("data")
        found += [name for name, wrong in zip(("activation", "loss"), _mismatches(evidence), strict=True) if wrong]
        first, last = (norms[0], norms[-1]) if norms else (1.0, 1.0)
        if first < 1e-4 and last < 1e-3:
            found.append("vanish")
        if (
            evidence.symptom.kind == SymptomKind.NONFINITE
            or not all(map(math.isfinite, norms))
            or first > 70 * last > 0
        ):
            found.append("explode")
        if any((layer.dead or 0.0) >= 0.7 for layer in evidence.model.layers):
            found.append("relu")
    return found + _course(trial)


def _large(evidence: Evidence) -> bool:
    return any(facts.floating and statistics.fmean(map(abs, facts.mean or (0.0,))) >= 10.0 for facts in evidence.inputs)


def _mismatches(evidence: Evidence) -> tuple[str | None, str | None]:
    """The activation and the loss that the labels call for, by name; None where they are what the model has."""
    model, target = evidence.model, next(iter(evidence.targets), None)
    output = next(iter(model.outputs), None)
    if output is None or output.activation is None or target is None or model.loss in (None, "custom"):
        return None, None
    binary = target.integers and target.distinct == 2 and len(target.low) == 1
    classes = target.one_hot or (target.integers and 2 < target.distinct <= 100 and (output.units or 0) > 1)
    activation = "softmax" if classes else "sigmoid" if binary else "linear"
    if classes:
        fitting = ("categorical_crossentropy",) if target.one_hot else ("sparse_categorical_crossentropy",)
    elif binary:
        fitting = ("binary_crossentropy",)
    else:
        fitting = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "mean_absolute_percentage_error")
    return (
        activation if output.activation != activation else None,
        fitting[0] if model.loss not in fitting else None,
    )


def _course(trial: Trial) -> list[str]:
    """Swings and slowness: by the accuracy where there is one, else by the loss."""
    found = []
    name = next((name for name in ("accuracy", "acc") if trial.logs and name in trial.logs[-1]), None)
    values = [log[name if name else "loss"] for log in trial.logs if (name if name else "loss") in log]
    scale = 1.0 if name else max((abs(value) for value in values[:1]), default=1.0) or 1.0
    changes = [(after - before) / scale for before, after in itertools.pairwise(values)]
    worse = [change for change in changes if (-change if name else change) >= 0.03]
    if len(changes) >= 2 and len(worse) >= 0.2 * len(changes):
        found.append("unstable")
    best = max(values, default=0.0) if name else trial.metric if trial.accuracy and trial.metric is not None else None
    still = not changes or abs(changes[-1]) < 0.01
    if values and still and (best is None or best < 0.6):
        found.append("slow")
    return found


def remedies_of(symptom: str, failed: Trial, draw: random.Random) -> Iterator[Remedy]:
    """AutoTrainer's remedies for a symptom, in its order; those that autostable has no knob for are left out.

    Left out are another optimizer, ReduceLROnPlateau, another batch size, momentum and GaussianNoise.
    BatchNorm is autostable's insert-normalization, clipvalue a bound of the joint norm.
    """
    assert failed.evidence is not None
    evidence, model = failed.evidence, failed.evidence.model
    hidden = [each for each in model.layers if _swappable(each)]

    def swap(name: str) -> Iterator[Remedy]:
        if hidden:
            yield Remedy("swap-activation", {"activations": {each.name: name for each in hidden}, "initializers": {}})

    def batchnorm() -> Iterator[Remedy]:
        yield from ladders.strengths_of("insert-normalization", evidence)[-1:]

    def initializers() -> Iterator[Remedy]:
        layers = [each.name for each in model.layers if each.initializer is not None and each.kind != "Embedding"]
        for _ in range(3):
            name = draw.choice(["he_uniform", "he_normal", "glorot_uniform", "glorot_normal", "lecun_normal"])
            if layers:
                yield Remedy("reinitialize-weights", {"initializers": dict.fromkeys(layers, name), "seed": 0})

    activation, loss = _mismatches(evidence)
    if symptom == "vanish":
        yield from (*swap("selu"), *swap("relu"), *batchnorm())
    elif symptom == "explode":
        clips = [Remedy("clip-gradients", {"global_clipnorm": round(draw.uniform(9, 10), 2)}) for _ in range(2)]
        yield from (*swap("selu"), *swap("relu"), *clips, *swap("tanh"), *batchnorm())
    elif symptom == "relu":
        yield from (*swap("selu"), *batchnorm(), *initializers(), *swap("leaky_relu"), *swap("elu"))
    elif symptom == "unstable":
        yield from (*_rates(model, [1e-3 * 0.1**power for power in range(3)]), *initializers())
    elif symptom == "slow":
        rate = model.learning_rate
        yield from _rates(model, [rate * 10.0**power for power in (1, 2, 3)] if rate else [])
        yield from initializers()
    elif symptom == "activation" and activation is not None:
        yield Remedy("fix-output-activation", {"activations": {model.outputs[0].name: activation}})
    elif symptom == "loss" and loss is not None:
        yield Remedy("swap-loss", {"loss": loss, "activations": {}})
    elif symptom == "data":
        yield Remedy("rescale-inputs", {"method": "minmax", "inputs": [
            {"center": list(facts.low), "scale": [high - low or 1.0 for low, high in zip(facts.low, facts.high)]}  # noqa: B905
            for facts in evidence.inputs
        ]})  # fmt: skip


def _swappable(layer: LayerFacts) -> bool:
    return not layer.is_output and layer.activation is not None and not layer.recurrent


def _rates(model: ModelFacts, rates: Sequence[float]) -> Iterator[Remedy]:
    now = model.learning_rate
    for rate in rates:
        if now is not None and now > 0 and math.isfinite(now) and rate != now:
            yield Remedy("lower-learning-rate" if rate < now else "raise-learning-rate", {"factor": rate / now})


POLICIES: dict[str, tuple[str, Policy]] = {
    "autotrainer": ("AutoTrainer's order", autotrainer),
    "random": ("keras-tuner RandomSearch", random_search),
    "bayesian": ("keras-tuner BayesianOptimization", bayesian),
    "in-turn": ("the five in turn", in_turn),
}
FIRST_WINS = ("autotrainer", "in-turn")  # these stop at the first plan that holds; a search takes the best one
