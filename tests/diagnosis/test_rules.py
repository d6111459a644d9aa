"""Every rule with an evidence that it must speak up on, and a likeness on which it must be silent."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from autostable.diagnosis import RULES, diagnose
from autostable.evidence import (
    AlteredFacts,
    ArrayFacts,
    Course,
    Cut,
    Disturbance,
    Evidence,
    Finding,
    HiddenShares,
    LayerFacts,
    LoneShare,
    MaskFacts,
    Misfed,
    MisreadFacts,
    ModelFacts,
    NeverApplied,
    Severed,
    SharesAsLogits,
)
from autostable.knowledge.signs import level
from autostable.records import Cause, Code, Symptom
from tests.diagnosis.given import (
    BAD_ROWS,
    BUILT,
    CLASSES,
    CLASSIFIER,
    CROSSING,
    DIVERGED,
    FADED,
    HIDDEN,
    LINE,
    MODEL,
    ONE_HOT,
    OUT,
    OUTLIER,
    PLAIN,
    PRICES,
    RATE,
    RAW,
    USELESS,
    X,
    Y,
    array,
    found,
    with_,
)  # fmt: skip

NO_GRADIENT = with_(symptom=Symptom("error", 0, None, "gradient"))
TURNED = Disturbance("turn", "RandomRotation", (("factor", (0.35,)),), kept=0.1, told=0.9, left=0.7, site=BUILT)


def looked_up(precision: str, most: float, **model: Any) -> Evidence:
    """A table of ids and a measure, for a model that looks ids up."""
    table = dataclasses.replace(X, low=(0.0, -2.5), high=(most, 2.9), whole=(0,))
    layers = (LayerFacts("ids", "Embedding"), HIDDEN, OUT)
    return with_(USELESS, inputs=(table,), model_layers=layers, model_precision=precision, **model)


def measured(mean: float) -> ArrayFacts:
    """A table of ids, the larger numbers by far, and a measure."""
    return dataclasses.replace(
        X, mean=(4500.0, mean), std=(2600.0, 0.9), low=(0.0, -2.5), high=(9000.0, 2.9), whole=(0,)
    )


def wrong(found: dict[str, Any]) -> Symptom:
    """A training that was judged by targets that are not what they say."""
    return Symptom("useless", 200, 4, evidence={"astray": {"shift": 0.0, "of": 2000, **found}})


MARK = {
    "kind": "unit",
    "low": -5.0,
    "high": 10.0,
    "factor": 1000.0,
    "rows": 212,
    "before": 0.15,
    "after": 0.97,
    "mark": True,
}
UNIT = {"kind": "unit", "low": 2.4e4, "high": 1.1e5, "factor": 0.001, "rows": 154, "before": 0.0, "after": 0.9}
BYTE = {"kind": "byte", "low": 0.002, "high": 0.0078, "factor": 255.0, "rows": 9, "before": 0.0, "after": 0.0}
WRAP = {"kind": "wrap", "low": 2.0, "high": 5.0, "factor": 1.0, "shift": -2.56, "rows": 60, "before": 0.2, "after": 0.9,
        "bits": 8, "around": 2.56}  # fmt: skip
TURNS = {"kind": "wrap", "low": None, "high": None, "factor": 1.0, "rows": 0, "before": 0.4, "after": 0.8, "bits": 16,
         "around": 3.25}  # fmt: skip

# code, what it is about, evidence that it must be found in, part of its sentence, evidence that is silent about it
WIDE_TABLE = {"hidden_name": "table", "hidden_kind": "Embedding", "hidden_initializer": "RandomNormal"}
TABLE: list[tuple[Code, str, Evidence, str, Evidence]] = [
    (Code.DATA_NONFINITE, "a Normalization that was adapted to gaps", with_(hidden_gaps=2, hidden_statistics=3),
     "of 2 of 3 features are none", with_(hidden_statistics=3)),
    (Code.DATA_NONFINITE, "rows with NaN",
     with_(inputs=BAD_ROWS, finding=found("Input", "data")), "rows 4, 9, columns 1",
     with_(targets=array(Y, nan=3, bad_rows=(4,), bad_row_count=1), finding=found("Log"))),  # something else came first
    (Code.DATA_NONFINITE, "a batch of a pipeline that cannot be read",
     with_(inputs=(), finding=found("Input", "data")), "input held NaN or Inf in rows 2, 5", with_(inputs=())),
    (Code.DATA_NONFINITE, "sample weights",
     with_(weights=dataclasses.replace(BAD_ROWS[0], name="sample_weight"), finding=found("Weight", "data")),
     "sample_weight holds 3 NaN", with_(weights=X)),
    (Code.DATA_OUTLIERS, "an input of a stream", with_(inputs=array(OUTLIER[0], streamed=True)),
     "x row 0 of the stream as it came, column 0 is 1e+10; all other values lie between", with_()),
    (Code.DATA_OUTLIERS, "an input", with_(inputs=OUTLIER), "x row 0, column 0 is 1e+10; all other values lie between",
     PLAIN),
    (Code.DATA_OUTLIERS, "a target",
     with_(targets=array(Y, outliers=((7, 0, 1e9),), outlier_count=1, kept_low=(-3.0,), kept_high=(3.0,))), "y row 7",
     with_(targets=array(CLASSES, outliers=((7, 0, 1e9),), outlier_count=1))),  # a class number is no measure
    (Code.DATA_UNSCALED_INPUTS, "a raw feature", with_(inputs=RAW), "feature 0 has mean 5000",
     with_(inputs=RAW, model_layers=(LayerFacts("norm", "BatchNormalization"), HIDDEN, OUT))),
    (Code.DATA_UNSCALED_INPUTS, "not token numbers", with_(inputs=RAW), "x is raw",
     with_(inputs=array(RAW[0], dtype="int32", distinct=900, integers=True))),
    (Code.DATA_UNSCALED_INPUTS, "bytes of images",
     with_(inputs=array(dtype="uint8", shape=(400, 8, 8, 1), mean=(90.0,), std=(80.0,), median=(70.0,), iqr=(150.0,),
                        low=(0.0,), high=(255.0,), distinct=256, integers=True)), "values from 0 to 255", PLAIN),
    (Code.DATA_UNSCALED_TARGETS, "prices", with_(targets=PRICES), "mean 2e+05",
     with_(targets=PRICES, model_loss="poisson")),  # counts may be large
    (Code.DATA_UNSCALED_TARGETS, "not class numbers", with_(targets=PRICES), "y is raw",
     with_(targets=array(CLASSES, high=(99.0,), mean=(50.0,)))),
    (Code.LABELS_OUT_OF_RANGE, "too many classes",
     with_(**{**CLASSIFIER, "output_units": 5}), "labels run from 0 to 9, but the output layer 'out' has 5 units",
     with_(**CLASSIFIER)),
    (Code.LABELS_OUT_OF_RANGE, "binary labels of 255",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(255.0,))),
     "labels run from 0 to 255, binary_crossentropy is for labels from 0 to 1",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(1.0,)))),
    (Code.LABELS_OUT_OF_RANGE, "negative counts",
     with_(model_loss="poisson", output_activation="exponential"), "poisson is for counts, 0 or more",
     with_(model_loss="poisson", output_activation="exponential", targets=array(Y, low=(0.0,)))),
    (Code.LABELS_OUT_OF_RANGE, "below -1 under a logarithm",
     with_(model_loss="mean_squared_logarithmic_error"), "is for labels above -1",
     with_(model_loss="mean_squared_logarithmic_error", targets=array(Y, low=(0.0,)))),
    (Code.LABELS_OUT_OF_RANGE, "not shares",
     with_(model_loss="categorical_crossentropy", output_activation="softmax", output_units=3,
           targets=array(ONE_HOT, one_hot=False, high=(7.0,) * 3)), "shares that sum to 1",
     with_(model_loss="categorical_crossentropy", output_activation="softmax", output_units=3, targets=(ONE_HOT,))),
    (Code.LABELS_OUT_OF_RANGE, "told by TensorFlow alone",
     with_(targets=(), error="Received a label value of 9 which is outside the valid range of [0, 5)."),
     "Received a label value of 9", with_(targets=(), error="OOM when allocating tensor")),
    (Code.LABELS_SUSPICIOUS, "one class only",
     with_(**{**CLASSIFIER, "targets": array(CLASSES, low=(3.0,), high=(3.0,), distinct=1)}), "every label is 3",
     with_(**CLASSIFIER)),
    (Code.LABELS_SUSPICIOUS, "divided by 255",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid",
           targets=array(Y, low=(0.0,), high=(1 / 255,), classes=((0.0, 200), (1 / 255, 200)))), "divided by 255",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid",
           targets=array(Y, low=(0.1,), high=(0.9,), classes=((0.1, 200), (0.9, 200))))),  # smoothed on purpose
    (Code.LABELS_SUSPICIOUS, "counted from one",
     with_(**{**CLASSIFIER, "targets": array(CLASSES, low=(1.0,), high=(10.0,))}), "labels count from 1 to 10",
     with_(**CLASSIFIER)),
    (Code.LABELS_SUSPICIOUS, "what the model is shown", with_(symptom=Symptom("useless", 200, 4, evidence={"copies": True})),
     "it need only copy, and will not foretell", USELESS),
    (Code.LABELS_SUSPICIOUS, "a mark of thousands", with_(symptom=wrong(MARK), targets=array(Y, low=(1.0,), high=(999.0,))),
     "212 of 2,000 targets lie below 10: a mark of thousands was read as a decimal point; times 1000 a plain model tells 0.97 "
     "of what unseen targets spread, and 0.15 as they are", USELESS),
    (Code.LABELS_SUSPICIOUS, "another unit", with_(symptom=wrong(UNIT), targets=array(Y, low=(50.0,), high=(9e4,))),
     "154 of 2,000 targets lie above 2.4e+04: they are in another unit than the others; divided by 1000 a plain model tells",
     USELESS),
    (Code.LABELS_SUSPICIOUS, "flags that were divided along with bytes",
     with_(symptom=wrong(BYTE), targets=array(Y, low=(0.0,), high=(1 / 255,))),
     "labels are 0 and 0.003922, which is 1 / 255: they were divided along with the inputs", USELESS),
    (Code.LABELS_SUSPICIOUS, "a decoder without a causal mask",
     with_(symptom=Symptom("useless", 200, 4, evidence={"peeks": True}), hidden_kind="MultiHeadAttention"),
     "each target is what the model is shown one step later, and 'dense' looks there", USELESS),
    (Code.LABELS_SUSPICIOUS, "wrapped around", with_(symptom=wrong(WRAP), targets=array(Y, low=(-1.0,), high=(9.0,))),
     "targets have wrapped around in an integer of 8 bits: 60 of 2,000 targets lie between 2 and 5, apart from the others; "
     "minus 2.56, a plain model tells", USELESS),
    (Code.LABELS_SUSPICIOUS, "wrapped around more than once", with_(symptom=wrong(TURNS), targets=(Y,)),
     "on a circle of 3.25, which is 2^16 of their steps, a plain model tells 0.80", USELESS),
    (Code.LABELS_SUSPICIOUS, "torn from their rows", with_(shuffled_apart=True), "each by itself", PLAIN),
    (Code.UNSAFE_LOG, "log(0)", with_(finding=found("Log")), "Log meets 0: it is not finite there (rows 2, 5)", PLAIN),
    (Code.UNSAFE_SQRT, "the gradient of sqrt(0)", with_(finding=found("Sqrt", "gradient")),
     "Sqrt meets 0: its derivative is not finite there", with_(finding=found("Log"))),
    (Code.UNSAFE_DIVISION, "x / 0", with_(finding=found("RealDiv")), "RealDiv meets 0", with_(finding=found("Sqrt"))),
    (Code.UNSAFE_POWER, "0 ** 0.5", with_(finding=found("Pow", "gradient", input_high=4.0)),
     "Pow meets arguments from 0 to 4", with_(finding=found("Mul"))),
    (Code.UNSAFE_EXP, "exp(1000)", with_(finding=found("Exp", input_high=1000.0)), "arguments up to 1000",
     with_(finding=found("Exp", "data"))),
    (Code.UNSAFE_WHERE, "the branch not taken",
     with_(finding=found("Sqrt", "gradient", masked=True)), "the branch is masked in the result",
     with_(finding=found("Sqrt", "gradient"))),
    (Code.EMPTY_MASK, "attention over nothing",
     with_(finding=found("Softmax", layer="attention", layer_kind="MultiHeadAttention", builtin=True)),
     "a mask that hides all of a row (rows 2, 5)", with_(finding=found("RealDiv"))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "logits taken for probabilities",
     with_(**{**CLASSIFIER, "output_activation": "linear"}), "use softmax (or from_logits=True)",
     with_(**{**CLASSIFIER, "output_activation": "linear", "model_from_logits": True})),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "softmax over one unit",
     with_(model_loss="binary_crossentropy", output_activation="softmax"), "softmax over one unit is always 1",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid")),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "a linear output under binary crossentropy",
     with_(model_loss="binary_crossentropy"), "use sigmoid", with_(model_loss="mean_squared_error")),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "a loss of one's own that takes logits",
     with_(symptom=Symptom("useless", 200, 4, evidence={"wants_logits": True}), model_loss="custom",
           output_activation="sigmoid"),
     "the loss takes logits, but the layer has already applied sigmoid",
     with_(symptom=Symptom("useless", 200, 4), model_loss="custom", output_activation="sigmoid")),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "scores cut before their softmax",
     with_(USELESS, hidden_scores=True), "leaves scores from 0 to inf", with_(USELESS, hidden_scores=True,
                                                                            hidden_activation="log_softmax")),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "answers beyond the targets that pay",
     with_(symptom=Symptom("useless", 200, 4, evidence={"beyond": True}), model_loss="custom"),
     "gives answers beyond 0 and 1", with_(symptom=Symptom("useless", 200, 4), model_loss="custom")),
    (Code.LOSS_MISMATCH, "a score that is lowered",
     with_(symptom=Symptom("useless", 200, 4, evidence={"turned": True})), "it is a score",
     with_(symptom=Symptom("useless", 200, 4))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "softmax twice",
     with_(**{**CLASSIFIER, "model_from_logits": True}), "the layer has already applied softmax", with_(**CLASSIFIER)),
    (Code.VANISHING_GRADIENT, "a hidden softmax that code calls",
     with_(symptom=Symptom("useless", 200, 4), starving=(HiddenShares(128, CROSSING.site),)),
     "the softmax is a hidden one: 128 shares that sum to 1 are all that is handed on, 0.0078 each",
     with_(symptom=Symptom("nonfinite", 200, 4), starving=(HiddenShares(128, CROSSING.site),))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "softmax twice, by an operation",
     with_(symptom=Symptom("useless", 200, 4), as_logits=SharesAsLogits("Softmax", CROSSING.site, 0.234)),
     "been through softmax here already: from 0 to 1, no class can be made sure, and of what such answers can reach 23% was",
     with_(symptom=Symptom("nonfinite", 200, 4), as_logits=SharesAsLogits("Softmax", CROSSING.site, 0.234))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "sigmoid twice, by an operation, and less than nothing learnt",
     with_(symptom=Symptom("useless", 200, 4), as_logits=SharesAsLogits("Sigmoid", CROSSING.site, -3.0)),
     "applies sigmoid itself, but what it is given has been through sigmoid here already: from 0 to 1, no class can be made "
     "sure, and of what such answers can reach 0% was reached", with_(symptom=Symptom("useless", 200, 4))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "a Poisson loss on a linear output",
     with_(model_loss="poisson"), "takes the logarithm of the output",
     with_(model_loss="poisson", output_activation="exponential")),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "divergence of what is no distribution",
     with_(model_loss="kl_divergence", output_units=3, targets=(ONE_HOT,)), "kl_divergence needs probabilities",
     with_(model_loss="kl_divergence", output_units=3, output_activation="softmax", targets=(ONE_HOT,))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "targets that sigmoid cannot reach",
     with_(output_activation="sigmoid"), "targets run from -3 to 3, sigmoid gives only 0 to 1",
     with_(output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(1.0,)))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "a power of a negative output in the user's loss",
     with_(model_loss="custom", targets=array(Y, low=(0.0,)),
           finding=dataclasses.replace(found("Pow"), in_loss=True, builtin=False, input_low=-0.3)),
     "the loss takes Pow of the output of 'out', but linear lets it fall to -0.3",
     with_(model_loss="custom", targets=array(Y, low=(0.0,)), output_activation="softplus",
           finding=dataclasses.replace(found("Pow"), in_loss=True, builtin=False, input_low=-0.3))),
    (Code.LEARNING_RATE_TOO_LOW, "a schedule that decays with every step",
     with_(symptom=Symptom("useless", 900, 9), course=Course(900, 900, rates=(0.01, 1e-7) + (1e-9,) * 9)),
     "the schedule brings the rate from 0.01 down to 1e-07",
     with_(symptom=Symptom("useless", 900, 9), course=Course(900, 900, rates=(0.01, 0.009, 0.008, 0.007) + (1e-9,) * 7))),
    (Code.BATCHNORM_STATISTICS, "averages over one number",
     with_(symptom=Symptom("useless", 900, 9), hidden_kind="BatchNormalization", hidden_momentum=0.99, hidden_averaged=1),
     "normalises over one number",
     with_(symptom=Symptom("useless", 900, 9), hidden_kind="BatchNormalization", hidden_momentum=0.99,
           hidden_averaged=32)),
    (Code.BATCHNORM_STATISTICS, "moving averages that lag behind",
     with_(symptom=Symptom("useless", 200, 9, "loss", {"inference_loss": 8.0}), hidden_kind="BatchNormalization",
           hidden_momentum=0.9999, course=Course(200, 200)), "are still 98% their first values",
     with_(symptom=Symptom("useless", 200, 9), hidden_kind="BatchNormalization", hidden_momentum=0.9999)),
    (Code.BATCHNORM_STATISTICS, "moving averages of the last batches",
     with_(symptom=Symptom("useless", 200, 9, "loss", {"inference_loss": 8.0, "averages_of": 1.22}),
           hidden_kind="BatchNormalization", hidden_momentum=0.1), "are those of the last 1.2 batches",
     with_(symptom=Symptom("useless", 200, 9), hidden_kind="BatchNormalization", hidden_momentum=0.1)),
    (Code.LOSS_MISMATCH, "a loss that one answer for every row satisfies",
     with_(symptom=Symptom("useless", 200, 4, evidence={"one_sided": True})), "(1 - y) * log(1 - p), is missing",
     with_(symptom=Symptom("useless", 200, 4))),
    (Code.LOSS_MISMATCH, "a loss that takes predictions first",
     with_(model_loss="custom", model_loss_arguments=("pred", "target")), "Keras calls it with the targets first",
     with_(model_loss="custom", model_loss_arguments=("target", "pred"))),
    (Code.LOSS_MISMATCH, "a loss that does not see which target is whose",
     with_(symptom=Symptom("useless", 200, 4, evidence={"blind_loss": True}), model_loss="custom"), "(rows, rows)",
     with_(symptom=Symptom("useless", 200, 4), model_loss="custom")),
    (Code.LOSS_MISMATCH, "a column of predictions that meets flat targets",
     with_(symptom=Symptom("useless", 200, 4), model_loss="custom", crossing=CROSSING),
     "(32, 1) meets (32,) in Sub and becomes (32, 32)", with_(symptom=Symptom("useless", 200, 4), model_loss="custom")),
    (Code.LOSS_MISMATCH, "rows that are poured together",
     with_(symptom=Symptom("useless", 200, 4), crossing=dataclasses.replace(CROSSING, op="Sum", form="poured")),
     "Sum makes one number of 32 rows, which then meets (32,); axis=1 would keep", with_(symptom=Symptom("useless", 200, 4))),
    (Code.LOSS_MISMATCH, "labels that meet themselves alone",
     with_(symptom=Symptom("useless", 200, 4), crossing=dataclasses.replace(CROSSING, op="Equal", form="transposed")),
     "a flat (32,) meets its own transpose in Equal", with_(symptom=Symptom("useless", 200, 4))),
    (Code.EMPTY_MASK, "a mask that lets nothing through",
     with_(symptom=Symptom("useless", 200, 4), emptied=CROSSING.site),
     "Sub is true nowhere in the batch, and all gradients are exactly zero", with_(symptom=Symptom("useless", 200, 4))),
    (Code.DATA_UNSCALED_INPUTS, "a Normalization within that was adapted to other numbers",
     with_(symptom=Symptom("useless", 200, 4), misfed=(Misfed("norm", X, dataclasses.replace(X, low=(-40.0,), high=(-19.0,)),
                                                              None),)),
     "'norm' was adapted to other numbers: of what it is given, in order already, it makes values from -40 to -19",
     with_(symptom=Symptom("useless", 200, 4))),
    (Code.OUTPUT_ACTIVATION_MISMATCH, "shares of the only entry of an axis",
     with_(symptom=Symptom("useless", 200, 4), lone_share=LoneShare("Softmax", (60, 12, 1), CROSSING.site)),
     "each is 1 whatever comes in, and no gradient gets through; the axis before it has 12",
     with_(symptom=Symptom("useless", 200, 4))),
    (Code.LOSS_MISMATCH, "penalties that are a good part of the loss",
     with_(symptom=Symptom("useless", 200, 4), hidden_penalty=1.0, initial_loss=2.0), "come to 1 of the loss",
     with_(symptom=Symptom("useless", 200, 4), hidden_penalty=0.01, initial_loss=2.0)),
    (Code.LOSS_MISMATCH, "several classes at once under the loss for one",
     with_(**{**CLASSIFIER, "output_units": 3, "model_loss": "categorical_crossentropy",
              "targets": array(ONE_HOT, one_hot=False, mean=(0.7, 0.5, 0.4))}), "1.6 are true of a row at once",
     with_(**{**CLASSIFIER, "output_units": 3, "targets": (ONE_HOT,), "model_loss": "categorical_crossentropy"})),
    (Code.LOSS_MISMATCH, "squared errors of one-hot classes",
     with_(output_units=3, output_activation="sigmoid", targets=(ONE_HOT,)), "targets are one-hot classes", PLAIN),
    (Code.LOSS_MISMATCH, "class numbers under the loss for one-hot classes",
     with_(**{**CLASSIFIER, "model_loss": "categorical_crossentropy"}), "use the sparse one", with_(**CLASSIFIER)),
    (Code.LOSS_MISMATCH, "one-hot classes under the loss for class numbers",
     with_(**{**CLASSIFIER, "output_units": 3, "targets": (ONE_HOT,)}), "use categorical_crossentropy",
     with_(**{**CLASSIFIER, "output_units": 3, "targets": (ONE_HOT,), "model_loss": "categorical_crossentropy"})),
    (Code.LABELS_OUT_OF_RANGE, "what a step of the user's own was told by TensorFlow",
     with_(symptom=Symptom("error", 0, 0), model_loss=None, error="in train_step\n\nReceived a label value of -1 which is "
           "outside the valid range of [0, 10).  Label values: -1 3"),
     "Received a label value of -1 which is outside the valid range", with_(model_loss=None)),
    (Code.DATA_UNSCALED_TARGETS, "a few numbers, far apart",
     with_(targets=array(CLASSES, high=(1e7,), mean=(3e6,), std=(4.5e6,), distinct=69)), "y is raw",
     with_(targets=array(CLASSES, high=(68.0,), mean=(30.0,), std=(15.0,), distinct=69))),
    (Code.LEARNING_RATE_TOO_LOW, "a schedule that leaves nothing of the rate for the greater part",
     with_(symptom=Symptom("useless", 900, 9), course=Course(900, 900, rates=(0.01, 6e-5, 4e-7) + (1e-9,) * 8)),
     "in the first 180 of 900 steps", with_(symptom=Symptom("useless", 900, 9))),
    (Code.LEARNING_RATE_TOO_LOW, "a warm-up that is longer than the training",
     with_(symptom=Symptom("useless", 480, 8), course=Course(480, 480, rates=tuple(2e-6 * n for n in range(11)))),
     "still warming up when the training ends after 480 steps, at 2e-05, 500 times below the usual",
     with_(symptom=Symptom("useless", 480, 8), course=Course(480, 480, rates=tuple(2e-3 * n for n in range(11))))),
    (Code.LOSS_MISMATCH, "squared errors of zeros and ones",
     with_(output_activation="sigmoid", targets=array(CLASSES, high=(1.0,), distinct=2)), "use binary_crossentropy",
     with_(output_activation="sigmoid", targets=array(CLASSES, high=(3.0,), distinct=4))),
    (Code.LOSS_MISMATCH, "real numbers under the loss for shares",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid"),
     "targets are real numbers from -3 to 3, binary_crossentropy is for labels from 0 to 1",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(1.0,)))),
    (Code.LOSS_MISMATCH, "one column under the loss for one-hot classes",
     with_(model_loss="categorical_crossentropy", output_activation="sigmoid",
           targets=array(CLASSES, high=(1.0,), distinct=2)),
     "over a single column is 0 whatever the model says: use binary_crossentropy",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid",
           targets=array(CLASSES, high=(1.0,), distinct=2))),
    (Code.LOSS_MISMATCH, "a column of real numbers under the loss for one-hot classes",
     with_(model_loss="categorical_crossentropy", output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(1.0,))),
     "over a single column is 0 whatever the model says: use mean_squared_error",
     with_(model_loss="mean_squared_error", output_activation="sigmoid", targets=array(Y, low=(0.0,), high=(1.0,)))),
    (Code.LOSS_MISMATCH, "ten classes under the loss for two",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid", targets=(CLASSES,)),
     "10 integer classes under binary_crossentropy",
     with_(model_loss="binary_crossentropy", output_activation="sigmoid",
           targets=array(CLASSES, high=(1.0,), distinct=2))),
    (Code.SATURATED_ACTIVATION, "sigmoid units at their bounds",
     with_(hidden_activation="sigmoid", hidden_saturated=0.9), "90% of the outputs of Dense 'dense' (sigmoid)",
     with_(hidden_activation="sigmoid", hidden_saturated=0.3)),
    (Code.DEAD_RELU, "units that are always zero", with_(USELESS, hidden_dead=1.0),
     "100% of the units of Dense 'dense'",
     with_(USELESS, hidden_dead=0.3)),
    (Code.DEAD_RELU, "not of a training that does not stand still", with_(USELESS, hidden_dead=0.9), "90%",
     with_(hidden_dead=0.9)),
    (Code.DEAD_RELU, "units that died in the course of a fit", with_(USELESS, hidden_died=1.0),
     "100% of the units of Dense 'dense' end at zero for every row, 10% began so",
     with_(hidden_died=1.0)),
    (Code.VANISHING_GRADIENT, "sigmoids in a row",
     with_(USELESS, model_layers=(dataclasses.replace(HIDDEN, activation="sigmoid", gradient=0.04),
                                  dataclasses.replace(HIDDEN, name="dense_1", activation="sigmoid"), OUT)),
     "2 hidden layers of sigmoids, each of which lets a quarter of a gradient through at most: that of 'dense' is 0.06 of that",
     with_(USELESS, model_layers=(dataclasses.replace(HIDDEN, activation="tanh", gradient=0.04),
                                  dataclasses.replace(HIDDEN, name="dense_1", activation="tanh"), OUT))),
    (Code.BAD_INITIALIZATION, "weights drawn too narrow",
     with_(USELESS, hidden_initializer="RandomNormal", hidden_gain=0.02, output_initializer="RandomNormal", output_gain=0.02),
     "drawn from a RandomNormal so narrow that they carry 0.02, 0.02 times as far as Glorot's",
     with_(USELESS, hidden_gain=0.02, output_gain=0.02)),
    (Code.VANISHING_GRADIENT, "ten sigmoid layers",
     with_(USELESS, model_layers=(dataclasses.replace(HIDDEN, activation="sigmoid", gradient=1e-9),
                                  dataclasses.replace(HIDDEN, name="dense_1", activation="sigmoid"), OUT)),
     "the gradient of 'dense' is 1e-09",
     with_(USELESS, model_layers=(HIDDEN, dataclasses.replace(HIDDEN, name="dense_1"), OUT))),
    (Code.BAD_INITIALIZATION, "an optimizer that forgets where a network began",
     with_(symptom=Symptom("useless", 200, 4), model_optimizer="Ftrl", hidden_weight=1.0, output_weight=1.0),
     "nothing is left of the initial ones of 2 layers",
     with_(symptom=Symptom("useless", 200, 4), model_optimizer="Ftrl", hidden_weight=None)),
    (Code.BAD_INITIALIZATION, "signals that die out",
     with_(USELESS, model_layers=(dataclasses.replace(HIDDEN, initializer="RandomNormal"), FADED, OUT)),
     "those of 'dense_1' at 1e-05: signals and gradients die out (RandomNormal)",
     with_(USELESS, model_layers=(HIDDEN, FADED, OUT))),
    (Code.VANISHING_GRADIENT, "signals that die out", with_(USELESS, model_layers=(HIDDEN, FADED, OUT)),
     "those of 'dense_1' at 1e-05", with_(model_layers=(HIDDEN, FADED, OUT))),
    (Code.BAD_INITIALIZATION, "blocks that add more than they are given",
     with_(model_layers=(HIDDEN, dataclasses.replace(HIDDEN, name="a", magnitude=3.0),
                         dataclasses.replace(HIDDEN, name="b", magnitude=160.0), OUT)),
     "those of 'b' at 1.6e+02: signals and gradients grow",
     with_(model_layers=(HIDDEN, HIDDEN, HIDDEN, OUT))),
    (Code.BAD_INITIALIZATION, "kernels of zeros", with_(USELESS, hidden_initializer="Zeros", hidden_weight=0.0),
     "the weights of 'dense' start at zero", with_(USELESS, output_initializer="Zeros")),
    (Code.BAD_INITIALIZATION, "units that are copies, in a layer of Keras's",
     with_(USELESS, output_initializer="Zeros", copied=("net/out/kernel",)),
     "columns of 'net/out/kernel' began equal and are copies of one another still", with_(USELESS, output_initializer="Zeros")),
    (Code.BAD_INITIALIZATION, "weights that lean to one side", with_(USELESS, leaning=("w", "v"), leaning_site=LINE),
     "the weights of 'w', 'v' start with a mean far from 0", with_(USELESS)),
    (Code.BAD_INITIALIZATION, "zeros that are divided by",
     with_(finding=dataclasses.replace(found("RealDiv"), builtin=False), zeros=("width",), zero_sites=(LINE,)),
     "'width': trained, and 0 at the start, where RealDiv is not finite",
     with_(finding=dataclasses.replace(found("RealDiv"), builtin=False))),
    (Code.BAD_INITIALIZATION, "embeddings drawn so wide that the start is sure of itself",
     with_(USELESS, initial_loss=1.5, chance_loss=0.7, **WIDE_TABLE),
     "the loss starts at 1.5, guessing has 0.7: the entries of 'table' are drawn from a RandomNormal",
     with_(USELESS, initial_loss=1.3, chance_loss=0.7, **WIDE_TABLE)),
    (Code.LEARNING_RATE_TOO_LOW, "averaged weights that are those of the start",
     with_(symptom=Symptom("useless", 500, 4, evidence={"inference_loss": 1.7, "averaged_weights": True}),
           model_average=0.9999, course=Course(500)),
     "ones at its end, are still 95% those of the start: as the model is used the loss is 1.7",
     with_(symptom=Symptom("useless", 500, 4, evidence={"inference_loss": 1.7}), model_average=0.9999)),
    (Code.LOSS_MISMATCH, "weight decay that leaves next to nothing",
     with_(USELESS, model_optimizer="AdamW", model_learning_rate=1e-3, model_decay=30.0, model_decay_site=RATE,
           course=Course(400, kept=2e-5)),
     "AdamW takes 0.03 of each weight away in each step (a weight_decay of 30 times the rate of 0.001): by that alone 6e-06 of "
     "them is left after 400 steps, and the matrices ended at 2e-05 of the norm that they began with",
     with_(USELESS, model_optimizer="AdamW", model_learning_rate=1e-3, model_decay=30.0, course=Course(400, kept=0.9))),
    (Code.LOSS_MISMATCH, "weight decay that takes away more than there is",
     with_(DIVERGED, model_learning_rate=0.01, model_decay=300.0),
     "SGD takes 3 of each weight away in each step (a weight_decay of 300 times the rate of 0.01), which is more than there is",
     with_(DIVERGED, model_learning_rate=0.01, model_decay=30.0)),
    (Code.PRECISION_OVERFLOW, "a mean in half precision of which 0 is left",
     with_(symptom=Symptom("useless", 400, evidence={"blind_loss": True}), finding=found("Mean", vanished=True)),
     "Mean gives 0 in float16, and the loss is 0 with it",
     with_(symptom=Symptom("useless", 400, evidence={"blind_loss": True}), finding=found("Mean"))),
    (Code.PRECISION_OVERFLOW, "a sum that the user's code takes in half precision",
     with_(finding=found("Sum", halved=(LINE,), largest=3e4)),
     "this is computed in float16; float16 ends at 65504, values of 3e+04 were seen", with_(finding=found("Sum", largest=3e4))),
    (Code.VANISHING_GRADIENT, "a model that is frozen",
     with_(USELESS, hidden_frozen=16, hidden_frozen_site=LINE, output_frozen=8, output_frozen_site=LINE, model_trained=0),
     "no weight of the model is trained: 'dense', 'out' are frozen (trainable = False)", with_(USELESS, model_trained=24)),
    (Code.VANISHING_GRADIENT, "a trunk that is frozen as it was drawn",
     with_(USELESS, hidden_frozen=16, hidden_as_drawn=True, hidden_frozen_site=LINE, model_trained=8),
     "'dense' is frozen (trainable = False) at the 16 random numbers that initializers have drawn, which nobody has trained or "
     "loaded; 8 are trained behind these",
     with_(USELESS, hidden_frozen=16, hidden_as_drawn=False, model_trained=8)),
    (Code.VANISHING_GRADIENT, "layers that get no gradient",
     with_(USELESS, unreached=("net/dense/kernel", "net/dense/bias", "w")),
     "'net/dense/kernel' and 'net/dense/bias' and 1 more are trained, and no gradient at all reaches them", USELESS),
    (Code.VANISHING_GRADIENT, "a loss of signs",
     with_(USELESS, stepped=dataclasses.replace(LINE, op="Sign")),
     "Sign has no slope anywhere, and all gradients are exactly zero", USELESS),
    (Code.UNSAFE_WHERE, "gaps that a where leaves out of the loss alone",
     with_(inputs=BAD_ROWS, finding=dataclasses.replace(found("Input", "data"), left_out=LINE)),
     "the derivative of what it leaves out is 0 times NaN",
     with_(inputs=BAD_ROWS, finding=found("Input", "data"))),
    (Code.VANISHING_GRADIENT, "a rounding, and no gradient",
     with_(NO_GRADIENT, severed=Severed(Cut.OPERATION, dataclasses.replace(LINE, op="Round"))),
     "no gradient gets through Round, and nothing else leads from the loss to what is trained; keras.activations.linear has",
     with_(USELESS, severed=Severed(Cut.OPERATION, dataclasses.replace(LINE, op="Round")))),
    (Code.VANISHING_GRADIENT, "numbers of NumPy's", with_(NO_GRADIENT, severed=Severed(Cut.LEFT, LINE)),
     "the loss is not made of anything that is trained", NO_GRADIENT),
    (Code.VANISHING_GRADIENT, "a model that is called before the tape", with_(NO_GRADIENT, severed=Severed(Cut.UNSEEN, LINE)),
     "the tape has not seen what the loss is made of", NO_GRADIENT),
    (Code.LOSS_MISMATCH, "a loss of choices",
     with_(NO_GRADIENT, severed=Severed(Cut.OPERATION, dataclasses.replace(LINE, op="ArgMax"), in_loss=True)),
     "the loss is made of what ArgMax decides",
     with_(NO_GRADIENT, severed=Severed(Cut.OPERATION, dataclasses.replace(LINE, op="Round"), in_loss=True))),
    (Code.BAD_INITIALIZATION, "all weights equal", with_(USELESS, hidden_initializer="Ones"),
     "all weights of 'dense' start equal (Ones)", USELESS),
    (Code.DATA_UNSCALED_INPUTS, "codes that were rescaled",
     with_(USELESS, inputs=(dataclasses.replace(X, low=(0.0,), high=(1.0,), distinct=40),), hidden_looks_up=0, hidden_rows=40),
     "'dense' looks up x by whole numbers, and is given 40 different ones from 0 to 1: of all of these it makes 0 to 1",
     with_(USELESS, inputs=(dataclasses.replace(X, low=(0.0,), high=(39.0,), distinct=40, integers=True),), hidden_looks_up=0,
           hidden_rows=40)),
    (Code.DATA_UNSCALED_INPUTS, "stored data that reading changes",
     with_(USELESS, altered=AlteredFacts(0.0, 1.0, -4.0, 0.1, LINE)), "once it has been read mean -4 and 0.1", USELESS),
    (Code.DATA_UNSCALED_INPUTS, "rows that each lie elsewhere",
     with_(USELESS, inputs=(dataclasses.replace(X, within=tuple(each / 674 for each in X.std)),)),
     "and 0.00148 within themselves, 674 times less", USELESS),
    (Code.DATA_UNSCALED_INPUTS, "bytes in the wrong order",
     with_(USELESS, inputs=(dataclasses.replace(
         X, low=(-3e38,), high=(3e38,),
         misread=MisreadFacts("float32", 1.0, dataclasses.replace(X, low=(-0.3,), high=(4.1,)))),)),
     "as read they run from -3e+38 to 3e+38; taken the other way round all 400 x 2 lie in -0.3 to 4.1", USELESS),
    (Code.DATA_UNSCALED_INPUTS, "pictures in another range",
     with_(USELESS, hidden_value_range=(0.0, 255.0), hidden_given_range=(0.0, 0.9)),
     "'dense' takes pictures to lie in 0 to 255 (its value_range), and is given such from 0 to 0.9",
     with_(USELESS, hidden_value_range=(0.0, 255.0), hidden_given_range=(0.0, 90.0))),
    (Code.EMPTY_MASK, "a mask whose value is a reading",
     with_(USELESS, hidden_mask=MaskFacts(0.0, 40, 10, 60, 0.0, 1.0)), "'dense' masks what equals 0: 25% of the time steps",
     with_(USELESS, hidden_mask=MaskFacts(0.0, 40, 0, 60, 0.0, 1.0))),  # padding
    (Code.EMPTY_MASK, "a mask of the user's own",
     with_(USELESS, hidden_mask=MaskFacts(None, 40, 40, 60, 0.0, 1.0)), "'dense' masks by code of its own: 100% of",
     with_(hidden_mask=MaskFacts(None, 40, 40, 60, 0.0, 1.0))),  # it has failed otherwise
    (Code.LABELS_SUSPICIOUS, "pages that are turned beyond recognition",
     with_(USELESS, disturbances=(dataclasses.replace(TURNED, left=0.05, destroys=True),)),
     "'turn' (factor 0.35) changes rows at random in training and leaves 10% of their spread as it was: of unseen rows a plain "
     "model tells 90% of their targets as they are, and 5% as that layer makes them",
     with_(USELESS, disturbances=(TURNED,))),
    (Code.DATA_UNSCALED_INPUTS, "noise that drowns all",
     with_(USELESS, disturbances=(dataclasses.replace(TURNED, kind="GaussianNoise", left=-0.05, destroys=True),)),
     "and 0% as that layer makes them", USELESS),
    (Code.VANISHING_GRADIENT, "a recurrence that forgets", with_(USELESS, hidden_recurrent_gain=0.35, hidden_ungated=True),
     "of what it was given ten steps before 3e-05 is left", with_(USELESS, hidden_recurrent_gain=0.35)),
    (Code.LEARNING_RATE_TOO_LOW, "gradients that nobody applies", with_(USELESS, unapplied=NeverApplied(40, LINE)),
     "gradients were asked for 40 times, and no optimizer was given any", USELESS),
    (Code.BAD_INITIALIZATION, "a recurrence that grows", with_(hidden_recurrent_gain=2.8),
     "the recurrent weights of 'dense' start 2.8 times as large as orthogonal ones", with_(hidden_recurrent_gain=1.2)),
    (Code.BAD_INITIALIZATION, "outputs that start huge",
     with_(hidden_initializer="RandomNormal", hidden_magnitude=400.0), "start at a mean magnitude of 400",
     with_(hidden_initializer="RandomNormal")),
    (Code.LEARNING_RATE_INVALID, "NaN", with_(model_learning_rate=math.nan), "the learning rate is nan", PLAIN),
    (Code.LEARNING_RATE_INVALID, "negative", with_(model_learning_rate=-0.01), "the learning rate is -0.01", PLAIN),
    (Code.LEARNING_RATE_INVALID, "zero", with_(USELESS, model_learning_rate=0.0), "the learning rate is 0",
     with_(USELESS, model_learning_rate=0.0, model_schedule=True)),  # a warm-up starts there
    (Code.LEARNING_RATE_TOO_HIGH, "far above the usual",
     with_(DIVERGED, model_learning_rate=5.0), "SGD runs at 5, 500 times the usual 0.01",
     with_(model_learning_rate=0.01, finding=found("Log", largest=1.0))),
    (Code.LEARNING_RATE_TOO_HIGH, "the course of the loss",
     with_(DIVERGED, model_learning_rate=5.0, course=Course(3, 3, (1.0, 50.0, 2000.0))), "from 1 to 2000 in 3 steps",
     with_(USELESS)),
    (Code.LEARNING_RATE_TOO_LOW, "far below the usual", with_(USELESS, model_learning_rate=1e-6),
     "1e+04 times below the usual", with_(model_learning_rate=1e-6)),
    (Code.UNSAFE_DIVISION, "an update that divides by zero",
     with_(finding=found("RealDiv", "update", builtin=True, layer="adam"), model_optimizer="Adam", model_epsilon=0.0),
     "epsilon is 0", with_(model_optimizer="Adam", model_epsilon=0.0)),
    (Code.GRADIENT_EXPLOSION, "a recurrent layer without bound",
     with_(model_layers=(dataclasses.replace(HIDDEN, kind="SimpleRNN", recurrent=True), OUT)),
     "feeds relu back into itself",
     with_(model_layers=(dataclasses.replace(HIDDEN, kind="SimpleRNN", recurrent=True, activation="tanh"), OUT))),
    (Code.GRADIENT_EXPLOSION, "norms of the gradient", with_(course=Course(3, 3, (1.0,), (1.0, 1e9, math.inf))),
     "the norm of all gradients reaches 1e+09", PLAIN),
    (Code.PRECISION_OVERFLOW, "half precision", with_(model_precision="mixed_float16"), "float16 ends at 65504",
     with_(model_precision="mixed_bfloat16")),
    (Code.DATA_UNSCALED_INPUTS, "a measure beside ids",
     dataclasses.replace(looked_up("float32", 9000.0), inputs=(measured(40.0),)),
     "values from -2.5 to 2.9, feature 1 has mean 40",
     dataclasses.replace(looked_up("float32", 9000.0), inputs=(measured(0.0),))),
    (Code.PRECISION_OVERFLOW, "ids of which one is made",
     looked_up("mixed_bfloat16", 257.0), "x holds codes up to 257 (feature 0)", looked_up("mixed_bfloat16", 256.0)),
    (Code.PRECISION_OVERFLOW, "ids in float16", looked_up("float16", 2049.0), "up to 2048 only",
     looked_up("float32", 2049.0)),
    (Code.PRECISION_OVERFLOW, "ids that are cast", looked_up("mixed_bfloat16", 900.0), "mixed_bfloat16 computes in",
     looked_up("mixed_bfloat16", 900.0, model_casts=False)),
    (Code.BATCHNORM_STATISTICS, "moving statistics",
     with_(symptom=Symptom("nonfinite", 3, first_seen_in="state"),
           model_layers=(LayerFacts("norm", "BatchNormalization", site=BUILT), HIDDEN, OUT)),
     "the moving statistics of 'norm'",
     with_(model_layers=(LayerFacts("norm", "BatchNormalization", site=BUILT), HIDDEN, OUT))),
]  # fmt: skip


def of_code(evidence: Evidence, code: Code) -> list[Cause]:
    return [cause for rule in RULES for cause in rule(evidence) if cause.code is code]


@pytest.mark.parametrize(
    ("code", "loud", "words", "silent"),
    [pytest.param(code, loud, words, silent, id=f"{code}: {title}") for code, title, loud, words, silent in TABLE],
)
def test_a_rule_speaks_up_where_it_must_and_only_there(
    code: Code, loud: Evidence, words: str, silent: Evidence
) -> None:
    causes = of_code(loud, code)
    assert causes, "the rule is silent"
    assert any(words in cause.evidence for cause in causes), [cause.evidence for cause in causes]
    assert all(0 < cause.confidence < 1 for cause in causes)
    assert not of_code(silent, code), [cause.evidence for cause in of_code(silent, code)]


def test_every_code_has_a_rule_and_every_rule_a_row() -> None:
    assert {code for code, *_ in TABLE} == set(Code) - {Code.NOT_WATCHED}  # which no rule, but the program's run tells
    loud = {rule for rule in RULES for row in TABLE if any(cause.code is row[0] for cause in rule(row[2]))}
    assert loud == set(RULES)


def test_of_each_code_only_the_best_is_kept_and_the_best_stands_first() -> None:
    everything = with_(
        DIVERGED, inputs=OUTLIER, targets=PRICES, model_learning_rate=5.0, hidden_recurrent=True,
        finding=found("Log", largest=1e20),
    )  # fmt: skip
    causes = diagnose(everything)
    assert len({cause.code for cause in causes}) == len(causes) > 3
    sure = [level(cause.confidence) for cause in causes]
    assert sure == sorted(sure, reverse=True)


def test_a_place_goes_with_a_cause_where_one_is_known() -> None:
    places = {code: of_code(loud, code)[0].site for code, _, loud, _, _ in TABLE}
    assert all(place is not None and place.line is not None for place in places.values()), places
    assert places[Code.UNSAFE_LOG] == LINE
    assert places[Code.LEARNING_RATE_INVALID] == RATE
    saturated = places[Code.SATURATED_ACTIVATION]
    assert saturated is not None and (saturated.line, saturated.layer) == (BUILT.line, "dense")


def test_the_first_of_several_lines_with_the_same_mistake_is_where_to_look() -> None:
    earlier = dataclasses.replace(LINE, line=LINE.line - 1, source="tf.math.log(1.0 - p)")
    finding = dataclasses.replace(found("Log"), site=LINE, alike=(earlier,), input_low=0.0, input_high=1.0)
    (cause,) = of_code(with_(finding=finding), Code.UNSAFE_LOG)
    assert cause.site == earlier
    assert cause.evidence.endswith("; it failed in line 8, and line 7 is as bare")


def test_raw_inputs_are_blamed_before_the_gradient_that_they_make_vanish() -> None:
    hidden = dataclasses.replace(HIDDEN, activation="tanh", gradient=0.0, saturated=1.0)
    model = dataclasses.replace(MODEL, layers=(hidden, dataclasses.replace(hidden, name="dense_1", gradient=1e-9), OUT))
    raw = array(mean=(1.7e9, 0.0), std=(4e6, 1.0), median=(1.7e9, 0.0), iqr=(5e6, 1.3), high=(1.8e9, 3.0))
    causes = diagnose(dataclasses.replace(with_(), symptom=Symptom("useless", 900, 9), model=model, inputs=raw))
    assert causes[0].code == Code.DATA_UNSCALED_INPUTS
    assert Code.VANISHING_GRADIENT in [cause.code for cause in causes]


@pytest.mark.parametrize("symptom", ["nonfinite", "diverged", "useless", "error", "stalled"])
def test_rules_bear_evidence_that_knows_nothing(symptom: str) -> None:
    bare = Evidence(Symptom(symptom, 0))
    layers = (LayerFacts("a", "Dense"), LayerFacts("b", "Dense", is_output=True))
    x, y = ArrayFacts("x", (), "float32", 0), ArrayFacts("y", (), "int64", 0)
    diagnose(bare)
    diagnose(dataclasses.replace(bare, finding=Finding("Log", "forward")))
    diagnose(dataclasses.replace(bare, inputs=(x,), targets=(y,)))
    diagnose(dataclasses.replace(bare, model=ModelFacts(layers=layers)))


def test_data_is_blamed_before_the_rate_that_it_breaks() -> None:
    evidence = with_(DIVERGED, targets=PRICES, model_learning_rate=0.05)
    assert diagnose(evidence)[0].code is Code.DATA_UNSCALED_TARGETS
    assert diagnose(with_(inputs=OUTLIER, course=Course(3, 3, (1.0,), (1e9,))))[0].code is Code.DATA_OUTLIERS


def test_an_operation_that_the_training_ran_into_is_blamed_less_than_what_drove_it_there() -> None:
    ran_away = with_(finding=found("Log", largest=1e20), model_learning_rate=5.0, symptom=Symptom("nonfinite", 40))
    assert diagnose(ran_away)[0].code is Code.LEARNING_RATE_TOO_HIGH
