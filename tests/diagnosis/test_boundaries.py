"""On both sides of every number that decides; `benchmarks/mutations.py` moves the numbers.

A row is a rule, what it is about, and what the rule sees in several evidences: signs, in their order.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import pytest

from autostable.diagnosis import Rule, architecture, data, labels, operations, optimization, plain_faults, warnings
from autostable.evidence import (
    AlteredFacts,
    ArrayFacts,
    Course,
    Disturbance,
    EntryFacts,
    Evidence,
    HiddenShares,
    LayerFacts,
    LoneShare,
    MaskFacts,
    Misfed,
    MisreadFacts,
    SharesAsLogits,
    Warned,
)
from autostable.knowledge.signs import Sign
from autostable.records import Code, Site, Symptom, SymptomKind
from tests.diagnosis.given import (
    BAD_ROWS,
    BUILT,
    CLASSES,
    CLASSIFIER,
    CROSSING,
    DIVERGED,
    HIDDEN,
    ONE_HOT,
    OUT,
    OUTLIER,
    PLAIN,
    PRICES,
    RAW,
    USELESS,
    X,
    Y,
    array,
    found,
    with_,
)

GAPS = Code.DATA_NONFINITE
MISREAD = dataclasses.replace(X, misread=MisreadFacts("float32", 1.0, X))
audited = dataclasses.replace(PLAIN, symptom=Symptom(SymptomKind.HEALTHY, 400))
read_by_a_callback = dataclasses.replace(PLAIN, symptom=Symptom("nonfinite", 9, 0, "input", {data.FIGURE: "val_loss"}))
HALVES = ((0.0, 200), (1.0, 200))
UNSCALED, TARGETS, MISMATCH = Code.DATA_UNSCALED_INPUTS, Code.DATA_UNSCALED_TARGETS, Code.OUTPUT_ACTIVATION_MISMATCH
LOSS, RANGE, ODD, INIT = Code.LOSS_MISMATCH, Code.LABELS_OUT_OF_RANGE, Code.LABELS_SUSPICIOUS, Code.BAD_INITIALIZATION
HIGH, LOW, EXPLODES, FADES = (
    Code.LEARNING_RATE_TOO_HIGH, Code.LEARNING_RATE_TOO_LOW, Code.GRADIENT_EXPLOSION, Code.VANISHING_GRADIENT,
)  # fmt: skip

WARNED = Warned("invalid value encountered in divide", Site(None, None, "train.py", 4, "x = x / norm"))
STILL, MOVES = Course(9, gradients=(0.0, 0.0)), Course(9, gradients=(0.0, 0.1))


def mean(value: float, facts: ArrayFacts = X) -> tuple[ArrayFacts]:
    """An array whose first feature is constant, so that its size is this mean; the others are in order."""
    rest = len(facts.mean) - 1
    return array(facts, mean=(value, *[0.0] * rest), std=(0.0, *[1.0] * rest), low=(value, *[-3.0] * rest))


def narrow(spread: float, facts: ArrayFacts = X, **changes: Any) -> tuple[ArrayFacts]:
    count = len(facts.mean)
    return array(facts, mean=(0.0,) * count, std=(spread,) * count, **changes)


def penalized(share: float) -> Evidence:
    """A network whose code's penalty is such a share of its loss of 2."""
    layers = (LayerFacts("code", "Dense", "relu", penalty=2.0 * share), LayerFacts("out", "Dense", "sigmoid"))
    evidence = with_(USELESS, initial_loss=2.0 + 2.0 * share)
    return dataclasses.replace(evidence, model=dataclasses.replace(evidence.model, layers=layers))


def held(frozen: int, as_drawn: bool, trained: int | None) -> Evidence:
    """A network whose hidden layer is frozen."""
    return with_(USELESS, hidden_frozen=frozen, hidden_as_drawn=as_drawn, model_trained=trained)


def unseen(rows: int, counts: tuple[int, int] = (200, 200), **changes: Any) -> Evidence:
    """A classifier whose validation labels are all of class 1."""
    trained = array(CLASSES, low=(0.0,), high=(1.0,), classes=((0.0, counts[0]), (1.0, counts[1])))
    facts = {"low": (1.0,), "high": (1.0,), "rows_read": rows, "classes": ((1.0, rows),), **changes}
    labels_ = array(CLASSES, name="validation y", **facts)
    return dataclasses.replace(labelled("sparse_categorical_crossentropy", trained[0]), validation=labels_)


def decaying(decay: float | None, kept: float | None, kind: str = "useless", rate: float = 1e-3) -> Evidence:
    """A training of 400 steps under weight decay, and what is left of its weights."""
    course = Course(400, kept=kept)
    return with_(symptom=Symptom(kind, 400), model_learning_rate=rate, model_decay=decay, course=course)


def labelled(
    loss: str | None, facts: ArrayFacts, activation: str = "softmax", units: int = 10, **more: Any
) -> Evidence:
    return with_(model_loss=loss, output_activation=activation, output_units=units, targets=(facts,), **more)


def flags(high: float, means: tuple[float, ...]) -> ArrayFacts:
    """Whole numbers from 0 on in several columns."""
    width = len(means)
    return array(CLASSES, low=(0.0,) * width, high=(high,) * width, mean=means, integers=True, distinct=2)[0]


def real(low: float, high: float, **changes: Any) -> ArrayFacts:
    return array(Y, low=(low,), high=(high,), **changes)[0]


def signs(share: float, more: float) -> ArrayFacts:
    """Rows of two columns, marked by 1 and -1; `more` rows are marked twice."""
    means = (2.0 * share - 1.0, 2.0 * (1.0 - share + more) - 1.0)
    return array(Y, low=(-1.0, -1.0), high=(1.0, 1.0), mean=means, distinct=2, integers=True)[0]


def whole(low: float, high: float, distinct: int, **changes: Any) -> ArrayFacts:
    return array(CLASSES, low=(low,), high=(high,), distinct=distinct, **changes)[0]


def faint(mean: float, activation: str = "sigmoid", high: float = 1.0, **more: Any) -> Evidence:
    """Maps with a peak: real numbers from 0 on."""
    facts = real(0.0, high, mean=(mean,))
    return labelled("mean_squared_error", facts, activation, 1, **{"symptom": Symptom("useless", 3), **more})


def in_parts(low: float, loss: str = "mean_absolute_percentage_error") -> Evidence:
    return labelled(loss, real(low, 9.0, median=(2.0,)), "softplus", 1, symptom=Symptom("useless", 3))


def batched(stretches: int, batches: int = 62) -> ArrayFacts:
    return whole(0.0, 1.0, 2, stretches=stretches, batches=batches, classes=HALVES, rows_read=1000)


def stack(*hidden: dict[str, Any], **output: Any) -> Evidence:
    layers = [dataclasses.replace(HIDDEN, name=f"dense_{index}", **changes) for index, changes in enumerate(hidden)]
    return with_(USELESS, model_layers=(*layers, dataclasses.replace(OUT, **output)))


def drawn(*gains: float) -> Evidence:
    return stack(*({"initializer": "RandomNormal", "gain": gain} for gain in gains))


def ended(symptom: str, rate: float | None, **more: Any) -> Evidence:
    return with_(symptom=Symptom(symptom, 3), model_learning_rate=rate, **more)


MISFED = Misfed("norm", X, dataclasses.replace(X, low=(-40.0,), high=(-19.0,)), BUILT)


def looked_up(distinct: int, rows: int = 40) -> Evidence:
    """Numbers from 0 to 1 that an embedding looks up."""
    given = dataclasses.replace(X, low=(0.0,), high=(1.0,), distinct=distinct)
    return with_(USELESS, inputs=(given,), hidden_looks_up=0, hidden_rows=rows)


NORM = LayerFacts("norm", "BatchNormalization", site=BUILT)
SMALLEST = 2.0  # root mean square of a feature that is out of order
ADAM: dict[str, Any] = {"model_optimizer": "Adam"}
SOFTMAX3: dict[str, Any] = {"activation": "softmax", "units": 3}

TABLE: list[tuple[Rule, str, list[tuple[Evidence, list[Sign]]]]] = [
    (data.nonfinite, "how sure", [
        (with_(inputs=BAD_ROWS, finding=found("Input", "data")), [data.REACHED]),
        (with_(inputs=BAD_ROWS), [data.HELD]),
        (with_(inputs=BAD_ROWS, finding=found("Log")), [data.BESIDE]),
        (with_(finding=found("Input", "data")), [data.IN_THE_BATCH]),
    ]),
    (data.outliers, "how sure", [
        (with_(inputs=OUTLIER), [data.FAR_OUT]),
        (with_(inputs=array(OUTLIER[0], outliers=((0, 0, 2.9),))), [data.FAR_OUT_OF_ITS_COLUMN]),  # as in the other column
        (with_(inputs=array(outliers=((0, 0, 2.9),), outlier_count=1, kept_low=(-3.0,), kept_high=(3.0,))),
         [data.FAR_OUT]),  # there is no other column
        (with_(targets=array(Y, outliers=((7, 0, 1e9),), outlier_count=1, kept_low=(-3.0,), kept_high=(3.0,))),
         [data.FAR_OUT_TARGET]),
    ]),
    (data.unscaled_inputs, "how far from 0 and 1", [
        (with_(inputs=mean(1.95)), []),
        (with_(inputs=mean(2.05)), [data.RAW_INPUTS[0]]),
        (with_(inputs=mean(-2.05)), [data.RAW_INPUTS[0]]),
        (with_(inputs=array(mean=(1.4, 0.0), std=(1.4, 1.0))), []),
        (with_(inputs=array(mean=(1.45, 0.0), std=(1.45, 1.0))), [data.RAW_INPUTS[0]]),
        (with_(inputs=mean(4.8 * SMALLEST)), [data.RAW_INPUTS[0]]),
        (with_(inputs=mean(5.2 * SMALLEST)), [data.RAW_INPUTS[1]]),
        (with_(inputs=mean(24.0 * SMALLEST)), [data.RAW_INPUTS[1]]),
        (with_(inputs=mean(26.0 * SMALLEST)), [data.RAW_INPUTS[2]]),
        (with_(inputs=mean(480.0 * SMALLEST)), [data.RAW_INPUTS[2]]),
        (with_(inputs=mean(520.0 * SMALLEST)), [data.RAW_INPUTS[3]]),
        (with_(USELESS, inputs=mean(2.05)), [data.RAW_INPUTS[0]]),
    ]),
    (data.unscaled_inputs, "how narrow", [
        (with_(inputs=narrow(0.052)), []),
        (with_(inputs=narrow(0.048)), [data.RAW_INPUTS[0]]),
        (with_(inputs=narrow(0.01)), [data.RAW_INPUTS[1]]),
        (with_(inputs=narrow(0.001)), [data.RAW_INPUTS[2]]),
        (with_(inputs=narrow(1e-4)), [data.RAW_INPUTS[3]]),
        (with_(inputs=narrow(0.0)), []),
        (with_(inputs=narrow(0.01, integers=True)), []),  # flags that are seldom set
        (with_(inputs=array(mean=(0.0, 1.0), std=(0.01, 0.01))), [data.RAW_INPUTS[1]]),  # for each row
    ]),
    (data.nonfinite, "in validation data", [
        (with_(USELESS, validation=BAD_ROWS), []),
        (with_(audited, validation=BAD_ROWS), [data.IN_VALIDATION]),
        (with_(audited, validation=BAD_ROWS, inputs=BAD_ROWS), [data.BORNE]),
        (with_(read_by_a_callback, validation=BAD_ROWS, inputs=BAD_ROWS), [data.READ_BY_A_CALLBACK]),
        (with_(read_by_a_callback), []),
    ]),
    (data.unscaled_inputs, "what the model puts in order itself", [
        (with_(inputs=RAW, model_layers=(LayerFacts("first", kind), HIDDEN, OUT)), []) for kind in
        ("BatchNormalization", "Normalization", "LayerNormalization", "Rescaling")
    ] + [
        (with_(inputs=RAW, model_layers=(LayerFacts("words", "Embedding"), HIDDEN, OUT)), [data.RAW_INPUTS[3]]),  # of others
        (with_(inputs=array(RAW[0], integers=True), model_layers=(LayerFacts("words", "Embedding"), HIDDEN, OUT)), []),
        (with_(inputs=RAW, model_layers=(HIDDEN, NORM, OUT)), []),
        (with_(inputs=RAW, model_layers=(HIDDEN, HIDDEN, NORM, OUT)), [data.RAW_INPUTS[3]]),
    ]),
    (data.unscaled_targets, "how far from 0 and 1", [
        (with_(targets=mean(3.1, Y)), []),
        (with_(targets=mean(3.2, Y)), [data.RAW_TARGETS[0]]),
        (with_(targets=mean(4.8 * SMALLEST, Y)), [data.RAW_TARGETS[0]]),
        (with_(targets=mean(5.2 * SMALLEST, Y)), [data.RAW_TARGETS[1]]),
        (with_(targets=mean(26.0 * SMALLEST, Y)), [data.RAW_TARGETS[2]]),
        (with_(targets=mean(520.0 * SMALLEST, Y)), [data.RAW_TARGETS[3]]),
        (with_(targets=narrow(0.048, Y)), [data.RAW_TARGETS[0]]),
        (with_(targets=narrow(0.052, Y)), []),
    ]),
    (data.unscaled_targets, "what is a class", [
        (with_(targets=(whole(0.0, 800.0, 90),)), []),
        (with_(targets=(whole(0.0, 1000.0, 90),)), [data.RAW_TARGETS[0]]),
        (with_(targets=(whole(-1000.0, 0.0, 90),)), [data.RAW_TARGETS[0]]),
        (with_(targets=(whole(0.0, 99.0, 100),)), []),
        (with_(targets=(whole(0.0, 101.0, 102),)), [data.RAW_TARGETS[0]]),
        (with_(targets=(whole(0.0, 9e6, 2),)), []),
        (with_(targets=(whole(0.0, 9e6, 3),)), [data.RAW_TARGETS[0]]),
    ]),
    (labels.out_of_range, "how sure", [
        (with_(targets=(), error="a label out of range"), [labels.REFUSED]),
        (labelled("sparse_categorical_crossentropy", CLASSES), []),
        (labelled("sparse_categorical_crossentropy", CLASSES, units=9), [labels.MORE_CLASSES]),
        (labelled("binary_crossentropy", real(0.0, 1.0)), []),
        (labelled("binary_crossentropy", real(0.0, 1.1)), [labels.OUTSIDE]),
        (labelled("binary_focal_crossentropy", real(-0.1, 1.0)), [labels.OUTSIDE]),
        (labelled("binary_crossentropy", real(0.4, 7.0, mean=(0.99,))), [labels.OUTSIDE]),
        (labelled("binary_crossentropy", real(0.4, 7.0, mean=(1.01,))), []),  # it is the loss that is not for numbers
        (labelled("binary_crossentropy", real(0.0, 255.0, mean=(90.0,))), [labels.OUTSIDE]),
        (labelled("sparse_categorical_crossentropy", real(0.0, 1.0, distinct=5)), [labels.FRACTIONS]),
        (labelled("sparse_categorical_crossentropy", real(0.5, 0.5, distinct=1)), []),
        (labelled("mean_squared_logarithmic_error", real(-0.9, 9.0)), []),
        (labelled("mean_squared_logarithmic_error", real(-1.0, 9.0)), [labels.OUTSIDE]),
        (labelled("poisson", real(-0.1, 9.0)), [labels.OUTSIDE]),
        (labelled("categorical_crossentropy", real(0.0, 1.0)), []),
        (labelled("categorical_crossentropy", real(0.0, 1.5)), [labels.SUMS]),
        (labelled("categorical_crossentropy", signs(0.5, 0.0)), [labels.SIGNS]),
        (labelled("categorical_crossentropy", signs(0.5, 0.001)), [labels.SUMS]),
        (labelled("categorical_crossentropy", flags(1.0, (0.5, 0.39))), [labels.NO_CLASS]),
        (labelled("categorical_crossentropy", flags(1.0, (0.5, 0.39)), "sigmoid"), []),
        (labelled("categorical_crossentropy", flags(1.0, (0.5, 0.41))), []),
        (labelled("binary_crossentropy", flags(1.0, (0.1, 0.1))), []),
        (labelled("ctc", whole(0.0, 3.0, 4, unaligned=1)), [labels.TOO_LONG]),
        (labelled("ctc", whole(0.0, 3.0, 4)), []),
    ]),
    (labels.suspicious, "how sure", [
        (labelled("sparse_categorical_crossentropy", whole(3.0, 3.0, 1)), [labels.ALL_EQUAL]),
        (labelled("sparse_categorical_crossentropy", whole(3.0, 4.0, 2)), []),
        (labelled("sparse_categorical_crossentropy", whole(3.0, 3.0, 1, rows_read=1)), []),
        (labelled("sparse_categorical_crossentropy", whole(3.0, 3.0, 1, rows_read=2)), [labels.ALL_EQUAL]),
        (labelled("sparse_categorical_crossentropy", whole(3.0, 3.0, 1, stretches=1)), [labels.BEGIN_EQUAL]),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=2, classes=HALVES)), [labels.IN_STRETCHES]),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=4, classes=HALVES)), [labels.IN_STRETCHES]),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=5, classes=HALVES)), []),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=1, classes=HALVES)), []),
        (labelled("sparse_categorical_crossentropy", batched(62)),
         [labels.IN_STRETCHES]),
        (labelled("sparse_categorical_crossentropy", batched(63)),
         []),
        (labelled("sparse_categorical_crossentropy", batched(490, 500)), []),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=2, classes=HALVES, rows_read=8)), []),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=4, classes=HALVES, rows_read=30)),
         [labels.IN_STRETCHES]),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 1.0, 2, stretches=4, classes=HALVES, rows_read=22)), []),
        (labelled("categorical_crossentropy", array(ONE_HOT, stretches=6)[0]), [labels.IN_STRETCHES]),
        (labelled("categorical_crossentropy", array(ONE_HOT, stretches=7)[0]), []),
        (labelled("categorical_crossentropy", array(ONE_HOT, distinct=1)[0]), []),  # of several columns
        (labelled("binary_crossentropy", real(0.0, 0.45, classes=((0.0, 9), (0.45, 9)))), [labels.DIVIDED]),
        (labelled("binary_crossentropy", real(0.0, 0.55, classes=((0.0, 9), (0.55, 9)))), []),
        (labelled("binary_crossentropy", real(0.0, 0.4, classes=((0.0, 9), (0.2, 9), (0.4, 9)))), [labels.DIVIDED]),
        (labelled("binary_crossentropy", real(0.0, 0.4, classes=((0.0, 9), (0.1, 9), (0.2, 9), (0.4, 9)))), []),
        (labelled("binary_crossentropy", real(0.4, 0.4, classes=((0.4, 9),))), [labels.ALL_EQUAL]),
        (labelled("sparse_categorical_crossentropy", whole(1.0, 3.0, 3), units=3), [labels.FROM_ONE]),
        (labelled("sparse_categorical_crossentropy", whole(1.0, 2.0, 2), units=2), []),
        (labelled("sparse_categorical_crossentropy", whole(2.0, 10.0, 9)), [labels.FROM_ONE]),
        (labelled("sparse_categorical_crossentropy", whole(0.0, 10.0, 11)), []),
    ]),
    (architecture.output_mismatch, "how sure", [
        (labelled("binary_crossentropy", real(0.0, 1.0), units=1), [architecture.ONE_UNIT]),
        (labelled("binary_crossentropy", real(0.0, 1.0), units=2), []),
        (labelled("binary_crossentropy", real(0.0, 1.0), "relu", 1), [architecture.NO_PROBABILITIES]),
        (labelled("categorical_crossentropy", ONE_HOT, "sigmoid", 1), [architecture.FEW_UNITS]),
        (labelled("categorical_crossentropy", ONE_HOT, "sigmoid", 2), []),
        (labelled("categorical_crossentropy", ONE_HOT, "softmax", 3, model_from_logits=True), [architecture.TWICE]),
        (labelled("poisson", real(0.0, 9.0), "linear", 1), [architecture.NEGATIVE_RATES]),
        (labelled("poisson", real(0.0, 9.0), "relu", 1), []),
        (labelled("mean_squared_error", real(0.0, 1.2), "sigmoid", 1), [architecture.OUT_OF_REACH]),
        (labelled("mean_squared_error", real(0.0, 1.0009), "sigmoid", 1), []),
        (labelled("mean_squared_error", real(0.0, 1.0012), "sigmoid", 1), [architecture.OUT_OF_REACH]),
        (labelled("custom", real(-3.0, 3.0), "sigmoid", 1), []),
    ]),
    (architecture.outside_domain, "how sure", [
        (labelled("custom", real(0.0, 9.0), "linear", finding=found("Log", in_loss=True, input_low=-0.3)),
         [architecture.NEGATIVE_ARGUMENT]),
        (labelled("custom", real(0.0, 9.0), "linear", finding=found("Log", in_loss=True, input_low=-0.3, of_share=True)),
         [architecture.NO_SHARE]),
        (labelled("custom", real(0.0, 9.0), "relu", finding=found("Log", in_loss=True, of_share=True)),
         [architecture.ZERO_ARGUMENT]),
        (labelled("custom", real(0.0, 9.0), "relu", finding=found("Log", in_loss=True)), [architecture.ZERO_ARGUMENT]),
        (labelled("custom", real(-1.0, 9.0), "relu", finding=found("Log", in_loss=True)), []),
        (labelled("custom", array(Y, low=())[0], "relu", finding=found("Log", in_loss=True)), []),
        (with_(finding=found("Log", in_loss=True), targets=(real(0.0, 9.0),), model_layers=(
            OUT, dataclasses.replace(OUT, name="two", activation="relu"))), []),  # which of two outputs is not known
    ]),
    (architecture.loss_mismatch, "how sure", [
        (labelled("kl_divergence", array(Y, low=(0.0,) * 2, high=(1.0,) * 2, mean=(0.5, 0.6))[0], "sigmoid", 2),
         [architecture.NO_SHARES]),
        (labelled("kl_divergence", array(Y, low=(0.0,) * 2, high=(1.0,) * 2, mean=(0.5, 0.5))[0], "sigmoid", 2), []),
        (labelled("kl_divergence", array(Y, low=(0.0,) * 2, high=(1.1,) * 2, mean=(0.5, 0.6))[0], "sigmoid", 2), []),
        (labelled("categorical_crossentropy", flags(1.0, (0.6, 0.5)), "sigmoid", 2), [architecture.SEVERAL_AT_ONCE]),
        (labelled("categorical_crossentropy", flags(1.0, (0.6, 0.5)), "softmax", 2), [architecture.SEVERAL_AT_ONCE]),
        (labelled("categorical_crossentropy", flags(1.0, (0.6, 0.3)), "softmax", 2), []),
        (labelled("categorical_crossentropy", flags(1.0, (0.1, 0.1)), "sigmoid", 2), [architecture.SEVERAL_AT_ONCE]),
        (labelled("categorical_crossentropy", ONE_HOT, "sigmoid", 3), []),
        (labelled("categorical_crossentropy", flags(2.0, (0.6, 0.5)), "sigmoid", 2), []),
        (labelled("binary_crossentropy", real(-3.0, 3.0, distinct=21)), [architecture.REAL_TARGETS]),
        (labelled("binary_crossentropy", real(-3.0, 3.0, distinct=20)), []),
        (labelled("mean_squared_error", ONE_HOT, "sigmoid", 3), [architecture.CLASSES_AS_NUMBERS]),
        (labelled("mean_squared_error", ONE_HOT, "softmax", 3), [architecture.CLASSES_AS_NUMBERS]),
        (labelled("mean_squared_error", array(ONE_HOT, low=(0.0,) * 2, high=(1.0,) * 2)[0], "sigmoid", 2), []),
        (labelled("mean_squared_error", whole(0.0, 2.0, 3), "linear", 3), [architecture.CLASS_NUMBERS]),
        (labelled("mean_squared_error", whole(0.0, 2.0, 3), "linear", 2), []),
        (labelled("mean_squared_error", whole(0.0, 1.0, 2), "linear", 2), [architecture.FLAGS_AS_NUMBERS]),
        (labelled("mean_squared_error", array(whole(0.0, 2.0, 3), low=(0.0,) * 3)[0], "linear", 3), []),
        (labelled("categorical_crossentropy", whole(0.0, 1.0, 2), "sigmoid", 1), [architecture.ONE_COLUMN]),
        (labelled("categorical_crossentropy", whole(0.0, 1.0, 2), "sigmoid", 2), [architecture.NUMBERS_ONE_HOT]),
        (labelled("categorical_crossentropy", ONE_HOT, "sigmoid", 1), []),
        (labelled("sparse_categorical_crossentropy", ONE_HOT), [architecture.ONE_HOT_SPARSE]),
        (labelled("sparse_categorical_crossentropy", array(ONE_HOT, low=(0.0,), high=(1.0,))[0]), []),
        (labelled("sparse_categorical_crossentropy", array(ONE_HOT, low=(0.0,) * 2, high=(1.0,) * 2)[0]),
         [architecture.ONE_HOT_SPARSE]),
        (labelled("mean_squared_error", whole(0.0, 1.0, 2), "sigmoid", 1), [architecture.FLAGS_AS_NUMBERS]),
        (labelled("mean_squared_error", whole(0.0, 2.0, 2), "sigmoid", 1), []),
        (labelled("mean_squared_error", whole(0.0, 1.0, 3), "sigmoid", 1), []),
        (labelled("mean_squared_error", flags(1.0, (0.1, 0.2)), "sigmoid", 2), [architecture.FLAG_TABLE]),
        (labelled("mean_squared_error", flags(1.0, (0.1, 0.2)), "linear", 2), []),
        (labelled("mean_squared_error", flags(1.0, (0.1, 0.2)), "sigmoid", 3), []),
        (labelled("mean_squared_error", flags(2.0, (0.1, 0.2)), "sigmoid", 2), []),
        (faint(0.099), [architecture.FAINT]),
        (faint(0.101), []),
        (faint(0.05, "linear"), []),
        (faint(0.05, high=1.1), []),
        (faint(0.05, symptom=Symptom("nonfinite", 3)), []),
        (in_parts(0.0), [architecture.ACROSS_ZERO]),
        (in_parts(-3.0), [architecture.ACROSS_ZERO]),
        (in_parts(-3.0, "mean_squared_error"), []),
        (in_parts(-3.0, "mean_absolute_error"), []),
        (labelled("mean_absolute_percentage_error", real(-3.0, -0.1)), []),
        (in_parts(0.019), [architecture.IN_PARTS]),
        (in_parts(0.021), []),
        (in_parts(0.019, "mean_absolute_error"), []),
        (labelled("binary_crossentropy", CLASSES), [architecture.CLASSES_AS_FLAGS]),
        (labelled("binary_crossentropy", whole(0.0, 1.0, 3)), [architecture.CLASSES_AS_FLAGS]),
        (labelled("binary_crossentropy", whole(0.0, 1.0, 2)), []),
        (labelled("binary_crossentropy", array(CLASSES, low=(0.0,) * 2)[0]), []),
    ]),
    (architecture.saturated, "how many units", [
        (with_(hidden_activation="sigmoid", hidden_saturated=0.58), []),
        (with_(hidden_activation="sigmoid", hidden_saturated=0.7), [architecture.SATURATED]),
        (with_(hidden_activation="sigmoid", hidden_saturated=1.0), [architecture.SATURATED]),
        (with_(hidden_activation="sigmoid", hidden_saturated=1.0, inputs=RAW), [architecture.SATURATED_BY_RAW]),
    ]),
    (architecture.dead_relu, "how many units", [
        (with_(USELESS, hidden_dead=0.58), []),
        (with_(USELESS, hidden_dead=0.62), [architecture.DEAD]),
        (with_(USELESS, hidden_dead=1.0), [architecture.DEAD]),
        (with_(USELESS, hidden_died=0.58), []),
        (with_(USELESS, hidden_died=0.62), [architecture.DIED]),
        (with_(USELESS, hidden_died=1.0, hidden_dead=1.0), [architecture.DEAD]),  # one thing is said once
        (with_(USELESS, hidden_died=1.0, finding=found("Mul")), []),
        (with_(USELESS, output_died=1.0), []),
        (with_(USELESS, output_dead=1.0), [architecture.DEAD]),
        (with_(USELESS, output_dead=1.0, kind="loop"), [architecture.DEAD_AT_LAST]),
        (with_(USELESS, output_dead=1.0, finding=found("Mul")), []),
        (with_(USELESS, output_dead=1.0, output_activation="relu"), []),  # the targets go below zero
        (with_(USELESS, hidden_dead=1.0, inputs=mean(24.0 * SMALLEST)), [architecture.DEAD]),
        (with_(USELESS, hidden_dead=1.0, inputs=mean(26.0 * SMALLEST)), [architecture.DEAD_BY_RAW]),
    ]),
    (architecture.vanishing, "share of the gradient that is left", [
        (stack({"gradient": 0.011}, {"gradient": 1.0}, gradient=1.0), []),
        (stack({"gradient": 0.009}, {"gradient": 1.0}, gradient=1.0), [architecture.THIN]),
        (dataclasses.replace(stack({"gradient": 0.009}, {"gradient": 1.0}, gradient=1.0), finding=found("Mul")), []),
        (stack({"gradient": 0.0011, "activation": "tanh"}, {}, gradient=1.0), [architecture.THIN]),
        (stack({"gradient": 0.0009, "activation": "tanh"}, {}, gradient=1.0), [architecture.VANISHES]),
        (stack({"gradient": 0.0009}, {}, gradient=1.0), [architecture.THIN]),
        (stack({"gradient": 0.0009, "activation": "tanh"}, gradient=1.0), []),  # two layers are not deep
        (stack({"gradient": 0.0}, {}, gradient=0.0), []),
        (stack({"gradient": 0.062, "activation": "sigmoid"}, {"activation": "sigmoid"}, gradient=1.0),
         [architecture.QUARTERED]),
        (stack({"gradient": 0.063, "activation": "sigmoid"}, {"activation": "sigmoid"}, gradient=1.0), []),
        (stack({"gradient": 0.062, "activation": "sigmoid", "gate": True}, {"activation": "sigmoid"}, gradient=1.0), []),
        (stack({"gradient": 0.062, "activation": "sigmoid"}, {"activation": "relu"}, gradient=1.0), []),  # there is but one
        (dataclasses.replace(stack({"gradient": 1e-5, "saturated": 0.62}, {}, gradient=1.0), inputs=RAW),
         [architecture.VANISHES_BY_RAW]),
        (dataclasses.replace(stack({"gradient": 1e-5, "saturated": 0.58}, {}, gradient=1.0), inputs=RAW), [architecture.THIN]),
    ]),
    (architecture.fading, "share of the signal that is left", [
        (stack({"magnitude": 1.0}, {"magnitude": 0.032}), []),
        (stack({"magnitude": 1.0}, {"magnitude": 0.028}), [architecture.FADING]),
        (stack({"magnitude": 1.0, "initializer": "RandomUniform"}, {"magnitude": 0.02}),
         [architecture.FADING_BY_DRAW, architecture.FADING]),
        (dataclasses.replace(stack({"magnitude": 1.0}, {"magnitude": 0.028}), finding=found("Mul")), []),
        (stack({"magnitude": 0.0}, {"magnitude": 0.0}), []),
        (stack({"magnitude": 1.0}), []),
    ]),
    (architecture.growing, "how much of a signal is made", [
        (stack({"magnitude": 1.0}, {"magnitude": 2.0}, {"magnitude": 34.0}), [architecture.GROWING]),
        (stack({"magnitude": 1.0}, {"magnitude": 2.0}, {"magnitude": 33.0}), []),
        (stack({"magnitude": 1.0}, {"magnitude": 34.0}), []),  # two layers are not deep
        (stack({"magnitude": 1.0}, {"magnitude": 2.0}, {"magnitude": math.inf}), []),
        (dataclasses.replace(stack(*[{"magnitude": 40.0**n} for n in range(3)]), kind="loop"), []),
    ]),
    (architecture.bad_initialization, "how sure", [
        (with_(hidden_recurrent_gain=1.9), []),
        (with_(hidden_recurrent_gain=2.1), [architecture.GROWS]),
        (with_(USELESS, hidden_initializer="Zeros", hidden_weight=0.0), [architecture.ZEROS]),
        (with_(hidden_nonfinite=1), [architecture.BEGINS_BAD]),
        (with_(USELESS, hidden_bias=1.1, hidden_dead=0.62), [architecture.FAR_BIASES]),
        (with_(USELESS, hidden_bias=0.9, hidden_dead=0.62), []),
        (with_(USELESS, hidden_bias=1.1, hidden_dead=0.58), []),
        (with_(USELESS, output_bias=4.6, output_dead=1.0), []),
        (with_(hidden_bias=1.1, hidden_dead=0.62), []),
        (with_(USELESS, hidden_nonfinite=1), []),
        (with_(hidden_nonfinite=1, kind="loop"), []),
        (with_(USELESS, alike=("w",)), [architecture.ALIKE]),
        (drawn(0.5, 0.028), [architecture.QUIET]),
        (drawn(0.5, 0.032), []),
        (drawn(0.01, 1.1), []),  # what the first layer gives is another matter: raw inputs may want it so
        (drawn(0.5, 0.16, 0.16), [architecture.QUIET]),
        (dataclasses.replace(drawn(0.5, 0.01), symptom=PLAIN.symptom), []),
        (with_(USELESS, hidden_kind="Embedding", hidden_initializer="Zeros", course=STILL), [architecture.ZEROS]),
        (with_(USELESS, hidden_kind="Embedding", hidden_initializer="Zeros", course=MOVES), []),
        (with_(USELESS, hidden_initializer="Zeros", course=MOVES), [architecture.ZEROS]),
        (with_(alike=("w",)), []),
        (with_(USELESS, copied=("w",)), [architecture.COPIED_UNITS]),
        (with_(USELESS, hidden_kind="Embedding", hidden_initializer="RandomNormal", initial_loss=1.41, chance_loss=0.7),
         [architecture.WIDE_TABLE]),
        (with_(USELESS, hidden_kind="Embedding", hidden_initializer="RandomNormal", initial_loss=1.39, chance_loss=0.7), []),
        (with_(USELESS, hidden_kind="Embedding", initial_loss=1.41, chance_loss=0.7), []),
        (with_(USELESS, alike=("v",), copied=("w",)), [architecture.ALIKE]),
        (with_(copied=("w",)), []),
        (with_(USELESS, leaning=("w",)), [architecture.LEANING]),
        (with_(USELESS, copied=("v",), leaning=("w",)), [architecture.COPIED_UNITS]),
        (with_(leaning=("w",), symptom=Symptom("error", 0)), []),
        (with_(hidden_initializer="Ones"), [architecture.EQUAL]),
        (with_(hidden_initializer="RandomNormal", hidden_magnitude=48.0), []),
        (with_(hidden_initializer="RandomNormal", hidden_magnitude=52.0), [architecture.LOUD]),
    ]),
    (architecture.forgetting, "what is left of a state", [
        (with_(USELESS, hidden_recurrent_gain=0.51, hidden_ungated=True), []),
        (with_(USELESS, hidden_recurrent_gain=0.49, hidden_ungated=True), [architecture.FORGETS]),
    ]),
    (architecture.penalties, "what they come to", [
        (penalized(0.11), [architecture.PENALTY]),
        (penalized(0.09), []),
        (dataclasses.replace(penalized(0.11), initial_loss=None), []),
        (dataclasses.replace(penalized(0.11), symptom=Symptom("diverged", 9)), []),
    ]),
    (architecture.blind_loss, "how sure", [
        (with_(symptom=Symptom("useless", 9, 0, "loss", {"blind_loss": True})), [architecture.BLIND]),
        (with_(USELESS, crossing=CROSSING), [architecture.CROSSING]),
        (with_(USELESS, crossing=dataclasses.replace(CROSSING, form="poured")), [architecture.MIXED_UP]),
        (with_(USELESS), []),
    ]),
    (operations.emptied, "how sure", [
        (with_(USELESS, emptied=CROSSING.site), [operations.EMPTIED]),
        (with_(USELESS), []),
    ]),
    (data.cut, "how many codes there may be", [
        (looked_up(1001), []),
        (looked_up(1000), [data.CUT]),
        (looked_up(2), [data.CUT]),
        (looked_up(1), []),
        (looked_up(1000, rows=1), []),
        (looked_up(1000, rows=2), [data.CUT]),
    ]),
    (data.scattered, "how far rows lie from each other", [
        (with_(USELESS, inputs=(dataclasses.replace(X, within=tuple(each / 24 for each in X.std)),)), []),
        (with_(USELESS, inputs=(dataclasses.replace(X, within=tuple(each / 26 for each in X.std)),)), [data.SCATTERED]),
        (with_(USELESS, inputs=(dataclasses.replace(X, within=(0.0,) * len(X.std)),)), []),
    ]),
    (data.misread, "whether it makes sense in the other order", [
        (with_(USELESS), []),
        (with_(USELESS, inputs=(MISREAD,)), [data.MISREAD]),
        (with_(USELESS, inputs=(dataclasses.replace(MISREAD, nan=3, bad_row_count=2),)), [data.MISREAD]),
    ]),
    (data.nonfinite, "numbers that were misread are not missing", [
        (with_(audited, inputs=(dataclasses.replace(X, nan=3, bad_row_count=2),)), [data.BORNE]),
        (with_(audited, inputs=(dataclasses.replace(MISREAD, nan=3, bad_row_count=2),)), []),
    ]),
    (data.unscaled_inputs, "nor out of scale", [
        (with_(USELESS, inputs=(dataclasses.replace(RAW[0], misread=MISREAD.misread),)), []),
    ]),
    (data.misjudged, "how far off a range is", [
        (with_(USELESS, hidden_value_range=(0.0, 255.0), hidden_given_range=(0.0, 10.5)), []),
        (with_(USELESS, hidden_value_range=(0.0, 255.0), hidden_given_range=(0.0, 10.0)), [data.MISJUDGED]),
        (with_(USELESS, hidden_value_range=(0.0, 1.0), hidden_given_range=(0.0, 24.0)), []),
        (with_(USELESS, hidden_value_range=(0.0, 1.0), hidden_given_range=(0.0, 26.0)), [data.MISJUDGED]),
    ]),
    (operations.hidden_readings, "how much of what rows say a mask leaves out", [
        (with_(USELESS, hidden_mask=MaskFacts(0.0, 99, 9, 91, 0.0, 1.0)), []),
        (with_(USELESS, hidden_mask=MaskFacts(0.0, 99, 10, 90, 0.0, 1.0)), [operations.HIDDEN_READINGS]),
        (with_(USELESS, hidden_mask=MaskFacts(0.0, 99, 0, 0, 0.0, 0.0)), []),
    ]),
    (labels.disturbed, "how sure", [
        (with_(USELESS, disturbances=(Disturbance("t", "RandomRotation", destroys=True),)), [labels.DISTURBED]),
        (with_(USELESS, disturbances=(Disturbance("t", "GaussianDropout", destroys=True),)), [labels.DROWNED]),
        (with_(USELESS, disturbances=(Disturbance("t", "RandomRotation"),)), []),
    ]),
    (data.misfed, "how sure", [
        (with_(USELESS, misfed=(MISFED,)), [data.MISFED]),
        (with_(USELESS, misfed=(MISFED,), entries=(EntryFacts(("Normalization",), ("norm",), X),)), []),
        (with_(USELESS), []),
    ]),
    (architecture.shares_as_logits, "how sure", [
        (with_(USELESS, as_logits=SharesAsLogits("Softmax", CROSSING.site, 0.9)), [architecture.TWICE_CALLED]),
        (with_(USELESS), []),
    ]),
    (architecture.starved, "how sure", [
        (with_(USELESS, starving=(HiddenShares(128, CROSSING.site),)), [architecture.STARVED]),
        (with_(USELESS), []),
    ]),
    (operations.lone_share, "how sure", [
        (with_(USELESS, lone_share=LoneShare("Softmax", (60, 12, 1), CROSSING.site)), [operations.LONE_SHARE]),
        (with_(USELESS), []),
    ]),
    (operations.singular, "how sure", [
        (with_(finding=found("Log")), [operations.OWN]),
        (with_(finding=found("Log", builtin=True)), [operations.BUILT_IN]),
        (with_(finding=found("Log", largest=0.9e15)), [operations.OWN]),
        (with_(finding=found("Log", largest=1.1e15)), [operations.RAN_AWAY]),
        (with_(finding=found("Log", "gradient", masked=True)), [operations.MASKED, operations.BEHIND_WHERE]),
        (with_(finding=found("Softmax", builtin=True, layer_kind="Softmax")), [operations.HIDDEN_ROWS]),
    ]),
    (operations.overflowing_exp, "how sure", [
        (with_(finding=found("Exp")), [operations.OVERFLOWS]),
        (with_(finding=found("Exp"), inputs=mean(26.0 * SMALLEST)), [operations.OVERFLOWS_ON_RAW]),
        (with_(finding=found("Exp"), inputs=mean(24.0 * SMALLEST)), [operations.OVERFLOWS]),
        (with_(finding=found("Exp", builtin=True)), [operations.OVERFLOWS_BUILT_IN]),
    ]),
    (optimization.invalid_rate, "how sure", [
        (ended("nonfinite", -0.1), [optimization.NO_RATE]),
        (ended("useless", 0.0), [optimization.NO_RATE]),
    ]),
    (optimization.rate_too_high, "times the usual rate", [
        (ended("useless", 0.048), []),
        (ended("useless", 0.052), [optimization.HIGH]),
        (ended("useless", 0.19), [optimization.HIGH]),
        (ended("useless", 0.21), [optimization.FAR_TOO_HIGH]),
        (ended("useless", 1.9), [optimization.FAR_TOO_HIGH]),
        (ended("useless", 2.1), [optimization.ABSURDLY_HIGH]),
        (ended("useless", 0.0048, **ADAM), []),
        (ended("useless", 0.0052, **ADAM), [optimization.HIGH]),
        (ended("useless", 0.0052, collapsed=True, **ADAM), [optimization.HIGH]),
        (ended("useless", 0.0048, collapsed=True, **ADAM), [optimization.COLLAPSED]),
        (ended("nonfinite", 0.0048, collapsed=True, finding=found("Log", largest=0.9e4), **ADAM), []),
        (ended("diverged", 0.01), [optimization.LARGE_STEPS]),
        (ended("diverged", 0.19), [optimization.HIGH, optimization.LARGE_STEPS]),
        (ended("diverged", 0.21), [optimization.FAR_TOO_HIGH]),
        (ended("nonfinite", 0.5, finding=found("Log", largest=0.9e4)), []),
        (ended("nonfinite", 0.5, finding=found("Log", largest=1.1e4)), [optimization.FAR_TOO_HIGH]),
    ]),
    (optimization.vanishing_rate, "how sure", [
        (with_(USELESS, course=Course(900, 900, rates=(1.0, 0.9e-3) + (1e-4,) * 9)), [optimization.OVER_AT_ONCE]),
        (with_(USELESS, course=Course(900, 900, rates=(1.0, 1.1e-3) + (1.1e-3,) * 9)), []),
    ]),
    (optimization.rate_too_low, "times the usual rate", [
        (ended("useless", 0.0012), []),
        (ended("useless", 0.001), [optimization.LOW]),
        (ended("useless", 1.1e-4), [optimization.LOW]),
        (ended("useless", 0.9e-4), [optimization.FAR_TOO_LOW]),
    ]),
    (optimization.endless_warm_up, "how far it comes", [
        (with_(USELESS, course=Course(90, 90, rates=tuple(1.1e-4 * n for n in range(11)))), [optimization.HARDLY_BEGUN]),
        (with_(USELESS, course=Course(90, 90, rates=tuple(1.1e-4 * n for n in range(10, 21)))), []),
        (with_(USELESS, course=Course(90, 90, rates=tuple(1e-5 * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9.1)))),
         [optimization.HARDLY_BEGUN]),
        (with_(USELESS, course=Course(90, 90, rates=tuple(1e-5 * n for n in (1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8.9)))), []),
        (with_(USELESS, course=Course(90, 90, rates=tuple(1e-5 * n for n in range(11, 0, -1)))), []),
        (with_(USELESS, course=Course(90, 90)), []),
        (with_(course=Course(90, 90, rates=tuple(1e-5 * n for n in range(11)))), []),
    ]),
    (optimization.rate_too_low, "what clipping leaves of it", [
        (ended("useless", 0.01, model_clipnorm=0.0108, course=Course(3, gradients=(9.0, 0.1, 0.0, 0.1, 0.01))),
         [optimization.CLIPPED]),
        (ended("useless", 0.01, model_clipnorm=0.0112, course=Course(3, gradients=(9.0, 0.1, 0.0, 0.1, 0.01))), []),
        (ended("useless", 0.001, model_clipnorm=1e-3, **ADAM, course=Course(1, gradients=(1.0,))), []),
        (ended("useless", 0.001, model_clipnorm=1e-3, course=Course(1, gradients=(1.0,))), [optimization.LOW]),
        (ended("useless", 0.01, model_clipnorm=1.0, course=Course(1, gradients=(1e-3,))), []),
        (ended("useless", 0.01, model_clipnorm=1.0), []),
    ]),
    (optimization.rate_too_low, "how far the weights have come", [
        (ended("useless", 0.05, course=Course(90, moved=0.049)), [optimization.HARDLY_MOVED]),
        (ended("useless", 1e-5, course=Course(90, moved=2.9)), [optimization.FAR_TOO_LOW]),
        (ended("useless", 1e-5, course=Course(90, moved=3.1)), []),
        (ended("useless", 0.05, course=Course(90, moved=0.051)), []),
        (ended("useless", 0.05, course=Course(90, moved=0.0)), []),  # nothing makes more of nothing
        (ended("useless", None, course=Course(90, moved=0.001)), [optimization.HARDLY_MOVED]),
        (ended("useless", 0.01, **ADAM, course=Course(90, moved=0.001)), []),  # whose steps know their size
        (ended("diverged", 0.01, course=Course(90, moved=0.001)), []),
    ]),
    (optimization.rate_too_high, "of weights that have hardly moved", [
        (ended("useless", 0.5, course=Course(90, moved=0.001)), []),
        (ended("useless", 0.5, course=Course(90, moved=0.06)), [optimization.FAR_TOO_HIGH]),
    ]),
    (optimization.rate_too_low, "the sample weights", [
        (ended("useless", 0.01, weights=mean(1 / 24, Y)[0]), []),
        (ended("useless", 0.01, weights=mean(1 / 26, Y)[0]), [optimization.LIGHT]),
        (ended("useless", 0.01, weights=mean(1 / 26, Y)[0], course=Course(90, moved=0.001)), [optimization.LIGHT]),
        (ended("useless", 0.01, weights=mean(0.0, Y)[0]), []),
        (ended("useless", 0.001, **ADAM, weights=mean(1 / 26, Y)[0]), []),
    ]),
    (optimization.explosion, "the sample weights", [
        (with_(weights=mean(24.0)[0]), []),
        (with_(weights=mean(26.0)[0]), [optimization.HEAVY]),
    ]),
    (architecture.frozen, "how much is trained", [
        (held(16, True, 15), [architecture.FROZEN_AS_DRAWN]),
        (held(16, True, 16), []),
        (held(16, False, 15), []),
        (held(16, False, 0), [architecture.FROZEN]),
        (held(0, False, 0), []),
        (held(16, True, None), []),
    ]),
    (labels.one_class_unseen, "by chance", [
        (unseen(9), []),  # 0.002
        (unseen(10), [labels.ONE_CLASS_UNSEEN]),  # 0.00098
        (unseen(2, (400, 0)), [labels.ONE_CLASS_UNSEEN]),
        (unseen(40, (0, 400)), []),  # as in training
        (unseen(40, (2, 398)), []),
        (unseen(10, streamed=True), []),
        (unseen(10, low=(0.0,)), []),
    ]),
    (optimization.decayed, "the weights that are left", [
        (decaying(30.0, 0.34), [optimization.DECAYED]),
        (decaying(30.0, 0.36), []),
        (decaying(30.0, None), []),
        (decaying(2.7, 0.1), [optimization.DECAYED]),  # which leaves 0.34 by itself
        (decaying(2.5, 0.1), []),  # 0.37: something else has made them small
        (decaying(None, 0.1), []),
        (decaying(30.0, 0.1, kind="diverged"), []),
    ]),
    (optimization.decayed, "in one step", [
        (decaying(1001.0, 0.1), [optimization.OVERSHOT]),
        (decaying(999.0, 0.1), [optimization.DECAYED]),
        (decaying(1001.0, None, kind="nonfinite"), [optimization.OVERSHOT]),
        (decaying(1001.0, None, kind="error"), []),
        (decaying(1001.0, None, kind="nonfinite", rate=math.nan), []),
    ]),
    (optimization.batchnorm, "never told that it trains", [
        (with_(USELESS, hidden_momentum=0.99, hidden_idle=True), [optimization.IDLE]),
        (with_(USELESS, hidden_momentum=0.99), []),
    ]),
    (data.unscaled_inputs, "behind a normalisation that is never told that it trains", [
        (with_(inputs=RAW, model_layers=(HIDDEN, dataclasses.replace(NORM, idle=True), OUT)), [data.RAW_BEHIND_IDLE]),
        (with_(inputs=RAW, model_layers=(HIDDEN, NORM, OUT)), []),
    ]),
    (optimization.explosion, "how much", [
        (with_(hidden_recurrent=True), [optimization.FED_BACK]),
        (with_(USELESS, hidden_recurrent=True), [optimization.FED_BACK_IDLY]),
        (with_(course=Course(3, 3, (1.0,), (0.9e3,))), []),
        (with_(course=Course(3, 3, (1.0,), (1.1e3,))), [optimization.GREW]),
        (with_(course=Course(3, 3, (1.0,), (1.1e3,)), inputs=RAW), [optimization.GREW_ON_RAW]),
        (with_(course=Course(3, 3, (1.0,), (1.1e3,)), targets=PRICES), [optimization.GREW_ON_RAW]),
        (with_(finding=found("Log", largest=0.9e6)), []),
        (with_(finding=found("Log", largest=1.1e6)), [optimization.GREW]),
    ]),
    (optimization.update, "how sure", [
        (with_(finding=found("RealDiv", "update", builtin=True), model_epsilon=0.9e-7), [optimization.NO_EPSILON]),
        (with_(finding=found("RealDiv", "update", builtin=True), model_epsilon=1.1e-7), [optimization.DIVIDES]),
        (with_(finding=found("Square", "update", builtin=True)), [optimization.SQUARES]),
        (with_(finding=found("Mul", "update", builtin=True)), [optimization.STEPS_OVERFLOW]),
    ]),
    (optimization.precision, "how sure", [
        (ended("stalled", 0.01, model_precision="mixed_float16"), [optimization.HALF]),
        (with_(USELESS, model_precision="mixed_float16", finding=found("Sum")), [optimization.HALF]),
        (with_(USELESS, model_precision="mixed_float16"), []),
        (with_(model_precision="float16", finding=found("Mul", largest=0.9e5)), [optimization.HALF]),
        (with_(model_precision="float16", finding=found("Mul", largest=1.1e5)), [optimization.HALF_BEYOND]),
    ]),
    (optimization.batchnorm, "how sure", [
        (with_(symptom=Symptom("useless", 9, 0, "loss", {"inference_loss": 8.0}), hidden_momentum=0.99),
         [optimization.LAGS]),
        (with_(USELESS, hidden_momentum=0.99, hidden_averaged=1), [optimization.SINGLE]),
        (with_(USELESS, hidden_momentum=0.99, hidden_averaged=2), []),
        (with_(USELESS, hidden_momentum=0.99, hidden_averaged=2, course=Course(9, batch=1)), [optimization.ROW_BY_ROW]),
        (with_(USELESS, hidden_momentum=0.99, hidden_averaged=2, course=Course(9, batch=2)), []),
        (with_(USELESS, course=Course(9, batch=1)), []),
        (with_(USELESS, hidden_kind="LayerNormalization", hidden_averaged=1), [optimization.SINGLE]),
        (with_(USELESS, hidden_kind="LayerNormalization", hidden_averaged=2), []),
        (with_(hidden_kind="LayerNormalization", hidden_averaged=1), []),
        (with_(symptom=Symptom("nonfinite", 3, first_seen_in="state"), model_layers=(NORM, HIDDEN, OUT)),
         [optimization.STATISTICS]),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "evidence", "expected"),
    [
        pytest.param(rule, evidence, expected, id=f"{rule.__name__}: {title} {number}")
        for rule, title, rows in TABLE
        for number, (evidence, expected) in enumerate(rows)
    ],
)
def test_what_a_rule_sees(rule: Rule, evidence: Evidence, expected: list[Sign]) -> None:
    assert [said.sign for said in rule(evidence)] == expected


WORDS: list[tuple[Rule, Evidence, Sequence[str], Sequence[str]]] = [
    (data.nonfinite, with_(inputs=array(nan=9, bad_rows=tuple(range(5)), bad_row_count=5)), ["0, 1, 2, 3, 4)"], ["in all"]),
    (data.nonfinite, with_(inputs=array(nan=9, bad_rows=tuple(range(6)), bad_row_count=6)), ["4, ... (6 in all)"], ["5"]),
    (data.nonfinite, with_(inputs=BAD_ROWS, warned=WARNED), ["NumPy warned at train.py:4: invalid value"], []),
    (data.nonfinite, with_(inputs=BAD_ROWS), [], ["NumPy"]),
    (architecture.bad_initialization, with_(hidden_nonfinite=1, warned=WARNED), ["NumPy warned at train.py:4"], ["look"]),
    (data.outliers, with_(inputs=OUTLIER), [], ["more"]),
    (data.outliers, with_(inputs=array(OUTLIER[0], outlier_count=3)), ["and 2 more"], []),
    (operations.singular, with_(finding=found("Log", rows=(1, 2, 3, 4, 5))), ["4, 5)"], ["..."]),
    (operations.singular, with_(finding=found("Log", rows=(1, 2, 3, 4, 5, 6))), ["4, 5, ...)"], []),
    (optimization.rate_too_high, with_(DIVERGED, model_learning_rate=5.0, course=Course(2, 2, (1.0, 10.5))), ["went"], []),
    (optimization.rate_too_high, with_(DIVERGED, model_learning_rate=5.0, course=Course(2, 2, (1.0, 9.5))), [], ["went"]),
    (optimization.explosion, with_(hidden_recurrent=True, finding=found("Log", largest=0.9e6)), [], ["reached"]),
    (optimization.explosion, with_(hidden_recurrent=True, finding=found("Log", largest=1.1e6)), ["reached"], []),
    (optimization.vanishing_rate, with_(USELESS, course=Course(900, 900, rates=(1.0, *[1e-9] * 10))), ["90 of 900"], []),
    (labels.out_of_range, labelled("sparse_categorical_crossentropy", CLASSES, units=9), ["(labels 0 to 8)"], []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "evidence", "there", "missing"), WORDS)
def test_what_is_said(rule: Rule, evidence: Evidence, there: Sequence[str], missing: Sequence[str]) -> None:
    (cause,) = rule(evidence)
    assert all(words in cause.evidence for words in there), cause.evidence
    assert not any(words in cause.evidence for words in missing), cause.evidence


def test_only_what_is_beyond_doubt_is_a_plain_fault() -> None:
    certain = labelled("sparse_categorical_crossentropy", CLASSES, units=9)
    likely = labelled("mean_squared_error", real(0.0, 1.2), "sigmoid", 1)
    assert [cause.code for cause in plain_faults(certain)] == [RANGE]
    assert plain_faults(likely) == ()
    assert plain_faults(PLAIN) == ()
    over = Course(900, 900, rates=(1.0, *[1e-9] * 10))
    assert [said.sign for said in plain_faults(with_(targets=(), course=over))] == [optimization.OVER_AT_ONCE]
    assert [said.sign for said in plain_faults(with_(targets=mean(26.0 * SMALLEST, Y)))] == [data.RAW_TARGETS[2]]
    assert plain_faults(with_(targets=mean(24.0 * SMALLEST, Y))) == ()
    assert [said.sign for said in plain_faults(with_(altered=AlteredFacts(0.0, 1.0, 9.0, 1.0)))] == [data.ALTERED]
    assert [said.sign for said in plain_faults(with_(hidden_momentum=0.9, hidden_idle=True))] == [optimization.IDLE]
    assert CLASSIFIER["targets"] == (CLASSES,)


def entry(made: ArrayFacts, *, center: tuple[float, ...] = (0.0,), scale: tuple[float, ...] = (255.0,)) -> Evidence:
    given = array(low=(0.0, 0.0), high=(1.0, 1.0), mean=(0.5, 0.5), std=(0.3, 0.3))
    return with_(USELESS, inputs=given, entries=(EntryFacts(("Rescaling",), ("rescaling",), made, center, scale),))


SMALL = array(low=(0.0, 0.0), high=(0.0039, 0.0039), mean=(0.002, 0.002), std=(0.0011, 0.0011))[0]
LARGE = array(low=(0.0, 0.0), high=(90.0, 90.0), mean=(50.0, 50.0), std=(20.0, 20.0))[0]


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (
            entry(SMALL),
            "x runs from 0 to 1, and the model divides it by 255 once more: its first layer sees values up to 0.0039",
        ),
        (entry(LARGE, scale=(0.01,)), "the model multiplies it by 100: its first layer sees values from 0 to 90"),
        (entry(LARGE, scale=(1.0,)), "the model leaves it as it is (Rescaling, perhaps never adapted): its first"),
        (entry(LARGE, center=(3.0,)), "the model maps it (Rescaling): its first"),
        (entry(LARGE, center=(0.0, 0.0), scale=(1.0, 2.0)), "the model maps it (Rescaling): its first"),
        (entry(LARGE, center=(), scale=()), "the model maps it (Rescaling): its first"),
    ],
)
def test_what_the_model_makes_of_its_inputs_is_said(evidence: Evidence, said: str) -> None:
    (cause,) = data.unscaled_inputs(evidence)
    assert said in cause.evidence


def test_a_healthy_training_has_warnings_and_those_only_that_are_sure() -> None:
    assert warnings(audited) == ()
    seen = with_(audited, inputs=OUTLIER, targets=PRICES)
    assert {cause.code for cause in warnings(seen)} == {Code.DATA_OUTLIERS, TARGETS}
    raw = with_(audited, inputs=RAW)
    assert [cause.code for cause in warnings(raw)] == [UNSCALED]
    own = EntryFacts((), (), RAW[0], known=False)  # what the user's own code makes of it is not known
    assert warnings(dataclasses.replace(raw, entries=(own,))) == ()
    assert plain_faults(raw) == tuple(data.unscaled_inputs(raw))
    assert [cause.code for cause in plain_faults(with_(inputs=OUTLIER))] == [Code.DATA_OUTLIERS]


def test_ids_however_large_are_no_measures() -> None:
    looked_up = (LayerFacts("ids", "Embedding"), OUT)
    table = array(shape=(400, 2), mean=(1e6, 0.0), std=(6e5, 1.0), low=(0.0, -3.0), high=(2e6, 3.0), whole=(0,))
    assert plain_faults(with_(inputs=table, model_layers=looked_up)) == ()
    assert [cause.code for cause in plain_faults(with_(inputs=table))] == [UNSCALED]


def test_columns_that_never_change_are_told() -> None:
    def said(*columns: int, **changes: Any) -> tuple[str, ...]:
        return data.constant_columns(
            with_(inputs=array(constant_columns=columns, constant_count=len(columns), **changes))
        )

    wide = {"mean": (0.0,) * 9, "std": (1.0,) * 9}
    assert said() == ()
    assert said(1) == ("Column 1 of x never changes: it tells nothing.",)
    assert said(1, 2, **wide) == ("Columns 1, 2 of x never change: they tell nothing.",)
    assert said(0, 1) == ("All rows of x are the same: it tells nothing.",)
