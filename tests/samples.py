"""Reports of every kind, for the tests of whatever reads reports."""

from __future__ import annotations

import dataclasses

from autostable.judgement.verdict import Reason, words
from autostable.records import (
    Action,
    AloneRun,
    Attempt,
    Cause,
    Code,
    Cost,
    Edit,
    Figure,
    Intervention,
    Learning,
    Proof,
    Remedy,
    Report,
    Site,
    Symptom,
    Verdict,
)

NAN, INF = float("nan"), float("inf")
ENVIRONMENT = {
    "python": "3.11.9",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "device": "CPU",
    "jit_compile": False,
    "precision": "float32",
}
SOURCE = """\
import keras
import tensorflow as tf


class Entropy(keras.losses.Loss):
    def call(self, y_true, y_pred):
        # cross entropy, written by hand
        return -tf.reduce_sum(y_true * tf.math.log(y_pred), axis=-1)


model = keras.Sequential([keras.layers.Dense(10, activation="relu")])
model.compile(keras.optimizers.Adam(0.5), Entropy())
"""
DIFF = """\
--- train.py
+++ train.py
@@ -5,5 +5,5 @@
 class Entropy(keras.losses.Loss):
     def call(self, y_true, y_pred):
         # cross entropy, written by hand
-        return -tf.reduce_sum(y_true * tf.math.log(y_pred), axis=-1)
+        return -tf.reduce_sum(y_true * tf.math.log(tf.maximum(y_pred, 1e-07)), axis=-1)
"""
LOG = Site("Log", "loss", "train.py", 8, "return -tf.reduce_sum(y_true * tf.math.log(y_pred), axis=-1)")
COMPILE = Site(None, None, "train.py", 12, "model.compile(keras.optimizers.Adam(0.5), Entropy())")
EPSILON = Remedy(
    "epsilon-loss", {"guards": [{"op": "Log", "file": "train.py", "line": 8, "layer": None, "bound": 1e-7}]}
)
RATE = Remedy("lower-learning-rate", {"factor": 0.1})
AFFINE = {"center": [0.5 + k / 7 for k in range(300)], "scale": [1.0 + k for k in range(300)]}
RESCALE = Remedy("rescale-inputs", {"method": "standard", "inputs": [AFFINE]})

SEEN = Symptom(
    "nonfinite", 3, 0, "gradient", {"loss": INF, "gradient_norm": NAN, "variables": ["dense/kernel", "dense/bias"]}
)
CAUSES = (
    Cause(Code.UNSAFE_LOG, 0.93, "the argument of log is 0 in 3 of 32 rows; the loss is inf there", LOG),
    Cause(Code.LEARNING_RATE_TOO_HIGH, 0.31, "the first update changed the weights by 41 % of their norm", COMPILE),
)
WARNINGS = (Cause(Code.DATA_OUTLIERS, 0.6, "x has 2 entries beyond 1000 times its 99th percentile", None),)
BASELINE = Attempt((), "baseline", "unstable", 4, 1.9, 2.31, INF, None, "a gradient became non-finite at step 3")

KNOWS = Learning(
    "healthy", "learnt", rows=600, loss=0.12, constant=1.609, signal=31.0, skill=0.925, calibrated=0.93,
    figure="accuracy", value=0.96, unseen_loss=0.15, unseen_calibrated=0.91, unseen_value=0.95,
)  # fmt: skip
KNOWS_NOTHING = Learning(
    "sick", "no-skill", rows=600, loss=1.608, constant=1.609, signal=0.3, skill=0.0006, calibrated=0.0, reach=0.0,
    figure="accuracy", value=0.1, plain=0.95, model="ridge", plain_calibrated=0.9,
)  # fmt: skip

INTERVENTIONS = (
    Intervention(15, "non-finite weight; the same batches trained without harm", Action.WENT_BACK, 0, None, None, (), (), 16, 0,
                 0.4),
    Intervention(40, "non-finite loss; data-nonfinite: x holds 1 NaN", Action.SKIPPED, 40, None, 40, (3,), (1203,), 0, 0, 0.2),
    Intervention(90, "the loss left its course", Action.SLOWER, 64, Remedy("lower-learning-rate", {"factor": 0.5}), None, (),
                 (), 27, 26, 1.5),
    Intervention(200, "non-finite gradient", Action.REMEDY, 200, RATE, None, (), (), 1, 0, 1.0),
)  # fmt: skip

healthy = Report(
    Verdict.HEALTHY,
    {"kind": "script", "path": "train.py", "arguments": [], "exit_status": 0, "fingerprint": {}},
    ENVIRONMENT,
    attempts=(Attempt((), "baseline", "stable", 500, 12.2, 2.31, 0.08, 0.08, "", learning=KNOWS),),
    cost=Cost(500, 500, 1.0, 12.2),
    notes=("learning is slow; slow is not sick",),
)
repaired = Report(
    Verdict.REPAIRED,
    {
        "kind": "script",
        "path": "train.py",
        "arguments": ["--epochs", "5"],
        "exit_status": 0,
        "fingerprint": {"sha256": "9f1c", "path": "train.py"},
    },
    ENVIRONMENT,
    SEEN,
    LOG,
    CAUSES,
    WARNINGS,
    (EPSILON, RESCALE),
    (
        BASELINE,
        Attempt((RATE,), "probe", "unstable", 60, 4.0, 2.31, NAN, None, "the loss became non-finite at step 41"),
        Attempt((EPSILON,), "probe", "unstable", 125, 6.2, 2.31, 2.30, 2.30, "no better than a constant prediction"),
        Attempt((EPSILON, RESCALE), "probe", "stable", 125, 6.5, 2.31, 0.92, 0.92, "learns"),
        Attempt((EPSILON, RESCALE), "full", "stable", 500, 61.3, 2.31, 0.041, 0.041, "finite, bounded and learning"),
        Attempt((RESCALE,), "probe", "unstable", 9, 0.8, 2.31, NAN, None, "without epsilon-loss it fails again"),
    ),
    Cost(823, 500, 1.646, 83.4),
    (Edit("train.py", DIFF),),
    {"report.html": "/tmp/runs/x/report.html", "stable.json": "/tmp/runs/x/stable.json"},
    ("the labels were not touched",),
    {"0": (EPSILON, RESCALE)},
    Proof(True, (AloneRun(0, 0, 58.0, (Figure("test accuracy", 0.9847, 0.985, True),)),)),
)
unrepaired = Report(
    Verdict.UNREPAIRED,
    {"kind": "module", "module": "package.train", "arguments": ["--lr", "1"], "exit_status": 0, "fingerprint": {}},
    ENVIRONMENT,
    Symptom("useless", 499, 4, "loss", {"loss": 0.6931, "constant_loss": 0.6931}),
    None,
    (Cause(Code.LABELS_SUSPICIOUS, 0.7, "the labels of equal rows differ in 48 % of the pairs", None),),
    (),
    (),
    (
        Attempt((), "baseline", "unstable", 500, 12.0, 0.71, 0.6931, None, "no better than a constant prediction"),
        Attempt((RATE,), "probe", "unstable", 125, 3.0, 0.71, 0.6931, None, "no better than a constant prediction"),
        Attempt((RESCALE,), "probe", "crashed", 0, 0.4, None, None, None, "ValueError: shapes (3,) and (4,)"),
        Attempt((RESCALE, RATE), "probe", "timed-out", 40, 30.0, 0.71, 0.7, None, "30 s were not enough"),
    ),
    Cost(665, 500, 1.33, 45.4),
)
failed = Report(
    Verdict.FAILED,
    {"kind": "script", "path": "train.py", "arguments": [], "exit_status": 1, "fingerprint": {}},
    notes=("the script ended with exit status 1 before any training was seen",),
)
healed = dataclasses.replace(
    repaired,
    plan=(RATE,),
    plans={"0": (RATE,)},
    attempts=(Attempt((), "baseline", "stable", 544, 61.3, 2.31, 0.041, 0.041, ""),),
    cost=Cost(544, 500, 1.088, 61.3),
    edits=(),
    proof=None,
    interventions=INTERVENTIONS,
)

ALL = {"healthy": healthy, "repaired": repaired, "unrepaired": unrepaired, "failed": failed}


def _useless(learning: Learning, **evidence: object) -> Symptom:
    seen = {"loss_first": 1.61, "loss_last": 1.608, "judged": said(learning), "constant_loss": 1.609}
    return Symptom("useless", 499, 4, "loss", {**seen, **evidence})


def said(learning: Learning) -> str:
    """The sentence of the row that decided."""
    return words(Reason[learning.reason.upper().replace("-", "_")])


def note(learning: Learning) -> str:
    """What stands in the notes of a training that was left as it is."""
    return said(learning).capitalize() + "."


def alone(learning: Learning | None, *notes: str) -> Report:
    """A healthy report of one training."""
    attempt = Attempt((), "baseline", "stable", 500, 12.2, 1.61, 0.12, 0.12, learning=learning)
    return dataclasses.replace(healthy, attempts=(attempt,), notes=notes)


BEATEN = Learning(
    "suspect", "short-reach", rows=2000, loss=0.553, constant=0.6908, skill=0.2, calibrated=0.21, reach=0.4,
    figure="accuracy", value=0.73, plain=0.86, model="trees", plain_calibrated=0.52,
)  # fmt: skip
BLIND = dataclasses.replace(
    KNOWS_NOTHING, reason="blind-loss", loss=9.7, constant=9.69, figure="R2", value=-0.004, plain=0.912
)
UNNAMED = Learning("healthy", "learnt", rows=600, loss=0.1931, constant=1.609, signal=22.0, skill=0.88)
DISTANCE = Learning(  # a siamese network: what it says is small where the target is 1
    "healthy", "learnt", rows=2000, loss=0.02514, constant=0.2502, signal=56.1, skill=0.8995, calibrated=0.0, reach=0.0,
    figure="accuracy", value=0.508, plain=0.99, model="trees", plain_calibrated=0.96, unseen_value=0.49,
)  # fmt: skip
OWN_STEP = Learning("healthy", "learnt", rows=128, loss=0.1234, signal=14.21)

only_bounded = alone(None, "Finite and bounded; whether it learns is not known.")
left_alone = alone(BEATEN, note(BEATEN), "No remedy that was tried changed that; it was left as it was.")
cured = dataclasses.replace(
    repaired,
    symptom=_useless(KNOWS_NOTHING, accuracy=0.1),
    site=None,
    causes=(
        Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, "the first update changed the weights by 41 % of their norm", COMPILE),
    ),
    warnings=(),
    plan=(RATE,),
    plans={"0": (RATE,)},
    attempts=(
        Attempt((), "baseline", "stable", 500, 12.0, 1.61, 1.608, 1.608, learning=KNOWS_NOTHING),
        Attempt((RATE,), "full", "stable", 500, 12.1, 1.61, 0.12, 0.12, learning=KNOWS),
    ),
)
blind = dataclasses.replace(
    unrepaired,
    symptom=_useless(BLIND, loss_first=12.1, loss_last=9.7, constant_loss=9.69, R2=-0.004, blind_loss=True),
    causes=(Cause(Code.LOSS_MISMATCH, 0.9, "the loss broadcasts (32, 1) against (32,)", COMPILE),),
    attempts=(Attempt((), "baseline", "stable", 500, 12.0, 12.1, 9.7, 9.7, learning=BLIND),),
)
outputs = dataclasses.replace(
    cured,
    symptom=_useless(dataclasses.replace(KNOWS_NOTHING, reason="no-signal"), accuracy=0.1, output="kind"),
    attempts=(
        dataclasses.replace(
            cured.attempts[0], learning=dataclasses.replace(KNOWS_NOTHING, reason="no-signal", output=1)
        ),
        dataclasses.replace(
            cured.attempts[1], learning=dataclasses.replace(KNOWS, output=1, unseen_value=None, unseen_loss=None)
        ),
    ),
)
LEARNING = {"only_bounded": only_bounded, "left_alone": left_alone, "cured": cured, "blind": blind, "outputs": outputs}
