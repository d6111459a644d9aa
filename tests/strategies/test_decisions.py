"""What each remedy decides, row by row: evidence in, parameters out."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from autostable.evidence import (
    AlteredFacts,
    ArrayFacts,
    Course,
    Crossing,
    Cut,
    Disturbance,
    EntryFacts,
    Evidence,
    Finding,
    HiddenShares,
    LayerFacts,
    MaskFacts,
    MisreadFacts,
    ModelFacts,
    Remainder,
    Severed,
    SharesAsLogits,
    WindowFacts,
)
from autostable.records import Site, Symptom
from autostable.registry import remedies
from autostable.setup import Affine, Setup
from autostable_strategies import _common

SITE = Site(file="train.py", line=3)


def array(**changes: Any) -> ArrayFacts:
    """One real-valued column in good order, changed."""
    base = ArrayFacts(
        "x", (100, 1), "float32", 100, mean=(0.0,), std=(1.0,), median=(0.0,), iqr=(1.35,), low=(-3.0,), high=(3.0,),
        distinct=100,
    )  # fmt: skip
    if "std" in changes and "iqr" not in changes:
        changes["iqr"] = tuple(1.35 * value for value in changes["std"])
    return dataclasses.replace(base, **changes)


def misread(known: ArrayFacts, stored: str = "float32", *, decoded: bool = False) -> ArrayFacts:
    """Numbers from 1e-38 to 1e38, which in the other order are these."""
    wild = array(mean=(1e36,), std=(1e37,), low=(-3e38,), high=(3e38,))
    return dataclasses.replace(wild, misread=MisreadFacts(stored, 1.0, known, decoded))


PIXELS = array(shape=(100, 8, 8, 1), mean=(0.4,), std=(0.3,), low=(0.0,), high=(1.0,))
TINY = array(mean=(0.0016,), std=(0.0012,), low=(0.0,), high=(0.0039,))


def labels(low: float, high: float, distinct: int, **changes: Any) -> ArrayFacts:
    base = array(name="y", shape=(100,), dtype="int64", low=(low,), high=(high,), distinct=distinct, integers=True)
    return dataclasses.replace(base, mean=((low + high) / 2,), **changes)


def one_hot(width: int) -> ArrayFacts:
    return array(
        name="y", shape=(100, width), mean=(0.3,) * width, std=(0.4,) * width, low=(0.0,) * width, high=(1.0,) * width,
        distinct=2, integers=True, one_hot=True,
    )  # fmt: skip


def dense(name: str, activation: str | None, units: int = 32, **changes: Any) -> LayerFacts:
    return dataclasses.replace(LayerFacts(name, "Dense", activation, "GlorotUniform", units, site=SITE), **changes)


def out(activation: str | None, units: int = 1, **changes: Any) -> LayerFacts:
    return dense("out", activation, units, is_output=True, **changes)


def model(*layers: LayerFacts, **changes: Any) -> ModelFacts:
    base = ModelFacts(layers=layers, loss="mean_squared_error", optimizer="Adam", learning_rate=0.001)
    return dataclasses.replace(base, **changes)


MADE = Site(file="train.py", line=9, source="made = Dense(1)(x)")
AFTER = LayerFacts("after", "Activation", "sigmoid", None, 1, is_output=True, site=SITE)
THREE: dict[str, Any] = {
    "layer": {"file": "train.py", "line": 9, "source": "made = Dense(1)(x)", "units": 3},
    "loss": "sparse_categorical_crossentropy",
    "activations": {"out": "softmax"},
}
BEHIND = {**THREE, "activations": {"after": "softmax"}}


def one_unit(targets: ArrayFacts | None = None, *, loss: str = "binary_crossentropy",
             layers: tuple[LayerFacts, ...] | None = None, reruns: bool = True, kind: str = "fit") -> Evidence:  # fmt: skip
    """Class numbers on an output of one unit."""
    made = model(*(layers or (out("sigmoid", 1, site=MADE),)), loss=loss)
    found = case("useless", targets=(labels(0, 2, 3) if targets is None else targets,), model=made)
    return dataclasses.replace(found, reruns=reruns, kind=kind)


METRES, NIGHTS = (
    ArrayFacts("x", (100,), "float32", 100, mean=(mean,), std=(std,), low=(low,), high=(high,))
    for mean, std, low, high in ((500.0, 200.0, 100.0, 900.0), (4.0, 2.1, 1.0, 7.0))
)
CALL = {"file": SITE.file, "line": SITE.line}
NORMALIZED = LayerFacts("scale", "Normalization", statistics=1)


CLOUDS = dataclasses.replace(
    array(mean=(0.0, 0.0), std=(150.0, 9.0)), shape=(900, 32, 2), within=(8.0, 4.0)
)  # 19 times


TURNED = Disturbance("turn", "RandomRotation", (("factor", (0.35,)),))


def brightened(assumed: tuple[float, float], given: tuple[float, float]) -> LayerFacts:
    """A layer that changes pictures, which takes them to lie in one range, and they lie in another."""
    return LayerFacts("brighter", "RandomBrightness", value_range=assumed, given_range=given)


def masked(within: int, low: float, high: float, kind: str = "Masking", value: float | None = 0.0) -> LayerFacts:
    """A layer that masks a part of what it is given, some of it between readings."""
    return LayerFacts("mask", kind, mask=MaskFacts(value, within + 60, within, 200, low, high))


PEEKS, ATTENDS = (
    Symptom("useless", 500, 4, evidence={"peeks": True}),
    LayerFacts("att", "MultiHeadAttention", builtin=True),
)
OF_THE_START = Symptom("useless", 500, 4, evidence={"inference_loss": 1.7, "averaged_weights": True})


def case(kind: str = "nonfinite", **changes: Any) -> Evidence:
    return dataclasses.replace(Evidence(Symptom(kind, 3)), **changes)


def decide(name: str, evidence: Evidence) -> list[Any]:
    return list(remedies()[name].strengths(evidence))


BACK = {"low": -1.3, "high": -0.4, "factor": 1000.0, "shift": 898.0, "place": 0}


def astray(low: float | None, high: float | None, **found: Any) -> Evidence:
    """Some of the targets, standardised by the program, are not what they say."""
    known = {"kind": "unit", "factor": 1.0, "shift": 0.0, "rows": 90, "of": 400, "before": 0.2, "after": 0.9, **found}
    symptom = Symptom("useless", 3, evidence={"astray": {"low": low, "high": high, **known}})
    return dataclasses.replace(case(), symptom=symptom, targets=(array(name="y", shape=(100,)),))


DIVIDED = Site(file="train.py", line=4, source="x /= norm")
DIVISION = {"file": "train.py", "line": 4, "source": "x /= norm"}
FLAT = {"center": [0.0], "scale": [1.0]}


def series(width: int = 1, rank: int = 3, **changes: Any) -> Evidence:
    """Windows of prices around 30000 (and of columns of order one), and the price that follows."""
    rest = width - 1
    inputs = array(
        shape=(100, 50, width) if rank == 3 else (100, 50), mean=(3e4, *[2.0] * rest), std=(4e3, *[5.0] * rest),
        low=(1e4, *[-9.0] * rest), high=(6e4, *[13.0] * rest),
    )  # fmt: skip
    base = case(
        inputs=(inputs,), targets=(array(name="y", shape=(100,), mean=(3e4,), std=(4e3,), low=(1e4,), high=(6e4,)),),
        model=model(LayerFacts("lstm", "LSTM", "tanh", recurrent=True), out("linear"), fit_site=SITE),
        windows=WindowFacts(feature=0, error=300.0, spread=4e3, reach=900.0, rank=rank),
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


DECISIONS: dict[str, list[tuple[str, Evidence, list[Any]]]] = {
    "rescale-inputs": [
        ("in order", case(inputs=(array(),)), []),
        ("unknown", case(), []),
        ("tokens", case(inputs=(array(dtype="int32", mean=(80.0,), std=(50.0,), integers=True),)), []),
        (
            "large column",
            case(inputs=(array(mean=(500.0,), std=(200.0,), low=(100.0,), high=(900.0,)),)),
            [{"method": "standard", "inputs": [{"center": [500.0], "scale": [200.0]}]}],
        ),
        *(
            (
                f"nights beside metres, {name}",
                case(
                    inputs=(METRES, NIGHTS),
                    entries=tuple(EntryFacts((), (), each, known=False) if own else None for each in (METRES, NIGHTS)),
                ),
                [{"method": "standard", "inputs": [{"center": [500.0], "scale": [200.0]}, nights]}],
            )
            for name, own, nights in (
                ("through the user's own code", True, None),
                ("which the model takes as they are", False, {"center": [4.0], "scale": [2.1]}),
            )
        ),
        (
            "large column of a training that learns nothing",
            case("useless", inputs=(array(mean=(500.0,), std=(200.0,), low=(100.0,), high=(900.0,)),)),
            [
                {"method": "standard", "inputs": [{"center": [500.0], "scale": [200.0]}]},
                {"method": "range", "inputs": [{"center": [100.0], "scale": [800.0]}]},
            ],
        ),
        (
            "codes for an embedding among measures",
            case(
                inputs=(
                    array(
                        shape=(90, 2), mean=(50.0, 30.0), std=(29.0, 9.0), low=(0.0, 2.5), high=(99.0, 80.0), whole=(0,)
                    ),
                ),
                model=model(dense("hidden", "relu"), LayerFacts("ids", "Embedding"), out("linear")),
            ),
            [{"method": "standard", "inputs": [{"center": [0.0, 30.0], "scale": [1.0, 9.0]}]}],
        ),
        (
            "codes for an embedding and measures in order",
            case(
                inputs=(
                    array(
                        shape=(90, 2), mean=(50.0, 0.1), std=(29.0, 1.0), low=(0.0, -2.0), high=(99.0, 3.0), whole=(0,)
                    ),
                ),
                model=model(dense("hidden", "relu"), LayerFacts("ids", "Embedding"), out("linear")),
            ),
            [],
        ),
        (
            "constant column is only centered",
            case(inputs=(array(mean=(500.0,), std=(0.0,), low=(500.0,), high=(500.0,)),)),
            [{"method": "standard", "inputs": [{"center": [500.0], "scale": [1.0]}]}],
        ),
        (
            "second input in order",
            case(inputs=(array(mean=(500.0,), std=(200.0,)), array(name="x[1]"))),
            [{"method": "standard", "inputs": [{"center": [500.0], "scale": [200.0]}, None]}],
        ),
        (
            "pixels divided by 255 twice",
            case(inputs=(PIXELS,), entries=(EntryFacts(("Rescaling",), ("r",), TINY, (0.0,), (255.0,)),)),
            [{"method": "undo", "inputs": [{"center": [0.0], "scale": [1 / 255]}]}],
        ),
        (
            "pixels divided by 255 for a model that brings bytes to -1 ... 1",
            case(inputs=(PIXELS,), entries=(EntryFacts(("Rescaling",), ("r",), TINY, (127.5,), (127.5,)),)),
            [{"method": "undo", "inputs": [{"center": [0.0], "scale": [1 / 255]}]}],
        ),
        (
            "standardised for a model that standardises itself",
            case(inputs=(array(),), entries=(EntryFacts(("Normalization",), ("n",), TINY, (500.0,), (200.0,)),)),
            [{"method": "undo", "inputs": [{"center": [-2.5], "scale": [1 / 200]}]}],
        ),
        (
            "raw for a model that was made for what is scaled",
            case(
                inputs=(array(mean=(500.0,), std=(200.0,)),),
                entries=(EntryFacts(("Rescaling",), ("r",), array(mean=(250.0,), std=(100.0,)), (0.0,), (2.0,)),),
            ),
            [{"method": "undo", "inputs": [{"center": [500.0], "scale": [100.0]}]}],
        ),
        (
            "the model's own map is none that can be undone",
            case(inputs=(PIXELS,), entries=(EntryFacts(("Clip",), ("c",), TINY),)),
            [],
        ),
        (
            "the model puts it in order",
            case(
                inputs=(array(mean=(500.0,), std=(200.0,)),),
                entries=(EntryFacts(("Normalization",), ("n",), array(), (500.0,), (200.0,)),),
            ),
            [],
        ),
        (
            "outlier: robust first",
            case(
                inputs=(
                    array(
                        mean=(9e5,), std=(1e6,), median=(5.0,), iqr=(1.349,), high=(1e8,), low=(0.0,), outlier_count=1
                    ),
                )
            ),
            [
                {"method": "robust", "inputs": [{"center": [5.0], "scale": [1.0]}]},
                {"method": "standard", "inputs": [{"center": [9e5], "scale": [5e6]}]},
            ],
        ),
        (
            "pixels of bytes",
            case(inputs=(array(dtype="uint8", mean=(33.0,), std=(78.0,), low=(0.0,), high=(255.0,), integers=True),)),
            [{"method": "standard", "inputs": [{"center": [33.0], "scale": [78.0]}]}],
        ),
        (
            "flattened pixels share one scale",
            case(
                inputs=(
                    array(
                        mean=(0.0, 100.0) * 8, std=(0.0, 60.0) * 8, low=(0.0,) * 16, high=(255.0,) * 16, integers=True
                    ),
                )
            ),
            [{"method": "standard", "inputs": [{"center": [50.0], "scale": [math.sqrt(1800.0 + 2500.0)]}]}],
        ),
        (
            "almost always the same",
            case(inputs=(array(mean=(10.0,), std=(0.01,), low=(0.0,), high=(10.0,)),)),
            [{"method": "standard", "inputs": [{"center": [10.0], "scale": [0.5]}]}],
        ),
    ],
    "lower-learning-rate": [
        ("ordinary", case(), [{"factor": f} for f in (0.3, 0.1, 0.03, 0.01, 0.001, 1e-4)]),
        ("nan", case(model=model(learning_rate=math.nan)), [{"rate": 0.001}, {"rate": 0.0001}]),
        ("negative SGD", case(model=model(learning_rate=-1.0, optimizer="SGD")), [{"rate": 0.01}, {"rate": 0.001}]),
        ("zero", case(model=model(learning_rate=0.0)), [{"rate": 0.001}, {"rate": 0.0001}]),
        (
            "a schedule may start at zero",
            case(model=model(learning_rate=0.0, schedule=True)),
            [{"factor": f} for f in (0.3, 0.1, 0.03, 0.01, 0.001, 1e-4)],
        ),
    ],
    "raise-learning-rate": [
        ("exploded", case("nonfinite"), []),
        ("unknown rate", case("useless"), [{"factor": 3.0}, {"factor": 10.0}, {"factor": 100.0}]),
        (
            "tiny rate",
            case("useless", model=model(learning_rate=1e-7)),
            [{"factor": 3.0}, {"factor": 10.0}, {"factor": 100.0}, {"factor": 1e4}, {"factor": 1e5}],
        ),
        ("ordinary rate", case("useless", model=model()), [{"factor": 3.0}, {"factor": 10.0}]),
        (
            "plain gradients",
            case("useless", model=model(optimizer="SGD", learning_rate=1e-3)),
            [{"factor": 3.0}, {"factor": 10.0}, {"factor": 100.0}, {"factor": 1000.0}],
        ),
        (
            "weights that have come a thousandth of the way",
            case("useless", model=model(optimizer="SGD", learning_rate=0.05), course=Course(90, moved=3e-3)),
            [{"factor": 100.0}, {"factor": 1000.0}, {"factor": 10000.0}],
        ),
        (
            "sample weights that add up to one",
            case(
                "useless",
                model=model(optimizer="SGD", learning_rate=0.01),
                weights=array(name="sample_weight", mean=(1e-3,)),
            ),
            [{"factor": f} for f in (3.0, 10.0, 100.0, 1000.0, 10000.0)],
        ),
        ("high already", case("useless", model=model(learning_rate=0.1)), []),
        ("invalid", case("useless", model=model(learning_rate=0.0)), []),
        (
            "a schedule that soon leaves nothing",
            case("useless", model=model(), course=Course(900, 900, rates=(1e-3, 1e-6, 1e-9) + (1e-12,) * 8)),
            [{"floor": 1e-3}],
        ),
        (
            "the same of SGD, from a small rate",
            case("useless", model=model(optimizer="SGD"), course=Course(900, 900, rates=(1e-3,) + (1e-12,) * 10)),
            [{"floor": 1e-3}, {"floor": 0.01}],
        ),
    ],
    "clip-gradients": [
        ("nothing known", case(), [{"global_clipnorm": 1.0}, {"global_clipnorm": 0.1}]),
        (
            "grew from 4",
            case(course=Course(9, 90, (), (3.9, 4.1, 5.0, 9.0, 80.0, 1e3, 1e5, 1e9, math.inf, 1.0))),
            [{"global_clipnorm": 5.0}, {"global_clipnorm": 1.0}, {"global_clipnorm": 0.1}],
        ),
        (
            "small norms",
            case(course=Course(1, 9, (), (0.03,))),
            [{"global_clipnorm": 0.02}, {"global_clipnorm": 0.002}],
        ),
        (
            "huge from the start",
            case(course=Course(1, 9, (), (1e6, math.nan))),
            [{"global_clipnorm": b} for b in (1e6, 1e3, 1.0, 0.1)],
        ),
        (
            "bad from the first step",
            case(course=Course(1, 9, (), (math.nan, 7.0))),
            [{"global_clipnorm": 1.0}, {"global_clipnorm": 0.1}],
        ),
    ],
    "clip-outlying-gradients": [
        ("nothing known", case(), []),
        ("too few steps to speak of a spread", case(course=Course(24, 90, (), (2.0,) * 24)), []),
        (
            "all but equal norms have a spread of a hundredth",
            case(course=Course(25, 90, (), (2.0,) * 25)),
            [{"z": z, "mean": 2.0, "deviation": 0.02} for z in (3.5, 2.5)],
        ),
        (
            "by the last quarter of the sound steps",
            case(course=Course(121, 200, (), (*(9.0,) * 90, *(1.0, 2.0, 3.0) * 10, math.inf))),
            [{"z": z, "mean": 2.0, "deviation": 1.4826} for z in (3.5, 2.5)],
        ),
    ],
    "cap-learning-rate": [
        ("nothing known", case(), []),
        ("it only went on", case(course=Course(90, 900, rates=(1e-3, 1.5e-3, 1.9e-3, 3.7e-3))), []),
        ("it jumped", case(course=Course(90, 900, rates=(1e-3, 2e-3, 4.1e-3))), [{"most": 2e-3}, {"most": 2e-4}]),
        (
            "one that is none before",
            case(course=Course(90, 900, rates=(math.nan, 1e-3, 1.0))),
            [{"most": 1e-3}, {"most": 1e-4}],
        ),
        ("a rate of NaN is no jump", case(course=Course(90, 900, rates=(1e-3, math.nan))), []),
    ],
    "clip-growing-gradients": [
        ("nothing known", case(), []),
        ("too few steps", case(course=Course(24, 90, (), (2.0,) * 24)), []),
        (
            "begins with the usual norm",
            case(course=Course(25, 90, (), (2.0,) * 25)),
            [{"ratio": ratio, "norm": 2.0} for ratio in (1.5, 1.05)],
        ),
        (
            "what was not finite is no norm",
            case(course=Course(27, 90, (), (*(2.0,) * 25, math.nan, math.inf))),
            [{"ratio": ratio, "norm": 2.0} for ratio in (1.5, 1.05)],
        ),
    ],
    "swap-activation": [
        ("nothing known", case("useless"), []),
        (
            "a sign between the output and the loss",
            case(
                "useless", model=model(dense("a", "relu"), out("linear")), stepped=dataclasses.replace(SITE, op="Sign")
            ),
            [
                {
                    "activations": {},
                    "calls": [{"op": "Sign", "file": "train.py", "line": 3, "activation": "tanh"}],
                    "initializers": {},
                }
            ],
        ),
        (
            "a hidden softmax that code calls",
            case("useless", model=model(dense("a", "relu"), out("linear")), starving=(HiddenShares(64, SITE),)),
            [
                {
                    "activations": {},
                    "calls": [{"op": "Softmax", "file": "train.py", "line": 3, "activation": name}],
                    "initializers": {},
                }
                for name in ("relu", "elu")
            ],
        ),
        (
            "a hidden softmax of a layer",
            case(
                "useless",
                model=model(dense("a", "softmax"), dense("b", "relu"), out("linear")),
                starving=(HiddenShares(64, None, "a"),),
            ),
            [{"activations": {"a": name}, "calls": [], "initializers": {"a": "he_normal"}} for name in ("relu", "elu")],
        ),
        (
            "a rounding that lets no gradient through",
            case(
                symptom=Symptom("error", 0, None, "gradient"),
                model=model(dense("a", "relu"), out("sigmoid")),
                severed=Severed(Cut.OPERATION, dataclasses.replace(SITE, op="Round")),
            ),
            [
                {
                    "activations": {},
                    "calls": [{"op": "Round", "file": "train.py", "line": 3, "activation": "linear"}],
                    "initializers": {},
                }
            ],
        ),
        (
            "a choice that lets no gradient through",
            case(
                symptom=Symptom("error", 0, None, "gradient"),
                model=model(dense("a", "relu"), out("sigmoid")),
                severed=Severed(Cut.OPERATION, dataclasses.replace(SITE, op="ArgMax")),
            ),
            [],
        ),
        (
            "relu recurrence",
            case(model=model(LayerFacts("lstm", "LSTM", "relu", "GlorotUniform", 8, recurrent=True), out("sigmoid"))),
            [{"activations": {"lstm": "tanh"}, "initializers": {}}],
        ),
        (
            "tanh recurrence stays",
            case(model=model(LayerFacts("lstm", "LSTM", "tanh", "GlorotUniform", 8, recurrent=True), out("sigmoid"))),
            [],
        ),
        ("a gate stays", case("useless", model=model(dense("a", "sigmoid", gate=True), out("sigmoid"))), []),
        (
            "a cell of one's own that calls relu",
            case(
                model=model(
                    LayerFacts("relu at a.py:7", "Relu", "relu", builtin=False, recurrent=True, site=SITE), out(None)
                )
            ),
            [{"activations": {}, "calls": [{**CALL, "op": "Relu", "activation": "tanh"}], "initializers": {}}],
        ),
        (
            "sigmoids that are called behind layers: their weights are drawn anew, too",
            case(
                "useless",
                model=model(
                    LayerFacts("sigmoid at a.py:7", "Sigmoid", "sigmoid", builtin=False, site=SITE),
                    dense("a", "linear"),
                    out(None),
                ),
            ),
            [
                {
                    "activations": {},
                    "calls": [{**CALL, "op": "Sigmoid", "activation": each}],
                    "initializers": {"a": drawn},
                }
                for each, drawn in (("relu", "he_normal"), ("elu", "he_normal"), ("selu", "lecun_normal"))
            ],
        ),
        (
            "wide sigmoid: relu first",
            case("useless", model=model(dense("a", "sigmoid"), out("sigmoid"))),
            [
                {"activations": {"a": name}, "initializers": {"a": initializer}}
                for name, initializer in (("relu", "he_normal"), ("elu", "he_normal"), ("selu", "lecun_normal"))
            ],
        ),
        (
            "deep and narrow: selu first",
            case("useless", model=model(*(dense(n, "sigmoid", 5) for n in "abcd"), out("sigmoid"))),
            [
                {"activations": dict.fromkeys("abcd", name), "initializers": dict.fromkeys("abcd", initializer)}
                for name, initializer in (("selu", "lecun_normal"), ("elu", "he_normal"), ("relu", "he_normal"))
            ],
        ),
        (
            "saturated by raw inputs: not its business",
            case("useless", inputs=(array(mean=(900.0,)),), model=model(dense("a", "sigmoid"), out("sigmoid"))),
            [],
        ),
        (
            "dead relu",
            case("useless", model=model(dense("a", "relu", dead=0.9), out("linear"))),
            [
                {"activations": {"a": "leaky_relu"}, "initializers": {}},
                {"activations": {"a": "leaky_relu"}, "initializers": {"a": "he_normal"}},
                {"activations": {"a": "elu"}, "initializers": {"a": "he_normal"}},
            ],
        ),
        (
            "exploding stack",
            case("diverged", model=model(dense("a", "exponential"), dense("b", "linear"), out("linear"))),
            [
                {"activations": {"a": "softplus"}, "initializers": {}},
                {"activations": {"a": "tanh", "b": "tanh"}, "initializers": {}},
            ],
        ),
        (
            "no nonlinearity at all",
            case("useless", model=model(dense("a", "linear"), dense("b", "linear"), out("softmax", 3))),
            [
                {"activations": {"a": "relu", "b": "relu"}, "initializers": {}},
                {"activations": {"a": "relu", "b": "relu"}, "initializers": {"a": "he_normal", "b": "he_normal"}},
            ],
        ),
        ("outputs are left alone", case("useless", model=model(out("sigmoid"))), []),
    ],
    "widen-output": [
        ("three classes on one sigmoid", one_unit(), [THREE]),
        (
            "three classes on a product and an activation",
            one_unit(layers=(dense("made", None, 1, site=MADE), AFTER)),
            [BEHIND],
        ),
        ("what cannot be run again", one_unit(reruns=False), []),
        ("a loop", one_unit(kind="loop"), []),
        ("two classes", one_unit(labels(0, 1, 2)), []),
        ("twenty", one_unit(labels(0, 19, 20)), [{**THREE, "layer": {**THREE["layer"], "units": 20}}]),
        ("more than classes are", one_unit(labels(0, 20, 21)), []),
        ("one of them is missing", one_unit(labels(0, 3, 3)), []),
        ("from 1 on", one_unit(labels(1, 3, 3)), []),
        ("of many labels each", one_unit(dataclasses.replace(labels(0, 2, 3), shape=(100, 2))), []),
        ("real numbers", one_unit(array(low=(0.0,), high=(2.0,), distinct=3)), []),
        ("grades under squared errors", one_unit(loss="mean_squared_error"), []),
        ("a loss of the user's own", one_unit(loss="custom"), []),
        ("enough units", one_unit(layers=(out("softmax", 3, site=MADE),)), []),
        ("a layer of the user's own", one_unit(layers=(out("sigmoid", 1, builtin=False, site=MADE),)), []),
        ("made who knows where", one_unit(layers=(out("sigmoid", 1, site=None),)), []),
    ],
    "guard-division": [
        ("nothing was divided", case(inputs=(array(nan=2, bad_row_count=2),)), []),
        ("warned, and the data are sound", case(inputs=(array(),), targets=(array(),), divided=(DIVIDED,)), []),
        ("bad rows", case(inputs=(array(nan=2, bad_row_count=2),), divided=(DIVIDED,)), [{"divisions": [DIVISION]}]),
        (
            "bad targets",
            case(targets=(array(inf=1, bad_row_count=1),), divided=(DIVIDED,)),
            [{"divisions": [DIVISION]}],
        ),
        ("bad weights", case(weights=array(nan=1, bad_row_count=1), divided=(DIVIDED,)), [{"divisions": [DIVISION]}]),
        (
            "validation only",
            case(inputs=(array(),), validation=(array(nan=2, bad_row_count=2),), divided=(DIVIDED,)),
            [{"divisions": [DIVISION]}],
        ),
        (
            "what a step was given",
            case(finding=Finding("Input", "data"), divided=(DIVIDED,)),
            [{"divisions": [DIVISION]}],
        ),
        ("made in the step", case(finding=Finding("RealDiv", "forward"), divided=(DIVIDED,)), []),
        (
            "several lines",
            case(inputs=(array(nan=2, bad_row_count=2),), divided=(DIVIDED, dataclasses.replace(DIVIDED, line=9))),
            [{"divisions": [DIVISION, {**DIVISION, "line": 9}]}],
        ),
        ("a line without a text", case(inputs=(array(bad_row_count=2),), divided=(Site(file="train.py", line=4),)), []),
    ],
    "drop-nonfinite-rows": [
        ("clean", case(inputs=(array(),)), []),
        ("few bad rows", case(inputs=(array(nan=2, bad_row_count=2),)), [{"drop_rows": True}]),
        ("bad targets", case(inputs=(array(),), targets=(array(inf=1, bad_row_count=1),)), [{"drop_rows": True}]),
        ("bad weights", case(weights=array(nan=1, bad_row_count=1)), [{"drop_rows": True}]),
        ("too many", case(inputs=(array(nan=40, bad_row_count=40),)), []),
        ("nothing was read", case(inputs=(array(rows_read=0, bad_row_count=2),)), []),
        (
            "validation only",
            case(inputs=(array(),), validation=(array(nan=2, bad_row_count=2),)),
            [{"drop_rows": True}],
        ),
        ("too many there", case(inputs=(array(),), validation=(array(nan=40, bad_row_count=40),)), []),
        (
            "rows like these are to be predicted",
            case(
                inputs=(array(nan=2, bad_row_count=2),),
                validation=(array(name="validation x", nan=2, bad_row_count=2),),
            ),
            [],
        ),
        (
            "and targets are bad as well",
            case(
                inputs=(array(),),
                targets=(array(nan=1, bad_row_count=1),),
                validation=(array(name="validation x", nan=2, bad_row_count=2),),
            ),
            [{"drop_rows": True}],
        ),
    ],
    "drop-remainder": [
        ("nothing is known of the batch", case(), []),
        ("a last batch of one row", case(remainder=Remainder(1, 16)), [{"rows": 16}]),
        ("of several", case(remainder=Remainder(7, 128)), [{"rows": 128}]),
        ("in a training that learns nothing", case("useless", remainder=Remainder(1, 16)), []),
    ],
    "impute-missing": [
        ("clean", case(inputs=(array(),)), []),
        ("only targets are bad", case(inputs=(array(),), targets=(array(nan=3, bad_row_count=3),)), []),
        (
            "half of a column",
            case(inputs=(array(nan=50, bad_row_count=50, median=(2.5,)),)),
            [{"inputs": [{"fill": [2.5]}]}],
        ),
        (
            "a column without any entry",
            case(inputs=(array(nan=100, bad_row_count=100, median=(math.nan,)),)),
            [{"inputs": [{"fill": [0.0]}]}],
        ),
        ("second input", case(inputs=(array(), array(inf=1, bad_row_count=1))), [{"inputs": [None, {"fill": [0.0]}]}]),
        (
            "validation only",
            case(inputs=(array(median=(2.5,)),), validation=(array(name="validation x", nan=2, bad_row_count=2),)),
            [{"inputs": [{"fill": [2.5]}]}],
        ),
    ],
    "exchange-arguments": [
        ("nothing known", case(), []),
        ("names that say nothing", case(model=model(out("softmax"), loss_arguments=("a", "b"))), []),
        ("as Keras calls it", case(model=model(out("softmax"), loss_arguments=("y_true", "y_pred"))), []),
        (
            "predictions first",
            case(model=model(out("softmax"), loss_arguments=("y_pred", "y_true"))),
            [{"exchange": True}],
        ),
    ],
    "negate-loss": [
        ("nothing known", case("useless"), []),
        ("a score", case(symptom=Symptom("useless", 3, evidence={"turned": True})), [{"negate": True}]),
        (
            "a score in a loop",
            dataclasses.replace(case(symptom=Symptom("useless", 3, evidence={"turned": True})), kind="loop"),
            [],
        ),
        (
            "several losses",
            case(symptom=Symptom("useless", 3, evidence={"turned": True}), targets=(array(), array())),
            [],
        ),
    ],
    "align-shapes": [
        ("nothing crosses", case("useless"), []),
        (
            "a column",
            case("useless", crossing=Crossing("Sub", 32, 1, SITE)),
            [
                {"op": "Sub", "file": "train.py", "line": 3},
            ],
        ),
        ("a blind loss that nothing is known of", case("useless", model=model(out("linear"), loss="custom")), []),
        (
            "rows poured together",
            case("useless", crossing=Crossing("Sum", 32, 0, SITE, "poured")),
            [{"op": "Sum", "file": "train.py", "line": 3, "form": "poured"}],
        ),
        (
            "labels set against themselves",
            case("useless", crossing=Crossing("Equal", 32, 1, SITE, "transposed")),
            [{"op": "Equal", "file": "train.py", "line": 3, "form": "transposed"}],
        ),
        (
            "whatever the loss",
            case("useless", crossing=Crossing("Mul", 32, 0, SITE), model=model(out("linear"), loss="custom")),
            [{"op": "Mul", "file": "train.py", "line": 3}],
        ),
    ],
    "ignore-missing-labels": [
        ("none", case(inputs=(array(),), targets=(array(),)), []),
        ("nothing is left", case(targets=(array(nan=100, bad_row_count=100, distinct=0),)), []),
        (
            "a loop",
            dataclasses.replace(case(targets=(array(nan=3, bad_row_count=3),)), kind="loop"),
            [{"missing_labels": "spared"}],
        ),
        (
            "a step of one's own",
            case(targets=(array(nan=3, bad_row_count=3),), model=model(out("linear"), loss=None)),
            [{"missing_labels": "spared"}],
        ),
        (
            "gaps",
            case(targets=(array(nan=3, bad_row_count=3),), model=model(out("linear"))),
            [{"missing_labels": "predicted"}, {"missing_labels": "spared"}],
        ),
        (
            "class numbers",
            case(
                targets=(array(nan=3, bad_row_count=3),),
                model=model(out("softmax"), loss="sparse_categorical_crossentropy"),
            ),
            [],
        ),
    ],
    "winsorize-outliers": [
        ("none", case(inputs=(array(),)), []),
        (
            "one",
            case(inputs=(array(outlier_count=1, kept_low=(-4.0,), kept_high=(4.0,)),)),
            [{"inputs": [{"low": [-4.0], "high": [4.0]}]}],
        ),
        (
            "standardised with its sentinels",
            case(
                inputs=(array(outlier_count=9, kept_low=(-0.11,), kept_high=(-0.09,), median=(-0.1,), iqr=(0.001349,)),)
            ),
            [{"inputs": [{"low": [-0.11], "high": [-0.09], "center": [-0.1], "scale": [pytest.approx(0.001)]}]}],
        ),
        ("bounds are not known", case(inputs=(array(outlier_count=1),)), []),
        ("bounds are not finite", case(inputs=(array(outlier_count=1, kept_low=(-math.inf,), kept_high=(1.0,)),)), []),
        (
            "of the targets",
            case(inputs=(array(),), targets=(array(outlier_count=1, kept_low=(0.0,), kept_high=(1.0,)),)),
            [{"labels": [0.0, 1.0]}],
        ),
    ],
    "rescale-targets": [
        ("in order", case(targets=(array(),), model=model(out("linear"))), []),
        *(
            (
                f"two units under a {activation}",
                case(
                    targets=(
                        array(shape=(100, 2), mean=(600.0, 3.0), std=(300.0, 4.0), low=(0.0, 1.0), high=(1000.0, 5.0)),
                    ),
                    model=model(out(activation, 2)),
                ),
                [
                    {"targets": [{"center": center, "scale": scale}]},
                    {"targets": [{"center": [600.0, 3.0], "scale": [300.0, 4.0]}]},
                ],
            )
            for activation, center, scale in (
                ("sigmoid", [0.0, 1.0], [1000.0, 4.0]),
                ("tanh", [500.0, 3.0], [500.0, 2.0]),
                ("relu", [0.0, 0.0], [math.hypot(600.0, 300.0), 5.0]),
            )
        ),
        (
            "prices",
            case(targets=(array(mean=(2e5,), std=(1e5,), low=(1e4,), high=(9e5,)),), model=model(out("linear"))),
            [{"targets": [{"center": [2e5], "scale": [1e5]}]}],
        ),
        (
            "parameters of a distribution are no predictions",
            case(
                targets=(array(mean=(2e5,), std=(1e5,), low=(1e4,), high=(9e5,)),),
                model=model(out("linear", 12), loss="custom"),
            ),
            [],
        ),
        (
            "tiny",
            case(targets=(array(mean=(0.0,), std=(1e-5,), low=(-1e-5,), high=(1e-5,)),), model=model(out("linear"))),
            [{"targets": [{"center": [0.0], "scale": [1e-5]}]}],
        ),
        ("classes", case(targets=(labels(0, 9, 10),), model=model(loss="sparse_categorical_crossentropy")), []),
        ("two values", case(targets=(labels(0, 255, 2),), model=model(out("linear"))), []),
        ("percentage error", case(targets=(array(mean=(2e5,), std=(1e5,)),), model=model(loss="mape")), []),
        (
            "positive output: only scaled",
            case(targets=(array(mean=(30.0,), std=(40.0,), low=(0.0,), high=(200.0,)),), model=model(out("softplus"))),
            [{"targets": [{"center": [0.0], "scale": [50.0]}]}, {"targets": [{"center": [30.0], "scale": [40.0]}]}],
        ),
        (
            "bounded output: into its range",
            case(targets=(array(mean=(30.0,), std=(40.0,), low=(0.0,), high=(200.0,)),), model=model(out("sigmoid"))),
            [{"targets": [{"center": [0.0], "scale": [200.0]}]}, {"targets": [{"center": [30.0], "scale": [40.0]}]}],
        ),
        (
            "loss unknown",
            case(targets=(array(mean=(50.0,), std=(3.0,), low=(40.0,), high=(60.0,)),)),
            [{"targets": [{"center": [50.0], "scale": [3.0]}]}],
        ),
    ],
    "shuffle-rows": [
        ("torn apart", dataclasses.replace(case(), shuffled_apart=True), [{"shuffle": True, "together": True}]),
        ("order not known", case(targets=(labels(0, 3, 4),)), []),
        ("as few stretches as batches", case(targets=(labels(0, 3, 4, stretches=6, batches=6),)), [{"shuffle": True}]),
        ("one more", case(targets=(labels(0, 3, 4, stretches=7, batches=6),)), []),
        ("batches of one row", case(targets=(labels(0, 3, 4, stretches=70, batches=100),)), []),
        ("and of more", case(targets=(labels(0, 3, 4, stretches=70, batches=99),)), [{"shuffle": True}]),
        (
            "class by class, few rows",
            case(targets=(labels(0, 1, 2, stretches=4, batches=2, classes=((0.0, 50), (1.0, 50))),)),
            [{"shuffle": True}],
        ),
    ],
    "remap-labels": [
        ("nothing known", case(), []),
        *(
            (
                f"what a step was refused: {words}",
                case(
                    finding=Finding(
                        "SparseSoftmaxCrossEntropyWithLogits",
                        "forward",
                        SITE,
                        input_low=low,
                        input_high=high,
                        labels=(count, 7),
                    )
                ),
                [*more, {"op": "SparseSoftmaxCrossEntropyWithLogits", "file": "train.py", "line": 3}],
            )
            for words, low, high, count, more in (
                ("numbers from 1", 1.0, 7.0, 40, [{"offset": 1, "width": 7}]),
                ("few enough for a class 0 to be missing by chance", 1.0, 7.0, 22, []),
                ("just too many for that", 1.0, 7.0, 23, [{"offset": 1, "width": 7}]),
                ("numbers from 0", 0.0, 7.0, 40, []),
                ("a mark for what is not known", 0.0, 255.0, 40, []),
            )
        ),
        (
            "labels without an output, of one of two outputs",
            case(
                targets=(labels(-1, 2, 4, shape=(600, 9)), labels(0, 2, 3)),
                model=model(
                    out("linear", 3, place=0),
                    out("linear", 3, place=1),
                    loss="sparse_categorical_crossentropy",
                    losses=("sparse_categorical_crossentropy",) * 2,
                ),
            ),
            [{"op": "SparseSoftmaxCrossEntropyWithLogits", "file": None, "line": None}],
        ),
        (
            "an operation was given labels without an output",
            case(finding=Finding("SparseSoftmaxCrossEntropyWithLogits", "forward", site=SITE)),
            [{"op": "SparseSoftmaxCrossEntropyWithLogits", **CALL}],
        ),
        (
            "classes marked by 1 and -1",
            case(
                targets=(array(low=(-1.0,) * 4, high=(1.0,) * 4, mean=(-0.5,) * 4, distinct=2, integers=True),),
                model=model(out("softmax", 4), loss="categorical_crossentropy"),
            ),
            [{"shift": -1.0, "divisor": 2.0}],
        ),
        *(
            (
                f"class numbers that were scaled: {name}",
                case(
                    targets=(array(shape=(90,), distinct=len(values), classes=tuple((each, 9) for each in values)),),
                    model=model(out("softmax", 5), loss="sparse_categorical_crossentropy"),
                ),
                found,
            )
            for name, values, found in (
                ("all five", (0.0, 0.25, 0.5, 0.75, 1.0), [{"shift": 0.0, "divisor": 0.25, "whole": True}]),
                (
                    "as float32",
                    (0.0, 0.333333343, 0.666666687),
                    [{"shift": 0.0, "divisor": 0.333333343, "whole": True}],
                ),
                ("one is missing", (0.2, 0.4, 0.8), [{"shift": 0.2, "divisor": 0.2, "whole": True}]),
                ("more than there are units", (0.0, 0.1, 0.9), []),
                ("at no equal distances", (0.0, 0.25, 0.6, 1.0), []),
                ("a thousandth of a step off", (0.0, 0.25, 0.5005), []),
            )
        ),
        (
            "from one",
            case(targets=(labels(1, 7, 7),), model=model(out("softmax", 7), loss="sparse_categorical_crossentropy")),
            [{"offset": 1}],
        ),
        (
            "from zero",
            case(targets=(labels(0, 6, 7),), model=model(out("softmax", 7), loss="sparse_categorical_crossentropy")),
            [],
        ),
        (
            "an ignore label",
            case(
                targets=(labels(0, 255, 4, classes=((0.0, 40), (1.0, 30), (2.0, 25), (255.0, 5))),),
                model=model(out("softmax", 3), loss="sparse_categorical_crossentropy"),
            ),
            [{"keep": [0, 2]}],
        ),
        (
            "an ignore label of pixels",
            case(
                targets=(labels(0, 255, 4, shape=(600, 8, 8), classes=((0.0, 40), (1.0, 30), (2.0, 25), (255.0, 50))),),
                model=model(out("softmax", 3), loss="sparse_categorical_crossentropy"),
            ),
            [{"ignore": [0, 2]}],
        ),
        (
            "from minus one",
            case(
                targets=(labels(-1, 1, 3, classes=((-1.0, 50), (0.0, 25), (1.0, 25))),),
                model=model(out("softmax", 3), loss="sparse_categorical_crossentropy"),
            ),
            [{"offset": -1}],
        ),
        (
            "no label said by minus one",
            case(
                targets=(labels(-1, 2, 4, classes=((-1.0, 50), (0.0, 20), (1.0, 20), (2.0, 10))),),
                model=model(out("softmax", 3), loss="sparse_categorical_crossentropy"),
            ),
            [{"keep": [0, 2]}],
        ),
        (
            "too many classes",
            case(
                targets=(labels(0, 9, 10, classes=tuple((float(k), 10) for k in range(10))),),
                model=model(out("softmax", 5), loss="sparse_categorical_crossentropy"),
            ),
            [],
        ),
        (
            "width of the layer before an activation layer",
            case(
                targets=(labels(1, 3, 3),),
                model=model(
                    dense("a", "linear", 3),
                    LayerFacts("s", "Softmax", "softmax", is_output=True),
                    loss="sparse_categorical_crossentropy",
                ),
            ),
            [{"offset": 1}],
        ),
        (
            "mask of bytes",
            case(targets=(labels(0, 255, 2),), model=model(out("sigmoid"), loss="binary_crossentropy")),
            [{"divisor": 255.0}],
        ),
        (
            "minus one and one",
            case(targets=(labels(-1, 1, 2),), model=model(out("sigmoid"), loss="binary_crossentropy")),
            [{"shift": -1.0, "divisor": 2.0}],
        ),
        (
            "one and two",
            case(targets=(labels(1, 2, 2),), model=model(out("sigmoid"), loss="binary_crossentropy")),
            [{"shift": 1.0, "divisor": 1.0}],
        ),
        ("zero and one", case(targets=(labels(0, 1, 2),), model=model(out("sigmoid"), loss="binary_crossentropy")), []),
        ("hinge likes minus one", case(targets=(labels(-1, 1, 2),), model=model(out("tanh"), loss="hinge")), []),
    ],
    "fix-output-activation": [
        (
            "an operation that makes shares of what is taken for logits",
            case("useless", model=model(out("linear")), as_logits=SharesAsLogits("Sigmoid", SITE, 0.2)),
            [{"activations": {}, "calls": [{"op": "Sigmoid", "file": "train.py", "line": 3}]}],
        ),
        (
            "a layer that does",
            case("useless", model=model(out("linear")), as_logits=SharesAsLogits("Softmax", SITE, 0.2, "lambda")),
            [{"activations": {}, "calls": [{"op": "Softmax", "layer": "lambda"}]}],
        ),
        *(
            (
                f"a loss in a loop that wants logits, of {name}",
                case(
                    symptom=Symptom("useless", 3, evidence={"wants_logits": True}),
                    kind="loop",
                    model=model(out(name), loss=None),
                ),
                found,
            )
            for name, found in (("sigmoid", [{"activations": {"out": "linear"}}]), ("linear", []))
        ),
        *(
            (
                f"scores of {name} before a softmax layer",
                case(
                    model=model(
                        dense("hidden", name, 3, scores=True),
                        out("softmax", 3),
                        loss="categorical_crossentropy",
                    )
                ),
                found,
            )
            for name, found in (("tanh", [{"activations": {"hidden": "linear"}}]), ("leaky_relu", []))
        ),
        (
            "relu, classes",
            case(model=model(out("relu", 10), loss="categorical_crossentropy")),
            [{"activations": {"out": "softmax"}}],
        ),
        ("sigmoid trains well enough", case(model=model(out("sigmoid", 3), loss="categorical_crossentropy")), []),
        (
            "logits as they should be",
            case(model=model(out("linear", 3), loss="categorical_crossentropy", from_logits=True)),
            [],
        ),
        (
            "softmax before logits",
            case(model=model(out("softmax", 3), loss="CategoricalCrossentropy", from_logits=True)),
            [{"activations": {"out": "linear"}}],
        ),
        (
            "tanh, yes or no",
            case(model=model(out("tanh"), loss="binary_crossentropy")),
            [{"activations": {"out": "sigmoid"}}],
        ),
        *(
            (
                f"{name}, and answers beyond the targets that pay",
                case(
                    symptom=Symptom("useless", 3, evidence={"beyond": True}),
                    targets=(facts,),
                    model=model(out(name, facts.shape[-1]), loss="custom"),
                ),
                found,
            )
            for name, facts, found in (
                (
                    "linear",
                    array(shape=(90, 2), low=(0.0, 0.0), high=(1.0, 1.0), integers=True, distinct=2),
                    [{"activations": {"out": "sigmoid"}}],
                ),
                ("linear", one_hot(3), [{"activations": {"out": "softmax"}}]),
                ("sigmoid", one_hot(3), []),
            )
        ),
        (
            "softmax over one unit",
            case(model=model(out("softmax"), loss="binary_crossentropy")),
            [{"activations": {"out": "sigmoid"}}],
        ),
        (
            "softmax over one unit, for numbers from 0 to 1",
            case(targets=(array(low=(0.0,), high=(1.0,)),), model=model(out("softmax"))),
            [{"activations": {"out": "sigmoid"}}, {"activations": {"out": "linear"}}],
        ),
        (
            "softmax over one unit, for numbers beyond",
            case(targets=(array(low=(0.0,), high=(1.1,)),), model=model(out("softmax"))),
            [{"activations": {"out": "linear"}}],
        ),
        *(
            (
                f"the logarithm of what is no share, for targets {words}",
                case(
                    finding=Finding("Log", "forward", SITE, in_loss=True, input_low=-0.5, fed_by="out"),
                    targets=(array(shape=(100, 3), low=(0.0,) * 3, high=(0.9,) * 3, mean=(mean,) * 3),),
                    model=model(out("linear", 3), loss="custom"),
                ),
                [{"activations": {"out": wanted}}],
            )
            for words, mean, wanted in (("that are shares", 1 / 3, "softmax"), ("that are none", 0.5, "softplus"))
        ),
        (
            "counts",
            case(model=model(out("linear"), loss="poisson")),
            [{"activations": {"out": "softplus"}}, {"activations": {"out": "exponential"}}],
        ),
        (
            "beyond the sigmoid",
            case(targets=(array(low=(-3.0,), high=(50.0,)),), model=model(out("sigmoid"))),
            [{"activations": {"out": "linear"}}],
        ),
        ("within the sigmoid", case(targets=(array(low=(0.0,), high=(1.0,)),), model=model(out("sigmoid"))), []),
        ("linear regression", case(targets=(array(low=(0.0,), high=(50.0,)),), model=model(out("linear"))), []),
        (
            "one-hot under a squared error",
            case(targets=(one_hot(3),), model=model(out("linear", 3))),
            [{"activations": {"out": "softmax"}}],
        ),
        (
            "a spread that falls below zero",
            case(
                model=model(dense("sigma", "linear", 1), out(None, 2), loss="custom"),
                finding=Finding("Log", "forward", SITE, in_loss=True, input_low=-0.5, fed_by="sigma"),
            ),
            [{"activations": {"sigma": "softplus"}}],
        ),
        ("hinge", case(targets=(labels(-1, 1, 2),), model=model(out("linear"), loss="hinge")), []),
        ("no activation to change", case(model=model(out(None, 3), loss="categorical_crossentropy")), []),
    ],
    "swap-loss": [
        ("nothing known", case(), []),
        *(
            (
                f"rare flags of a {activation} under a loss of one class",
                case(
                    symptom=Symptom("useless", 3),
                    targets=(
                        array(
                            shape=(100, 2), integers=True, distinct=2, low=(0.0,) * 2, high=(1.0,) * 2, mean=(0.1,) * 2
                        ),
                    ),
                    model=model(out(activation, 2), loss="categorical_crossentropy"),
                ),
                found,
            )
            for activation, found in (
                ("sigmoid", [{"loss": "binary_crossentropy", "activations": {}, "old_loss": "meaningless"}]),
                ("softmax", []),
            )
        ),
        *(
            (
                f"a loss of choices {words}",
                case(
                    symptom=Symptom("error", 0, None, "gradient"),
                    targets=(array(shape=(100,), integers=True, distinct=3, low=(0.0,), high=(2.0,)),),
                    model=model(out("softmax", 3), loss="custom"),
                    severed=Severed(Cut.OPERATION, dataclasses.replace(SITE, op="ArgMax"), in_loss),
                ),
                found,
            )
            for words, in_loss, found in (
                (
                    "that is compiled",
                    True,
                    [{"loss": "sparse_categorical_crossentropy", "activations": {}, "old_loss": "meaningless"}],
                ),
                ("that a step computes", False, []),
            )
        ),
        *(
            (
                f"real numbers from 0 to 1 under the loss for one-hot classes, of one {activation} unit",
                case(
                    targets=(array(shape=(100, 1), distinct=90, low=(0.0,), high=(1.0,)),),
                    model=model(out(activation, 1), loss="categorical_crossentropy"),
                ),
                [{"loss": "mean_squared_error", "activations": swaps, "old_loss": "meaningless"}],
            )
            for activation, swaps in (("sigmoid", {}), ("linear", {}), ("softmax", {"out": "linear"}))
        ),
        (
            "half of a crossentropy",
            case(
                symptom=Symptom("useless", 3, evidence={"one_sided": True}),
                targets=(array(),),
                model=model(out("sigmoid", 1), loss="custom"),
            ),
            [{"loss": "binary_crossentropy", "activations": {}, "old_loss": "meaningless"}],
        ),
        (
            "a loss that the step of a loop computes itself",
            dataclasses.replace(
                case(
                    targets=(array(shape=(100, 8, 8, 1), low=(0.0,), high=(1.0,), mean=(0.01,)),),
                    model=model(out("sigmoid", 1)),
                ),
                kind="loop",
            ),
            [],
        ),
        (
            "maps with a peak",
            case(
                targets=(array(shape=(100, 8, 8, 1), low=(0.0,), high=(1.0,), mean=(0.01,)),),
                model=model(out("sigmoid", 1)),
            ),
            [{"loss": "binary_crossentropy", "activations": {}}],
        ),
        (
            "parts of next to nothing",
            case(
                targets=(array(low=(0.002,), high=(9.0,), mean=(4.0,), median=(4.0,)),),
                model=model(out("softplus"), loss="mean_absolute_percentage_error"),
            ),
            [{"loss": "mean_absolute_error", "activations": {}, "old_loss": "meaningless"}],
        ),
        (
            "several chances at once",
            case(
                targets=(array(shape=(100, 2), low=(0.0,) * 2, high=(1.0,) * 2, mean=(0.5, 0.6)),),
                model=model(out("sigmoid", 2), loss="kl_divergence"),
            ),
            [{"loss": "binary_crossentropy", "activations": {}, "old_loss": "meaningless"}],
        ),
        (
            "squared error on classes",
            case(targets=(one_hot(3),), model=model(out("linear", 3))),
            [{"loss": "categorical_crossentropy", "activations": {"out": "softmax"}}],
        ),
        (
            "the softmax is there",
            case(targets=(one_hot(3),), model=model(out("softmax", 3))),
            [{"loss": "categorical_crossentropy", "activations": {}}],
        ),
        (
            "yes or no",
            case(targets=(labels(0, 1, 2),), model=model(out("linear"))),
            [{"loss": "binary_crossentropy", "activations": {"out": "sigmoid"}}],
        ),
        (
            "class numbers",
            case(targets=(labels(0, 2, 3),), model=model(out("softmax", 3), loss="categorical_crossentropy")),
            [{"loss": "sparse_categorical_crossentropy", "activations": {}, "old_loss": "meaningless"}],
        ),
        (
            "classes for the sparse one",
            case(targets=(one_hot(3),), model=model(out("softmax", 3), loss="sparse_categorical_crossentropy")),
            [{"loss": "categorical_crossentropy", "activations": {}, "old_loss": "meaningless"}],
        ),
        (
            "one output is no category",
            case(targets=(labels(0, 1, 2),), model=model(out("softmax"), loss="categorical_crossentropy")),
            [{"loss": "binary_crossentropy", "activations": {"out": "sigmoid"}, "old_loss": "meaningless"}],
        ),
        (
            "crossentropy on prices",
            case(targets=(array(),), model=model(out("sigmoid"), loss="binary_crossentropy")),
            [{"loss": "mean_squared_error", "activations": {"out": "linear"}, "old_loss": "meaningless"}],
        ),
        (
            "a table of flags",
            case(
                targets=(array(shape=(100, 3), low=(0.0,) * 3, high=(1.0,) * 3, mean=(0.1,) * 3, integers=True),),
                model=model(out("sigmoid", 3)),
            ),
            [{"loss": "binary_crossentropy", "activations": {}}],
        ),
        ("as it should be", case(targets=(array(),), model=model(out("linear"))), []),
        ("the user's own loss", case(targets=(one_hot(3),), model=model(out("linear", 3), loss="custom")), []),
    ],
    "warm-up-learning-rate": [
        ("long", case(course=Course(10, 1000)), [{"steps": 50}, {"steps": 200}]),
        ("short", case(course=Course(10, 60)), [{"steps": 10}, {"steps": 12}]),
        ("too short", case(course=Course(3, 8)), []),
        ("length unknown", case(), [{"steps": 10}, {"steps": 40}]),
    ],
    "raise-optimizer-epsilon": [
        ("usual already", case(model=model()), []),
        ("zero", case(model=model(epsilon=0.0)), [{"epsilon": e} for e in (1e-7, 1e-6, 1e-4, 1e-2)]),
        ("half precision", case(model=model(precision="mixed_float16")), [{"epsilon": e} for e in (1e-6, 1e-4, 1e-2)]),
        ("slots in half precision", case(model=model(precision="float16")), [{"epsilon": e} for e in (1e-4, 1e-2)]),
        (
            "large, but its update failed",
            case(model=model(epsilon=1e-4), finding=Finding("RealDiv", "update", builtin=True)),
            [{"epsilon": 1e-2}],
        ),
        ("SGD has none", case(model=model(optimizer="SGD")), []),
        ("unknown", case(), []),
    ],
    "mask-future": [
        ("another failure", case("useless", model=model(ATTENDS)), []),
        (
            "what comes next is seen",
            dataclasses.replace(case("useless", model=model(ATTENDS)), symptom=PEEKS),
            [{"layers": ["att"]}],
        ),
        ("by other layers", dataclasses.replace(case("useless", model=model(dense("a", "relu"))), symptom=PEEKS), []),
        (
            "attention of the user's own",
            dataclasses.replace(
                case("useless", model=model(dataclasses.replace(ATTENDS, builtin=False))), symptom=PEEKS
            ),
            [],
        ),
    ],
    "shorten-weight-average": [
        ("no average", case("useless"), []),
        (
            "an average, and another failure",
            dataclasses.replace(case("useless", model=model(average=0.9999), course=Course(500))),
            [],
        ),
        (
            "an average of the start",
            dataclasses.replace(case("useless", model=model(average=0.9999), course=Course(500)), symptom=OF_THE_START),
            [{"momentum": 0.98}],
        ),
        (
            "of a run that was ended early",
            dataclasses.replace(
                case("useless", model=model(average=0.9999), course=Course(500, 2000)), symptom=OF_THE_START
            ),
            [{"momentum": 0.995}],
        ),
        (
            "of next to no steps",
            dataclasses.replace(case("useless", model=model(average=0.9), course=Course(8)), symptom=OF_THE_START),
            [{"momentum": 0.0}],
        ),
    ],
    "restore-targets": [
        ("nothing of the kind", case("useless", targets=(labels(0.0, 9.0, 10),)), []),
        ("a mark of thousands", astray(-1.3, -0.4, factor=1000.0, shift=898.0), [BACK]),
        (
            "standardised before, and far from it then",
            astray(-1.3, -0.4, factor=1000.0, shift=898.0, mean=400.0, std=120.0),
            [{**BACK, "center": [400.0], "scale": [120.0]}],
        ),
        (
            "raw before",
            dataclasses.replace(
                astray(-1.3, -0.4, factor=1000.0, shift=898.0, std=120.0), targets=(array(mean=(50.0,), std=(80.0,)),)
            ),
            [BACK],
        ),
        ("turns that values alone do not tell", astray(None, None), []),
        ("in a loop", dataclasses.replace(astray(-1.3, -0.4), kind="loop"), []),
    ],
    "shift-targets": [
        ("nothing of the kind", case("useless"), []),
        ("NaN", case(), []),
        (
            "copied",
            dataclasses.replace(case(), symptom=Symptom("useless", 3, evidence={"copies": True})),
            [{"steps": 1}],
        ),
        (
            "in a loop",
            dataclasses.replace(case(), kind="loop", symptom=Symptom("useless", 3, evidence={"copies": True})),
            [],
        ),
    ],
    "center-rows": [
        ("tables", case("useless", inputs=(array(mean=(4e5,), std=(5e3,)),)), []),
        ("rows that lie where the others do", case("useless", inputs=(CLOUDS,)), []),
        (
            "rows that lie elsewhere",
            case("useless", inputs=(dataclasses.replace(CLOUDS, std=(200.0, 9.0)),)),
            [{"scales": [[8.0, 4.0]]}],
        ),
        (
            "a feature that never changes within a row",
            case("useless", inputs=(dataclasses.replace(CLOUDS, std=(200.0, 9.0), within=(8.0, 0.0)),)),
            [{"scales": [[8.0, 1.0]]}],
        ),
        ("something else is wrong", case(inputs=(dataclasses.replace(CLOUDS, std=(200.0, 9.0)),)), []),
    ],
    "swap-bytes": [
        ("in order", case(), []),
        ("raw, and read as it is", case(inputs=(array(mean=(4e5,), std=(5e3,)),)), []),
        (
            "in order once it is swapped",
            case(inputs=(misread(array()),)),
            [{"inputs": [{"stored": "float32", "divisor": 1.0}], "decoded": "", "layers": {}}],
        ),
        (
            "raw once it is swapped",
            case(inputs=(misread(array(mean=(300.0,), std=(20.0,))),)),
            [
                {
                    "inputs": [{"stored": "float32", "divisor": 1.0, "center": [300.0], "scale": [20.0]}],
                    "decoded": "",
                    "layers": {},
                }
            ],
        ),
        (
            "raw, and the model brings it into order",
            case(
                inputs=(misread(array(mean=(300.0,), std=(20.0,))),),
                entries=(EntryFacts(("Rescaling",), ("rescaling",), array(), (300.0,), (20.0,)),),
            ),
            [{"inputs": [{"stored": "float32", "divisor": 1.0}], "decoded": "", "layers": {}}],
        ),
        (
            "a pipeline decodes it",
            case(inputs=(misread(array(), "int16", decoded=True),)),
            [{"inputs": [None], "decoded": "int16", "layers": {}}],
        ),
        ("64-bit numbers, of which Keras has made others", case(inputs=(misread(array(), "float64"),)), []),
        (
            "a layer was adapted to it",
            case(
                inputs=(misread(array(mean=(300.0,), std=(20.0,))),),
                model=model(LayerFacts("norm", "Normalization", statistics=1, site=SITE), dense("a", "relu")),
            ),
            [
                {
                    "inputs": [{"stored": "float32", "divisor": 1.0}],
                    "decoded": "",
                    "layers": {"norm": {"mean": [300.0], "variance": [400.0]}},
                }
            ],
        ),
    ],
    "match-value-range": [
        ("as given", case(model=model(brightened((0.0, 255.0), (3.0, 250.0)))), []),
        ("a dark room", case(model=model(brightened((0.0, 255.0), (0.0, 11.0)))), []),
        (
            "divided before",
            case(model=model(brightened((0.0, 255.0), (0.04, 0.9)))),
            [{"ranges": {"brighter": [0.0, 1.0]}}],
        ),
        ("centred", case(model=model(brightened((0.0, 255.0), (-0.9, 0.9)))), [{"ranges": {"brighter": [-1.0, 1.0]}}]),
        ("bytes", case(model=model(brightened((0.0, 1.0), (0.0, 254.0)))), [{"ranges": {"brighter": [0.0, 255.0]}}]),
        ("of 16 bits", case(model=model(brightened((0.0, 255.0), (0.0, 60000.0)))), []),
    ],
    "copy-batches": [
        ("data that stay", case("useless"), []),
        ("data that change when they are read", case("useless", altered=AlteredFacts(0.0, 1.0, -4.0, 0.1)), [{}]),
        ("only a little in the mean", case("useless", altered=AlteredFacts(0.0, 1.0, 0.0, 1.2)), [{}]),
        ("in a training that failed", case("nonfinite", altered=AlteredFacts(0.0, 1.0, 9.0, 30.0)), [{}]),
    ],
    "unmask-readings": [
        ("only padding", case("useless", model=model(masked(0, 0.0, 1.0))), []),
        ("a layer of the user's own", case("useless", model=model(masked(40, 0.0, 1.0, value=None))), []),
        ("readings of 0 and 1", case("useless", model=model(masked(40, 0.0, 1.0))), [{"values": {"mask": -1.0}}]),
        ("counts", case("useless", model=model(masked(40, 0.0, 40.0))), [{"values": {"mask": -100.0}}]),
        ("on both sides of 0", case("useless", model=model(masked(40, -3.0, 3.0))), [{"values": {"mask": -10.0}}]),
        (
            "far from 0",
            case("useless", model=model(masked(40, 500.0, 600.0, value=500.0))),
            [{"values": {"mask": -1.0}}],
        ),
        ("tokens", case("useless", model=model(masked(40, 0.0, 9.0, kind="Embedding"))), [{"values": {"mask": None}}]),
    ],
    "weaken-augmentation": [
        ("nothing is looked at", case("useless"), []),
        ("nothing is destroyed", case("useless", disturbances=(TURNED,)), []),
        (
            "radians, degrees or far too much: of a turn to each side",
            case("useless", disturbances=(dataclasses.replace(TURNED, destroys=True, spared=(True,) * 4),)),
            [{"layers": {"turn": {"factor": factor}}} for factor in (0.0557, 0.035, 0.0009722, 0.0)],
        ),
        (
            "forms behind which nothing is told are left out",
            case(
                "useless", disturbances=(dataclasses.replace(TURNED, destroys=True, spared=(False, False, True, True)),)
            ),
            [{"layers": {"turn": {"factor": factor}}} for factor in (0.0009722, 0.0)],
        ),
        (
            "both ends",
            case(
                "useless",
                disturbances=(
                    Disturbance(
                        "b", "RandomBrightness", (("factor", (-30.0, 20.0)),), destroys=True, spared=(True, True, True)
                    ),
                ),
            ),
            [
                {"layers": {"b": {"factor": [-3.0, 2.0]}}},
                {"layers": {"b": {"factor": [-0.1176, 0.07843]}}},
                {"layers": {"b": {}}},  # at 0 it still clips
            ],
        ),
        (
            "one direction of two, and beside it a layer with fewer forms",
            case(
                "useless",
                disturbances=(
                    Disturbance(
                        "f", "RandomFlip", mode="horizontal_and_vertical", destroys=True, spared=(True, False, True)
                    ),
                    Disturbance("g", "RandomFlip", mode="horizontal", destroys=True, spared=(True,)),
                ),
            ),
            [{"layers": {"f": {"mode": "horizontal"}, "g": {}}}, {"layers": {"f": {}, "g": {}}}],
        ),
        (
            "a rate of what was to be kept",
            case(
                "useless",
                disturbances=(Disturbance("d", "Dropout", (("rate", (0.98,)),), destroys=True, spared=(True,) * 2),),
            ),
            [{"layers": {"d": {"rate": rate}}} for rate in (0.02, 0.0)],
        ),
        (
            "a rate that is no share to keep",
            case(
                "useless",
                disturbances=(Disturbance("d", "Dropout", (("rate", (0.5,)),), destroys=True, spared=(True,) * 2),),
            ),
            [{"layers": {"d": {"rate": rate}}} for rate in (0.05, 0.0)],
        ),
        (
            "a noise far above what it is added to",
            case(
                "useless",
                disturbances=(
                    Disturbance("n", "GaussianNoise", (("stddev", (0.5,)),), destroys=True, spared=(True,) * 3),
                ),
            ),
            [{"layers": {"n": {"stddev": stddev}}} for stddev in (0.05, 0.005, 0.0)],
        ),
    ],
    "readapt-normalization": [
        ("sound", case(inputs=(array(mean=(3.0,), std=(2.0,)),), model=model(NORMALIZED)), []),
        (
            "adapted to gaps",
            case(inputs=(array(mean=(3.0,), std=(2.0,)),), model=model(dataclasses.replace(NORMALIZED, gaps=1))),
            [{"layers": {"scale": {"mean": [3.0], "variance": [4.0]}}}],
        ),
        (
            "one that never changes",
            case(inputs=(array(mean=(3.0,), std=(0.0,)),), model=model(dataclasses.replace(NORMALIZED, gaps=1))),
            [{"layers": {"scale": {"mean": [3.0], "variance": [1.0]}}}],
        ),
        (
            "other features",
            case(
                inputs=(array(mean=(3.0,) * 2, std=(2.0,) * 2),), model=model(dataclasses.replace(NORMALIZED, gaps=1))
            ),
            [],
        ),
        ("nothing known of the data", case(model=model(dataclasses.replace(NORMALIZED, gaps=1))), []),
    ],
    "lower-weight-decay": [
        ("none", case("useless", model=model(learning_rate=1e-3), course=Course(400, kept=1e-5)), []),
        (
            "nothing left",
            case("useless", model=model(learning_rate=1e-3, decay=30.0), course=Course(400, kept=1e-5)),
            [{"most": 2.5}, {"most": 0.25}],
        ),
        (
            "nothing left after a part of the run",
            case("useless", model=model(learning_rate=1e-3, decay=30.0), course=Course(400, 4000, kept=1e-5)),
            [{"most": 0.25}, {"most": 0.025}],
        ),
        (
            "enough left",
            case("useless", model=model(learning_rate=1e-3, decay=30.0), course=Course(400, kept=0.5)),
            [],
        ),
        (
            "more than there is, and it failed",
            case(model=model(learning_rate=1e-3, decay=1e30), course=Course(3)),
            [{"most": 0.004}],
        ),
    ],
    "weaken-penalty": [
        ("none", case("useless", model=model(dense("a", "relu"), out("linear")), initial_loss=0.7), []),
        (
            "heavy",
            case(
                "useless", model=model(dense("a", "relu", penalty=0.2), out("linear", penalty=0.15)), initial_loss=1.05
            ),
            [{"factor": 0.002}, {"factor": 0.0002}],
        ),
        (
            "just heavy",
            case("useless", model=model(dense("a", "relu", penalty=0.11)), initial_loss=1.11),
            [{"factor": 0.0091}, {"factor": 0.00091}],
        ),
        ("light", case("useless", model=model(dense("a", "relu", penalty=0.09)), initial_loss=1.09), []),
        ("loss not known", case("useless", model=model(dense("a", "relu", penalty=9.0))), []),
        ("it learnt, then failed", case(model=model(dense("a", "relu", penalty=0.35)), initial_loss=1.05), []),
    ],
    "skip-bad-updates": [
        ("long", case(course=Course(10, 1000)), [{"limit": 10}, {"limit": 50}]),
        ("short", case(course=Course(10, 20)), [{"limit": 3}]),
        ("length unknown", case(course=Course(200)), [{"limit": 3}, {"limit": 10}]),
        ("finite", case("useless", course=Course(10, 1000)), []),
    ],
    "reinitialize-weights": [
        (
            "matrices of a layer of the user's own",
            case(
                model=model(dense("a", "relu"), out("linear")),
                alike=("down", "up"),
                alike_places=("variable 2", "variable 3"),
            ),
            [{"initializers": {"variable 2": "glorot_uniform", "variable 3": "glorot_uniform"}, "seed": 0}],
        ),
        (
            "embeddings so wide that the loss starts far above guessing",
            case(
                "useless",
                model=model(
                    LayerFacts("a", "Embedding", None, "RandomNormal", 8),
                    LayerFacts("b", "Embedding", None, "Zeros", 1),
                    out("linear"),
                ),
                initial_loss=1.5,
                chance_loss=0.7,
            ),
            [
                {"initializers": {"a": "random_uniform"}, "seed": 0},
                {"initializers": {"a": "random_uniform", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "units that are copies, in a layer of the user's own and in one of Keras's",
            case(
                "useless",
                model=model(dense("a", "relu"), out("linear", initializer="Zeros")),
                copied=("own/w", "out/kernel"),
                copied_places=("variable 2",),
            ),
            [
                {"initializers": {"variable 2": "glorot_uniform"}, "seed": 0},
                {"initializers": {"out": "glorot_uniform"}, "seed": 0},
                {"initializers": {"a": "he_normal", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "zeros that are divided by",
            case(
                model=model(dense("a", "relu", initializer="Zeros")),
                finding=Finding("RealDiv", "forward"),
                zeros=("width",),
                zero_places=("variable 2",),
            ),
            [{"initializers": {"variable 2": "ones"}, "seed": 0}],
        ),
        ("ordinary", case(model=model(dense("a", "relu"), out("linear"))), []),
        (
            "unit gaussian",
            case(model=model(dense("a", "relu", initializer="RandomNormal"), out("linear"))),
            [
                {"initializers": {"a": "he_normal"}, "seed": 0},
                {"initializers": {"a": "he_normal", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "variables without layers",
            dataclasses.replace(
                case("useless"), kind="loop", model=model(bare=True, matrices=("variable 0", "variable 2"))
            ),
            [{"initializers": {"variable 0": "glorot_uniform", "variable 2": "glorot_uniform"}, "seed": 0}],
        ),
        (
            "a table of zeros",
            case("useless", model=model(LayerFacts("t", "Embedding", None, "Zeros", builtin=True), out("linear"))),
            [
                {"initializers": {"t": "random_uniform"}, "seed": 0},
                {"initializers": {"t": "random_uniform", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "a recurrence that grows",
            case(model=model(LayerFacts("gru", "GRU", "tanh", recurrent=True, recurrent_gain=3.0), out("linear"))),
            [
                {"initializers": {"gru": "glorot_uniform"}, "seed": 0},
                {"initializers": {"gru": "glorot_uniform", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "an orthogonal recurrence",
            case(model=model(LayerFacts("gru", "GRU", "tanh", recurrent=True, recurrent_gain=1.0), out("linear"))),
            [],
        ),
        (
            "huge weights",
            case(model=model(dense("a", "selu", weight=900.0), out("linear"))),
            [
                {"initializers": {"a": "lecun_normal"}, "seed": 0},
                {"initializers": {"a": "lecun_normal", "out": "glorot_uniform"}, "seed": 0},
            ],
        ),
        (
            "dead",
            case("useless", model=model(dense("a", "relu", dead=1.0))),
            [{"initializers": {"a": "he_normal"}, "seed": 0}, {"initializers": {"a": "he_normal"}, "seed": 1}],
        ),
        ("embeddings are uniform", case(model=model(LayerFacts("e", "Embedding", None, "RandomUniform", 8))), []),
    ],
    "steady-batch-normalization": [
        ("nothing known", case("useless"), []),
        (
            "averages that lag behind",
            case(
                "useless", model=model(LayerFacts("n", "BatchNormalization", momentum=0.9999)), course=Course(200, 200)
            ),
            [{"momentum": 0.93}, {"frozen": True}],
        ),
        (
            "one number a feature",
            case("useless", model=model(LayerFacts("n", "BatchNormalization", momentum=0.99, averaged=1))),
            [{"frozen": True}],
        ),
        (
            "batches of one row",
            case(
                "useless",
                model=model(LayerFacts("n", "BatchNormalization", momentum=0.99, averaged=196)),
                course=Course(200, 200, batch=1),
            ),
            [{"frozen": True}],
        ),
        ("not useless", case(model=model(LayerFacts("n", "BatchNormalization", momentum=0.9999))), []),
        (
            "averages of the last batches",
            case(
                symptom=Symptom("useless", 816, evidence={"averages_of": 1.2}),
                model=model(LayerFacts("n", "BatchNormalization", momentum=0.1)),
                course=Course(816, 816),
            ),
            [{"momentum": 0.983}, {"frozen": True}],
        ),
        (
            "averages that are in order",
            case("useless", model=model(LayerFacts("n", "BatchNormalization", momentum=0.9)), course=Course(816, 816)),
            [{"frozen": True}],
        ),
    ],
    "insert-normalization": [
        ("nothing known", case(), []),
        ("shallow", case(model=model(dense("a", "relu"), out("linear"))), [{"layers": ["a"]}]),
        (
            "deep",
            case(model=model(*(dense(n, "relu") for n in "abcd"), out("linear"))),
            [{"layers": ["b", "d"]}, {"layers": ["a", "b", "c", "d"]}],
        ),
        (
            "there already",
            case(model=model(dense("a", "relu"), LayerFacts("n", "BatchNormalization"), out("linear"))),
            [],
        ),
        ("one unit has no spread", case(model=model(dense("a", "relu", 1), out("linear"))), []),
    ],
    "promote-precision": [
        ("float32", case(model=model()), []),
        ("mixed half", case(model=model(precision="mixed_float16")), [{"dtype": "bfloat16"}, {"dtype": "float32"}]),
        ("half, weights too", case(model=model(precision="float16")), [{"dtype": "float32"}]),
        ("bfloat16", case(model=model(precision="mixed_bfloat16")), [{"dtype": "float32"}]),
        (
            "casts of the user's own",
            case(finding=Finding("Mean", "forward", SITE, halved=(SITE,), vanished=True)),
            [{"dtype": "float32", "casts": [CALL]}],
        ),
        (
            "casts of the user's own in a model in half precision",
            case(model=model(precision="float16"), finding=Finding("Sum", "forward", SITE, halved=(SITE,))),
            [{"dtype": "float32"}],
        ),
    ],
    "epsilon-loss": [
        (
            "a logarithm of sizes that were measured, some as 0",
            case(finding=Finding("Log", "forward", SITE, in_loss=True, input_low=0.0, input_high=40.0, least=0.041666)),
            [
                *(
                    {"guards": [{"op": "Log", "file": SITE.file, "line": SITE.line, "layer": None, "bound": b}]}
                    for b in (0.042, 1e-12, 1e-7, 1e-4)
                ),
                *(
                    {"guards": [{"op": "Log", "file": None, "line": None, "layer": "loss", "bound": b}]}
                    for b in (1e-7, 1e-4)
                ),
            ],
        ),
        (
            "a spread beside a mean that falls below zero",
            case(
                model=model(out("linear", 2), loss="custom"),
                targets=(array(),),
                finding=Finding("Log", "forward", SITE, in_loss=True, input_low=-0.5, fed_by="out"),
            ),
            [
                {
                    "guards": [
                        {"op": "Log", "file": SITE.file, "line": SITE.line, "layer": None, "bound": b, "absolute": True}
                    ]
                }
                for b in (1e-12, 1e-7, 1e-4)
            ]
            + [
                {"guards": [{"op": "Log", "file": None, "line": None, "layer": "loss", "bound": b, "absolute": True}]}
                for b in (1e-7, 1e-4)
            ],
        ),
        (
            "a formula of exponentials is first computed in logarithms",
            case(finding=Finding("Exp", "forward", SITE, "loss", in_loss=True, logarithms=True)),
            [
                {
                    "guards": [
                        {"op": "Exp", "file": SITE.file, "line": None, "layer": None, "bound": 0.0, "logarithms": True}
                    ]
                },
                *(
                    {"guards": [{"op": "Exp", "file": SITE.file, "line": SITE.line, "layer": None, "bound": bound}]}
                    for bound in (80.0, 30.0, 10.0)
                ),
                *(
                    {"guards": [{"op": "Exp", "file": None, "line": None, "layer": "loss", "bound": bound}]}
                    for bound in (30.0, 10.0)
                ),
            ],
        ),
        (
            "Keras' own formula is its own",
            case(finding=Finding("Sqrt", "gradient", SITE, "norm", builtin=True, logarithms=True)),
            [
                {"guards": [{"op": "Sqrt", "file": None, "line": None, "layer": "norm", "bound": b}]}
                for b in (1e-7, 1e-4)
            ],
        ),
        ("nothing found", case(), []),
        ("not singular", case(finding=Finding("MatMul", "forward", SITE)), []),
        (
            "built in: by layer",
            case(finding=Finding("Sqrt", "gradient", SITE, "norm", builtin=True)),
            [
                {"guards": [{"op": "Sqrt", "file": None, "line": None, "layer": "norm", "bound": b}]}
                for b in (1e-7, 1e-4)
            ],
        ),
        (
            "something other than 0 divided by 0: in the order of the other divisors",
            case(finding=Finding("RealDiv", "forward", None, "ratio", builtin=True, least=2.0)),
            [
                {"guards": [{"op": "RealDiv", "file": None, "line": None, "layer": "ratio", "bound": b, **more}]}
                for b, more in ((2.0, {}), (1e-12, {"unit": True}), (1e-12, {}), (1e-7, {}), (1e-4, {}))
            ],
        ),
        (
            "a divisor that is a root: it may be bounded as such",
            case(
                finding=Finding("RealDiv", "forward", None, "ratio", builtin=True, root=Site(None, None, "train.py", 2))
            ),
            [
                {"guards": [{"op": "RealDiv", "file": None, "line": None, "layer": "ratio", "bound": 1e-12}]},
                {"guards": [{"op": "Sqrt", "file": "train.py", "line": 2, "layer": None, "bound": 1e-7}]},
                {
                    "guards": [
                        {"op": "RealDiv", "file": None, "line": None, "layer": "ratio", "bound": 1e-12, "unit": True}
                    ]
                },
                {"guards": [{"op": "RealDiv", "file": None, "line": None, "layer": "ratio", "bound": 1e-7}]},
                {"guards": [{"op": "RealDiv", "file": None, "line": None, "layer": "ratio", "bound": 1e-4}]},
            ],
        ),
        (
            "a matrix without an inverse",
            case(finding=Finding("Cholesky", "forward", None, "prior", builtin=True)),
            [
                {"guards": [{"op": "Cholesky", "file": None, "line": None, "layer": "prior", "bound": b}]}
                for b in (1e-6, 1e-4, 1e-2)
            ],
        ),
        (
            "a determinant that overflows: in logarithms or not at all",
            case(finding=Finding("MatrixDeterminant", "forward", SITE, logarithms=True)),
            [
                {
                    "guards": [
                        {
                            "op": "MatrixDeterminant",
                            "file": SITE.file,
                            "line": None,
                            "layer": None,
                            "bound": 0.0,
                            "logarithms": True,
                        }
                    ]
                }
            ],
        ),
        (
            "gradient of a root: by line, then by layer",
            case(finding=Finding("SqrtGrad", "gradient", SITE, "distance")),
            [
                {"guards": [{"op": "Sqrt", "file": "train.py", "line": 3, "layer": None, "bound": b}]}
                for b in (1e-7, 1e-4)
            ]
            + [
                {"guards": [{"op": "Sqrt", "file": None, "line": None, "layer": "distance", "bound": b}]}
                for b in (1e-7, 1e-4)
            ],
        ),
        (
            "exponential in the loss",
            case(finding=Finding("Exp", "forward", None, in_loss=True)),
            [
                {"guards": [{"op": "Exp", "file": None, "line": None, "layer": "loss", "bound": b}]}
                for b in (80.0, 30.0, 10.0)
            ],
        ),
        (
            "logarithm upstream",
            case(finding=Finding("Mul", "forward", None, "head", upstream=("Log", "Mul"))),
            [
                {"guards": [{"op": "Log", "file": None, "line": None, "layer": "head", "bound": b}]}
                for b in (1e-12, 1e-7, 1e-4)
            ],
        ),
        (
            "half precision",
            case(finding=Finding("Log", "forward", None, "head"), model=model(precision="mixed_float16")),
            [
                {"guards": [{"op": "Log", "file": None, "line": None, "layer": "head", "bound": b}]}
                for b in (1e-4, 1e-3)
            ],
        ),
    ],
    "difference-windows": [
        (
            "one feature",
            series(),
            [{"feature": 0, "input": {"center": [0.0], "scale": [900.0]}, "target_scale": 300.0}],
        ),
        (
            "a table of lags",
            series(rank=2),
            [{"feature": 0, "input": {"center": [0.0], "scale": [900.0]}, "target_scale": 300.0}],
        ),
        (
            "the other feature is standardised",
            series(width=2),
            [{"feature": 0, "input": {"center": [0.0, 2.0], "scale": [900.0, 5.0]}, "target_scale": 300.0}],
        ),
        ("no windows", series(windows=None), []),
        ("in order already", series(inputs=(array(shape=(100, 50, 1)),)), []),
        ("a loss of levels", series(model=model(out("linear"), loss="mean_absolute_percentage_error")), []),
        ("a bounded output", series(model=model(out("sigmoid"))), []),
        ("two outputs", series(model=model(out("linear"), out("linear"))), []),
    ],
    "safe-mask": [
        ("nothing found", case(), []),
        (
            "masked mean",
            case(finding=Finding("RealDiv", "forward", None, "pool", builtin=True)),
            [
                {"guards": [{"op": "RealDiv", "file": None, "line": None, "layer": "pool", "bound": b}]}
                for b in (1e-7, 1e-3)
            ],
        ),
        ("division in the loss", case(finding=Finding("RealDiv", "forward", SITE, "loss", in_loss=True)), []),
        ("a logarithm", case(finding=Finding("Log", "forward", None, "pool", builtin=True)), []),
    ],
}


@pytest.mark.parametrize(
    ("name", "row"),
    [pytest.param(name, row, id=f"{name}: {row[0]}") for name, rows in DECISIONS.items() for row in rows],
)
def test_decision(name: str, row: tuple[str, Evidence, list[Any]]) -> None:
    what, evidence, expected = row
    found = decide(name, evidence)
    assert found == [pytest.approx(entry) if _flat(entry) else entry for entry in expected], what


def _flat(entry: Any) -> bool:
    return all(isinstance(value, float) for value in entry.values())


def test_every_remedy_has_rows_and_one_where_it_does_not_apply() -> None:
    assert set(DECISIONS) == set(remedies())
    for name, rows in DECISIONS.items():
        assert len(rows) >= 4, name
        if name not in {"lower-learning-rate", "clip-gradients"}:
            assert any(not expected for _, _, expected in rows), name


def test_factors_multiply_and_bounds_tighten() -> None:
    every = remedies()
    setup = every["lower-learning-rate"].apply(Setup(), {"factor": 0.1})
    setup = every["raise-learning-rate"].apply(setup, {"factor": 3.0})
    assert setup.optimizer.rate_factor == pytest.approx(0.3)
    setup = every["clip-gradients"].apply(setup, {"global_clipnorm": 1.0})
    assert every["clip-gradients"].apply(setup, {"global_clipnorm": 5.0}).optimizer.global_clipnorm == 1.0
    assert setup.optimizer.rate_factor == pytest.approx(0.3)


def test_inputs_are_filled_clipped_and_rescaled_in_any_order() -> None:
    every = remedies()
    steps = [
        ("impute-missing", {"inputs": [{"fill": [1.0]}]}),
        ("winsorize-outliers", {"inputs": [None, {"low": [0.0], "high": [2.0]}]}),
        ("rescale-inputs", {"inputs": [FLAT, None], "method": "standard"}),
    ]
    results = []
    for order in (steps, steps[::-1]):
        setup = Setup()
        for name, parameters in order:
            setup = every[name].apply(setup, parameters)
        results.append(setup)
    assert results[0] == results[1]
    assert results[0].inputs[0].fill == (1.0,) and results[0].inputs[0].rescale == Affine((0.0,), (1.0,))
    assert results[0].inputs[1].high == (2.0,)


def test_two_maps_of_one_target_are_done_one_after_the_other() -> None:
    every = remedies()
    setup = every["rescale-targets"].apply(Setup(), {"targets": [{"center": [10.0], "scale": [2.0]}]})
    setup = every["rescale-targets"].apply(setup, {"targets": [{"center": [1.0, 0.0], "scale": [4.0, 1.0]}]})
    assert setup.targets == (Affine((12.0, 10.0), (8.0, 2.0)),)


def test_a_swapped_activation_keeps_its_initializer() -> None:
    every = remedies()
    swapped = {"activations": {"a": "selu"}, "initializers": {"a": "lecun_normal"}}
    drawn = {"initializers": {"a": "glorot_uniform", "b": "glorot_uniform"}, "seed": 0}
    one = every["reinitialize-weights"].apply(every["swap-activation"].apply(Setup(), swapped), drawn)
    two = every["swap-activation"].apply(every["reinitialize-weights"].apply(Setup(), drawn), swapped)
    assert one == two
    assert one.initializers == {"a": "lecun_normal", "b": "glorot_uniform"}


@pytest.mark.parametrize(
    ("width", "rank", "rows", "expected"),
    [
        (1, 2, (100,), "((windows - last) / 900.0)) + last)"),
        (1, 2, (100, 4, 1), "((windows - last) / 900.0)) + last[:, :, None])"),
        (1, 3, (100, 4), "((windows - last) / 900.0)) + last[:, 0, 0:1])"),
        (2, 3, (100, 4, 1), "((windows - last * np.array([1.0, 0.0]) - np.array([0.0, 2.0])) / np.array(["),
    ],
)  # fmt: skip
def test_the_edit_adds_the_last_value_in_the_answers_shape(
    width: int, rank: int, rows: tuple[int, ...], expected: str
) -> None:
    evidence = series(width, rank, targets=(array(name="y", shape=rows),))
    (parameters,) = decide("difference-windows", evidence)
    (change,) = remedies()["difference-windows"].edit(parameters, evidence)
    assert (change.action, change.name) == ("wrap-model", "whole")
    assert expected in change.code


def test_a_loss_with_a_unit_of_its_own_is_taken_in_that_of_the_differences() -> None:
    evidence = series()
    model = dataclasses.replace(evidence.model, loss="huber", fit_site=Site(file="train.py", line=7))
    evidence = dataclasses.replace(evidence, model=model)
    (parameters,) = decide("difference-windows", evidence)
    whole, taken = remedies()["difference-windows"].edit(parameters, evidence)
    assert "keras.layers.Rescaling(300.0)({model}(" in whole.code
    assert taken.action == "wrap-loss"
    assert "    y_true, y_pred = y_true / scale, y_pred / scale\n" in taken.code


def test_differences_are_rescaled_and_the_level_comes_back() -> None:
    (parameters,) = decide("difference-windows", series())
    setup = remedies()["difference-windows"].apply(Setup(), parameters)
    assert setup.since_last == 0
    assert setup.inputs[0].rescale == Affine((0.0,), (900.0,))
    assert setup.targets == (Affine((0.0,), (300.0,)),)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1.0, 1.0, True), (0.0, 1.0, True), (-1.008, 1.0, True), (0.0, 1.008, True), (0.008, 1.0, True),
        (-1.0115, 1.0, False), (0.0, 1.0115, False), (0.0115, 1.0, False), (-0.5, 1.0, False), (-1.26, 1.0, False),
    ],
)  # fmt: skip
def test_when_a_model_brings_bytes_into_order_itself(low: float, high: float, expected: bool) -> None:
    """`low` and `high` are what its first layer makes of 0 and 255."""
    scale = 255.0 / (high - low)
    entry = EntryFacts(("Rescaling",), ("r",), TINY, (-low * scale,), (scale,))
    assert _common.in_bytes(PIXELS, entry) is expected


@pytest.mark.parametrize(("highest", "written"), [(120.0, True), (121.0, False)])
def test_one_number_for_what_is_not_labelled_is_an_argument_of_the_loss(highest: float, written: bool) -> None:
    facts = array(name="y", shape=(90, 16), dtype="int32", integers=True, low=(0.0, 1.0), high=(7.0, highest))
    model = ModelFacts(loss="sparse_categorical_crossentropy", loss_site=Site(file="train.py", line=7))
    evidence = Evidence(Symptom("error", 0), targets=(facts,), model=model)
    changes = remedies()["remap-labels"].edit({"ignore": [0, 119]}, evidence)
    code = "keras.losses.SparseCategoricalCrossentropy(ignore_class=120)"
    assert [change.code for change in changes] == ([code] if written else [])


def ignoring(ignored: int, low: float, high: float, **more: object) -> Evidence:
    """Class numbers of two units, of which a loss ignores one."""
    facts = array(
        name="y", shape=(90,), dtype="int32", integers=True, low=(low,), high=(high,), ignored=ignored, **more
    )
    units = model(out("softmax", 3), loss="sparse_categorical_crossentropy")
    known = dataclasses.replace(units, loss_site=Site(file="train.py", line=7), fit_site=Site(file="train.py", line=9))
    return Evidence(Symptom("error", 0), targets=(facts,), model=known)


def test_a_loss_that_ignores_a_label_keeps_it_whatever_becomes_of_the_others() -> None:
    remedy = remedies()["remap-labels"]
    pixels = ignoring(255, 0.0, 7.0, classes=((0.0, 40), (2.0, 30), (7.0, 20)))
    pixels = dataclasses.replace(pixels, targets=(dataclasses.replace(pixels.targets[0], shape=(90, 8, 8)),))
    assert decide("remap-labels", pixels) == [{"ignore": [0, 2]}]
    (change,) = remedy.edit({"ignore": [0, 2]}, pixels)
    assert change.action == "map-labels"
    assert change.code == "np.where(({} >= 0) & ({} <= 2), {}, 255)"
    assert change.inline == "tf.where(({} >= 0) & ({} <= 2), {}, 255)"
    (change,) = remedy.edit({"shift": 0.2, "divisor": 0.2, "whole": True}, ignoring(9, 0.2, 0.6))
    assert change.code == 'np.where({} == 9, 9, (({} - 0.2) / 0.2).round().astype("int32"))'
    assert change.inline.startswith("tf.where({} == 9, 9, tf.cast(")
    (change,) = remedy.edit({"offset": -1}, ignoring(255, -1.0, 1.0))
    assert change.code == "np.where({} == 255, 255, {} + 1)"


def test_what_a_loss_ignores_is_no_label_to_remap() -> None:
    assert decide("remap-labels", ignoring(255, 0.0, 2.0)) == []


def test_a_rate_is_never_a_whole_number() -> None:
    shown = [_common.rate_code(rate) for rate in (5.0, 0.05, 50.0, 5e-7, 1234.0)]
    assert shown == ["5.0", "0.05", "50.0", "5e-07", "1.23e+03"]


def test_what_takes_the_place_of_rates_that_are_none_leaves_the_others_of_a_schedule() -> None:
    model = ModelFacts(
        optimizer="SGD", optimizer_site=Site(file="train.py", line=7), learning_rate=float("inf"), schedule=True
    )
    evidence = Evidence(Symptom("nonfinite", 0), model=model)
    (change,) = remedies()["lower-learning-rate"].edit({"rate": 0.01}, evidence)
    assert change.action == "wrap-rate"
    step = "self.schedule(step)"
    assert f'        return keras.ops.where((0.0 < {step}) & ({step} < float("inf")), {step}, 0.01)\n' in change.code


def test_codes_that_were_rescaled_are_whole_numbers_again() -> None:
    ids, measures = (
        dataclasses.replace(array(mean=(0.5,), std=(0.3,)), low=(low,), high=(high,), distinct=count, shape=(900,))
        for low, high, count in ((0.0, 1.0, 5), (-3.0, 3.0, 800))
    )
    table = LayerFacts("table", "Embedding", looks_up=0, rows=5)
    (found,) = decide("rescale-inputs", case("useless", inputs=(ids, measures), model=model(table)))
    assert found["method"] == "codes" and found["inputs"][1] is None
    given = found["inputs"][0]
    back = [(value - given["center"][0]) / given["scale"][0] for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert [int(value) for value in back] == [0, 1, 2, 3, 4] and all(0.4 < value % 1 < 0.6 for value in back)
