"""Evidence for the tests of rules: a small regression in good order, and ways to put something wrong with it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from autostable.evidence import ArrayFacts, Course, Crossing, Evidence, Finding, LayerFacts, ModelFacts
from autostable.records import Site, Symptom

FIT = Site(None, None, "train.py", 20, "model.fit(x, y)")
LINE = Site("Log", "loss", "train.py", 8, "tf.math.log(p)")
BUILT = Site(None, None, "train.py", 3, 'keras.layers.Dense(8, "sigmoid")')
RATE = Site(None, None, "train.py", 12, "keras.optimizers.SGD(0.01)")

X = ArrayFacts(
    "x", (400, 2), "float32", 400, mean=(0.1, 0.0), std=(1.0, 0.9), median=(0.0, 0.0), iqr=(1.3, 1.2),
    low=(-3.0, -2.5), high=(3.0, 2.9), distinct=800,
)  # fmt: skip
Y = dataclasses.replace(
    X, name="y", shape=(400,), mean=(0.0,), std=(1.0,), median=(0.0,), iqr=(1.3,), low=(-3.0,), high=(3.0,)
)
CLASSES = dataclasses.replace(
    Y, dtype="int64", low=(0.0,), high=(9.0,), mean=(4.5,), std=(2.9,), integers=True, distinct=10,
    classes=tuple((float(value), 40) for value in range(10)),
)  # fmt: skip
ONE_HOT = dataclasses.replace(
    Y, shape=(400, 3), low=(0.0,) * 3, high=(1.0,) * 3, mean=(0.33,) * 3, std=(0.47,) * 3, median=(0.0,) * 3,
    iqr=(1.0,) * 3, integers=True, distinct=2, one_hot=True,
)  # fmt: skip
HIDDEN = LayerFacts("dense", "Dense", "relu", "GlorotUniform", 8, site=BUILT, saturated=0.0, dead=0.1, magnitude=1.0,
                    gradient=0.5, weight=2.0)  # fmt: skip
OUT = LayerFacts("out", "Dense", "linear", "GlorotUniform", 1, is_output=True, site=BUILT, gradient=0.7, weight=1.0)
FADED = dataclasses.replace(HIDDEN, name="dense_1", magnitude=1e-5)
MODEL = ModelFacts(
    "model", (HIDDEN, OUT), loss="mean_squared_error", loss_site=FIT, optimizer="SGD", optimizer_site=RATE,
    learning_rate=0.01, fit_site=FIT,
)  # fmt: skip
PLAIN = Evidence(
    Symptom("nonfinite", 3), inputs=(X,), targets=(Y,), model=MODEL,
    course=Course(4, 400, (1.0, 1.1, 1.2, math.nan), (1.0, 1.0, 1.0, math.nan)),
)  # fmt: skip
USELESS = dataclasses.replace(PLAIN, symptom=Symptom("useless", 400))
DIVERGED = dataclasses.replace(PLAIN, symptom=Symptom("diverged", 400))


def found(op: str, born: str = "forward", **more: Any) -> Finding:
    return Finding(op, born, **{"site": LINE, "input_low": 0.0, "input_high": 0.0, "rows": (2, 5), **more})


def with_(evidence: Evidence = PLAIN, **changes: Any) -> Evidence:
    """The evidence with fields of itself, of its model, of its hidden or its output layer changed."""
    hidden = {key[7:]: changes.pop(key) for key in list(changes) if key.startswith("hidden_")}
    output = {key[7:]: changes.pop(key) for key in list(changes) if key.startswith("output_")}
    model = {key[6:]: changes.pop(key) for key in list(changes) if key.startswith("model_")}
    layers = (dataclasses.replace(HIDDEN, **hidden), dataclasses.replace(OUT, **output))
    facts = dataclasses.replace(evidence.model, **{"layers": layers, **model})
    return dataclasses.replace(evidence, model=facts, **changes)


def array(facts: ArrayFacts = X, **changes: Any) -> tuple[ArrayFacts]:
    return (dataclasses.replace(facts, **changes),)


CROSSING = Crossing("Sub", 32, 1, Site("Sub", None, "train.py", 9, "loss = tf.square(y - p)"))
BAD_ROWS = array(nan=3, bad_rows=(4, 9), bad_row_count=2, bad_columns=(1,))
OUTLIER = array(outliers=((0, 0, 1e10),), outlier_count=1, kept_low=(-3.0, -2.5), kept_high=(3.0, 2.9))
RAW = array(mean=(5000.0, 0.0), std=(900.0, 1.0), median=(5000.0, 0.0), low=(10.0, -2.5), high=(9000.0, 2.9))
PRICES = array(Y, mean=(2e5,), std=(9e4,), median=(1.8e5,), low=(1e4,), high=(6e5,))
CLASSIFIER: dict[str, Any] = {
    "model_loss": "sparse_categorical_crossentropy", "output_activation": "softmax", "output_units": 10,
    "targets": (CLASSES,),
}  # fmt: skip
