"""Activations by Keras' names: the range of what they give, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from autostable.evidence import LayerFacts

_INF = math.inf

RANGES: Mapping[str, tuple[float, float]] = {  # "custom" and those that are not here may give anything
    "linear": (-_INF, _INF),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "sparse_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "relu": (0.0, _INF),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, _INF),
    "exponential": (0.0, _INF),
    "elu": (-1.0, _INF),
    "celu": (-1.0, _INF),
    "selu": (-1.7580993, _INF),
    "gelu": (-0.16997122, _INF),
    "silu": (-0.27846455, _INF),
    "swish": (-0.27846455, _INF),
    "hard_silu": (-0.375, _INF),
    "mish": (-0.30884347, _INF),
    "leaky_relu": (-_INF, _INF),
    "prelu": (-_INF, _INF),
    "log_sigmoid": (-_INF, 0.0),
    "log_softmax": (-_INF, 0.0),
}
PROBABILITIES = frozenset({"softmax", "sparsemax", "sigmoid", "hard_sigmoid", "sparse_sigmoid"})
SATURATING = frozenset({"sigmoid", "hard_sigmoid", "tanh", "softsign", "hard_tanh"})  # flat at both ends
UNBOUNDED = frozenset(name for name, (_, high) in RANGES.items() if high == _INF)
BELOW_ZERO = frozenset(name for name, (low, _) in RANGES.items() if low < 0.0)
POSITIVE = frozenset(name for name, limits in RANGES.items() if limits == (0.0, _INF))
INITIALIZERS = {"relu": "he_normal", "leaky_relu": "he_normal", "elu": "he_normal", "selu": "lecun_normal",
                "gelu": "he_normal"}  # fmt: skip
"""Initial weights that belong to an activation; to the others those of Glorot."""
DRAWN = ("RandomNormal", "RandomUniform", "TruncatedNormal")
"""Initializers as wide as somebody said, whatever the layer's size."""
CLASSES = {"Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu"}
"""Layers that are an activation."""
STUCK = 0.6  # share of a layer's units, dead or at their bounds, from which on it is a fault
FAR_BIAS = 1.0  # of biases at the start: as large as the signals that come in
FADED = 0.03  # share of the first layer's mean output that is left at the last one of signals that die out
SLACK = 1e-3  # share of their own range by which targets may be beyond that of the output


def canonical(name: str) -> str:
    """Keras' name of an activation, given that of its function or of its layer."""
    return CLASSES.get(name, name.lower())


def of_layer(layer: LayerFacts) -> str | None:
    """The activation of a layer; activation layers count as theirs."""
    return layer.activation or CLASSES.get(layer.kind)


def out_of_reach(activation: str | None, low: float, high: float) -> bool:
    """Whether an activation cannot give all that lies between two numbers."""
    least, most = RANGES.get(activation or "", (-_INF, _INF))
    slack = SLACK * (high - low)
    return low < least - slack or high > most + slack


def bounds_scores(layer: LayerFacts) -> bool:
    """Whether a layer's activation leaves no score below a bound to the softmax that a layer of its own takes of them."""
    least, _ = RANGES.get(of_layer(layer) or "", (-_INF, _INF))
    return layer.scores and least > -_INF


def biased(layer: LayerFacts) -> bool:
    """Whether a hidden layer's biases start so far from zero that most of its units are dead."""
    return not layer.is_output and (layer.bias or 0.0) >= FAR_BIAS and (layer.dead or 0.0) > STUCK


def quiet(layers: Sequence[LayerFacts]) -> list[LayerFacts]:
    """Layers whose weights are drawn so narrow that next to nothing of what the first one gives comes through the others.

    Biases may hide that: what they add is the same for every row.
    """
    weighed = [layer for layer in layers if layer.gain is not None]
    narrow = [layer for layer in weighed if layer.initializer in DRAWN and 0.0 < (layer.gain or 0.0) < 1.0]
    left = math.prod(layer.gain or 0.0 for layer in narrow if layer is not weighed[0])
    return narrow if len(narrow) > 1 and left < FADED else []
