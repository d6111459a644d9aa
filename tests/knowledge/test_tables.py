"""The tables of what is known, against formulas and against each other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from autostable.evidence import LayerFacts
from autostable.knowledge import activations, losses, operations, optimizers
from autostable.records import Code

FORMULAS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "sigmoid": lambda x: 0.5 + 0.5 * math.tanh(x / 2),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0.0), 1.0),
    "sparse_sigmoid": lambda x: min(max((x + 1) / 2, 0.0), 1.0),
    "softmax": lambda x: 0.5 + 0.5 * math.tanh(x / 2),  # of x and 0
    "sparsemax": lambda x: min(max((x + 1) / 2, 0.0), 1.0),
    "tanh": math.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "hard_tanh": lambda x: min(max(x, -1.0), 1.0),
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "exponential": lambda x: math.exp(min(x, 600.0)),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.05070098 * (x if x > 0 else 1.67326324 * math.expm1(x)),
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x * (0.5 + 0.5 * math.tanh(x / 2)),
    "swish": lambda x: x * (0.5 + 0.5 * math.tanh(x / 2)),
    "hard_silu": lambda x: x * min(max(x / 6 + 0.5, 0.0), 1.0),
    "mish": lambda x: x * math.tanh(max(x, 0.0) + math.log1p(math.exp(-abs(x)))),
    "leaky_relu": lambda x: max(x, 0.2 * x),
    "prelu": lambda x: max(x, 0.1 * x),
    "log_sigmoid": lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
    "log_softmax": lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
}
FAR = 1e4


@pytest.mark.parametrize("name", sorted(activations.RANGES))
def test_ranges_are_those_of_the_formulas(name: str) -> None:
    given = [FORMULAS[name](x) for x in (-FAR, *(step / 500 for step in range(-5000, 5001)), FAR)]
    low, high = activations.RANGES[name]
    assert (min(given) == pytest.approx(low, abs=1e-3)) if math.isfinite(low) else min(given) < -500
    assert (max(given) == pytest.approx(high, abs=1e-3)) if math.isfinite(high) else max(given) > 500


def test_what_follows_from_the_ranges() -> None:
    assert {"linear", "tanh", "elu", "selu", "leaky_relu", "gelu"} <= activations.BELOW_ZERO
    assert not {"relu", "sigmoid", "softmax", "softplus", "exponential"} & activations.BELOW_ZERO
    assert {"linear", "relu", "gelu", "swish"} <= activations.UNBOUNDED
    assert not {"tanh", "relu6", "softmax"} & activations.UNBOUNDED
    assert {"relu", "softplus", "exponential"} == activations.POSITIVE
    assert all(math.isfinite(end) for name in activations.SATURATING for end in activations.RANGES[name])
    assert {name for name, ends in activations.RANGES.items() if ends == (0.0, 1.0)} >= activations.PROBABILITIES
    assert set(activations.INITIALIZERS) | set(activations.CLASSES.values()) <= set(activations.RANGES)


def test_an_activation_is_known_by_its_function_and_by_its_layer() -> None:
    assert [activations.canonical(name) for name in ("relu", "LeakyReLU", "ELU", "hard_sigmoid")] == [
        "relu", "leaky_relu", "elu", "hard_sigmoid",
    ]  # fmt: skip
    assert activations.of_layer(LayerFacts("a", "ReLU")) == "relu"
    assert activations.of_layer(LayerFacts("a", "Dense", "tanh")) == "tanh"
    assert activations.of_layer(LayerFacts("a", "Flatten")) is None


@pytest.mark.parametrize(
    ("activation", "low", "high", "beyond"),
    [
        ("sigmoid", 0.0, 1.0009, False), ("sigmoid", 0.0, 1.0011, True), ("sigmoid", -0.0011, 1.0, True),
        ("tanh", -1.0, 1.0, False), ("relu", -3.0, 9.0, True), ("custom", -1e9, 1e9, False), (None, -1.0, 1.0, False),
    ],
)  # fmt: skip
def test_what_an_output_cannot_reach(activation: str | None, low: float, high: float, beyond: bool) -> None:
    assert activations.out_of_reach(activation, low, high) is beyond


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("mse", "mean_squared_error"), ("MSE", "mean_squared_error"), ("MeanSquaredError", "mean_squared_error"),
        ("KLDivergence", "kl_divergence"), ("kld", "kl_divergence"), ("kl_divergence", "kl_divergence"),
        ("LogCosh", "log_cosh"), ("Huber", "huber"), ("CTC", "ctc"), ("custom", "custom"), ("Poisson", "poisson"),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"), (None, None),
    ],
)  # fmt: skip
def test_a_loss_has_one_name(given: str | None, name: str | None) -> None:
    assert losses.canonical(given) == name


def test_families_of_losses() -> None:
    assert losses.in_any_unit("mean_absolute_error") and losses.in_any_unit(None) and losses.in_any_unit("custom")
    assert not losses.in_any_unit("poisson") and not losses.in_any_unit("mean_squared_logarithmic_error")
    assert losses.SPARSE in losses.CATEGORICAL and losses.SPARSE not in losses.ONE_HOT
    assert not losses.CROSSENTROPIES & losses.REGRESSION
    assert "kl_divergence" in losses.OF_PROBABILITIES - losses.CROSSENTROPIES


def test_where_people_start_with_an_optimizer() -> None:
    rates = {name: optimizers.usual_rate(name) for name in optimizers.OPTIMIZERS}
    assert {name for name, rate in rates.items() if rate != 1e-3} == {"SGD", "ScheduleFreeAdamW", "Adadelta", "Adagrad"}
    assert (rates["SGD"], rates["ScheduleFreeAdamW"], rates["Adadelta"], rates["Adagrad"]) == (1e-2, 2.5e-3, 1.0, 0.1)
    assert (optimizers.usual_rate("MomentumSGD"), optimizers.usual_rate("AdaBelief"), optimizers.usual_rate(None)) == (
        1e-2, 1e-3, 1e-3,
    )  # fmt: skip
    assert [name for name in optimizers.OPTIMIZERS if optimizers.known(name).plain] == ["SGD"]
    assert optimizers.known("Adam").epsilon and not optimizers.known("Lion").epsilon
    assert optimizers.USUAL_EPSILON == 1e-7


def test_what_stands_for_a_threshold_is_as_steep_as_what_is_compared() -> None:
    sigmoid, step = FORMULAS["sigmoid"], 1e-4
    assert (sigmoid(operations.STEEP * step) - sigmoid(-operations.STEEP * step)) / (2 * step) == pytest.approx(1.0)


def test_sets_of_operations() -> None:
    assert {"RealDiv", "Div", "DivNoNan", "Xdivy"} == operations.DIVISIONS
    assert {"Exp", "Expm1", "Sinh", "Cosh", "BesselI0", "BesselI1"} == operations.GROWING
    assert {"Acos", "Asin", "Atanh", "Acosh"} == operations.AT_ONE
    assert {
        "Log",
        "Log1p",
        "Lgamma",
        "Digamma",
        "Sqrt",
        "Rsqrt",
        "Reciprocal",
        "Inv",
        "Angle",
        "Atan2",
        "Pow",
        "Xlogy",
    } == operations.SINGULAR - operations.DIVISIONS - operations.GROWING - operations.AT_ONE - operations.OF_MATRICES
    assert {"Cholesky", "MatrixInverse"} == operations.OF_MATRICES
    assert {"Log", "Log1p", "Lgamma", "Digamma", "Sqrt", "Rsqrt", "Pow"} == operations.ON_POSITIVES
    assert {"divide", "true_divide", "truediv", "divide_no_nan", "xdivy", "xlogy"} == operations.SECOND
    two = {name for name, row in operations.OPERATIONS.items() if row.arguments == 2}
    plain = {"Sub", "AddV2", "Mul", "SquaredDifference", "Maximum", "Minimum"}
    own = (
        {
            operations.OF_CLASS_NUMBERS,
            "Equal",
            "NotEqual",
        }
        | operations.POURED
        | operations.THRESHOLDS
    )  # two arguments, but none is guarded as a pair
    assert two == operations.DIVISIONS | {"Xlogy", "Atan2", "Pow"} | plain | own
    assert two - own == operations.PAIRED
    assert {"Round", "Rint", "Floor", "Ceil"} == set(operations.ROUNDINGS)
    assert set(operations.ROUNDINGS) | operations.THRESHOLDS <= operations.WITHOUT_GRADIENT & operations.REPLACED
    assert [operations.instead_of(op) for op in ("Sign", "Round", "Less", "ArgMax")] == [
        "tanh",
        "linear",
        "sigmoid",
        "",
    ]
    assert all(row.arguments in (1, 2) and row.argument in (0, 1) for row in operations.OPERATIONS.values())
    assert all(row.function for name, row in operations.OPERATIONS.items() if row.near)


def test_how_the_source_spells_an_operation() -> None:
    assert operations.spelled("RealDiv") == ("/", "divide", "true_divide", "truediv")
    assert operations.spelled("Pow") == ("**", "pow", "power")
    assert operations.spelled("Log") == ("log", "log2", "log10")
    assert operations.spelled("Conv2D") == ()
    assert operations.known("Conv2D").code is None
    assert operations.known("Sqrt").code is Code.UNSAFE_SQRT


@pytest.mark.parametrize(
    ("low", "high", "means", "none"),
    [
        (0.0, 1.0, (0.5, 0.54), False), (0.0, 1.0, (0.5, 0.56), True), (0.0, 1.0, (0.5, 0.46), False),
        (0.0, 1.0, (0.9, 0.8, 0.7), True), (0.0, 1.0, (0.7,), False),
        (-0.1, 1.0, (0.9, 0.8), False), (0.0, 2.0, (0.9, 0.8), False),
    ],
)  # fmt: skip
def test_which_targets_are_no_shares(low: float, high: float, means: tuple[float, ...], none: bool) -> None:
    assert losses.no_shares(low, high, means) is none
    within = len(means) > 1 and low >= 0.0 and high <= 1.0
    assert losses.are_shares(low, high, means) is (within and not none)


GROW = {
    "mean_squared_error": np.square,
    "mean_absolute_error": np.abs,
    "huber": lambda error: np.where(np.abs(error) <= 1, error**2 / 2, np.abs(error) - 0.5),
    "log_cosh": lambda error: np.logaddexp(error, -error) - np.log(2),
}


def test_losses_grow_with_a_power_of_the_unit_of_their_targets() -> None:
    errors = np.linspace(-3.0, 8.0, 50)
    growth = {name: loss(errors * 1e9).mean() / loss(errors * 1e6).mean() for name, loss in GROW.items()}
    assert {name: round(np.log(times) / np.log(1e3)) for name, times in growth.items()} == losses.DEGREES
