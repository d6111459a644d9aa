"""What processes say to each other goes to JSON and back without loss, NaN and infinities included."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_type_hints

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
    LoneShare,
    MaskFacts,
    Misfed,
    MisreadFacts,
    ModelFacts,
    NegativeClasses,
    NeverApplied,
    Remainder,
    Severed,
    SharesAsLogits,
    Warned,
    WindowFacts,
)
from autostable.execution.job import Job, Outcome, Told
from autostable.orders import Orders, Tried
from autostable.records import (
    Action,
    Answer,
    Attempt,
    Cause,
    Code,
    Intervention,
    Remedy,
    Report,
    Site,
    Statement,
    Symptom,
    Verdict,
    from_json,
    to_json,
)
from autostable.story import Story
from autostable.testing import SAMPLES
from tests import samples

NAN, INF = math.nan, math.inf
T = TypeVar("T")

SITE = Site("Log", "loss", "train.py", 8, "tf.math.log(p)  # ±∞")
EVIDENCE = Evidence(
    Symptom("nonfinite", 3, 0, "gradient", {"loss_first": NAN, "loss_last": INF, "error": "π", "rows": [1, 2]}),
    kind="loop",
    finding=Finding(
        "Sqrt",
        "gradient",
        SITE,
        "head",
        "Dense",
        True,
        True,
        SITE,
        -INF,
        INF,
        1e-3,
        1e38,
        (1,),
        (7,),
        True,
        ("Log",),
        ("dense/kernel",),
        labels=(32, 3),
        halved=(SITE,),
        vanished=True,
        left_out=Site("SelectV2", None, "train.py", 6, "kept = tf.where(tf.math.is_nan(error), 0.0, error)"),
    ),
    inputs=(
        ArrayFacts(
            "x",
            (3, 2),
            "float32",
            3,
            1,
            1,
            (0,),
            1,
            (1,),
            (),
            0,
            (NAN, 1.0),
            (INF, 0.0),
            (0.0, 0.0),
            (1.0, 1.0),
            (-INF, 0.0),
            (INF, 1.0),
            ((0, 1, INF),),
            1,
            (-1.0, -1.0),
            (1.0, 1.0),
            True,
            3,
            True,
            ((0.0, 2), (1.0, 1)),
            2,
        ),
    ),
    targets=(
        ArrayFacts(
            "y",
            (3,),
            "int64",
            3,
            within=(0.5,),
            streamed=True,
            ignored=255,
            left_out=2,
            misread=MisreadFacts("int16", 32768.0, ArrayFacts("y", (3,), "int64", 3), True, "memmap"),
        ),
    ),
    weights=ArrayFacts("sample_weight", (3,), "float32", 3),
    model=ModelFacts(
        "m",
        (
            LayerFacts(
                "dense",
                "Dense",
                "relu",
                "Zeros",
                3,
                True,
                True,
                False,
                SITE,
                activation_site=SITE,
                initializer_site=SITE,
                saturated=0.5,
                dead=0.5,
                died=0.75,
                magnitude=NAN,
                gradient=INF,
                weight=0.0,
                gain=0.5,
                recurrent_gain=1.5,
                recurrent_site=SITE,
                ungated=True,
                momentum_site=SITE,
                looks_up=2,
                rows=50,
                value_range=(0.0, 255.0),
                given_range=(0.0, 1.0),
                mask=MaskFacts(0.0, 9, 4, 30, -1.0, INF),
                frozen=12,
                as_drawn=True,
                frozen_site=SITE,
            ),
        ),
        "custom",
        True,
        SITE,
        "SGD",
        SITE,
        NAN,
        True,
        True,
        1e-7,
        "mixed_float16",
        True,
        ("accuracy",),
        SITE,
        precision_site=SITE,
    ),
    course=Course(3, 9, (1.0, NAN, INF), (-INF, 0.0, 1.0), 3, 3, (("accuracy", NAN),), swings=True, kept=INF, batch=3),
    constant_loss=INF,
    initial_loss=-INF,
    chance_loss=NAN,
    error="first\nsecond",
    autoencoder=True,
    class_weights=SITE,
    negatives=(NegativeClasses(2, 3, -1, 3, SITE),),
    remainder=Remainder(1, 32),
    windows=WindowFacts(1, 0.5, 4.0, 2.0, 3),
    entries=(
        EntryFacts(("Rescaling",), ("rescaling",), ArrayFacts("x", (3, 2), "float64", 3), (0.0,), (INF,)),
        None,
        EntryFacts((), (), ArrayFacts("x[2]", (3,), "float32", 3), known=False),
    ),
    validation=(ArrayFacts("validation x", (3, 2), "float32", 3, nan=1),),
    alike=("w",),
    alike_places=("variable 0",),
    copied=("dense/kernel", "w"),
    copied_places=("variable 0",),
    copied_site=Site(None, None, "train.py", 3, "w = self.add_weight(shape=(2, 3))"),
    leaning=("w",),
    leaning_site=Site(None, None, "train.py", 4, "w = tf.Variable(tf.random.uniform((8, 3)))"),
    reruns=True,
    zeros=("width",),
    unreached=("encoder/kernel",),
    stepped=Site("Sign", None, "train.py", 6, "hit = tf.sign(p)"),
    zero_places=("variable 2",),
    zero_sites=(Site(None, None, "train.py", 5, "width = tf.Variable(0.0)"),),
    shuffled_apart=True,
    alike_site=Site(None, None, "train.py", 3, "w = tf.Variable(tf.zeros((2, 3)))"),
    divided=(Site(None, None, "train.py", 4, "x = x / norm"), SITE),
    warned=Warned("invalid value encountered in divide", Site(None, None, "train.py", 4, "x = x / norm")),
    crossing=Crossing("Sub", 32, 1, Site("Sub", None, "train.py", 9, "loss = tf.square(y - p)")),
    lone_share=LoneShare("Softmax", (32, 12, 1), Site("Softmax", None, "train.py", 7, "return ops.softmax(score)")),
    as_logits=SharesAsLogits(
        "Softmax", Site("Softmax", None, "train.py", 7, "return tf.nn.softmax(score)"), INF, "lambda"
    ),
    starving=(HiddenShares(128, Site("Softmax", None, "train.py", 7, "h = tf.nn.softmax(score)"), "dense"),),
    misfed=(
        Misfed("normalization", ArrayFacts("x", (3, 2), "float64", 3), ArrayFacts("x", (3, 2), "float64", 3), None),
    ),
    emptied=Site("Equal", None, "train.py", 8, "keep = tf.equal(valid, 1)"),
    altered=AlteredFacts(0.0, 1.0, NAN, INF, SITE, SITE),
    disturbances=(
        Disturbance(
            "turn",
            "RandomRotation",
            (("factor", (0.35,)),),
            "",
            0.1,
            1.0,
            NAN,
            True,
            (True, False),
            Site(None, None, "train.py", 9),
        ),
    ),
    severed=Severed(Cut.OPERATION, Site("Round", None, "train.py", 6, "hit = tf.round(p)"), in_loss=True),
    collapsed=True,
    unapplied=NeverApplied(40, Site(None, None, "train.py", 9, "optimizer.apply_gradients(pairs)")),
)
ATTEMPT = Attempt(
    (Remedy("rescale-inputs", {"inputs": [{"center": [0.5, 1.0], "scale": [1.0, 2.0]}, None], "seed": 1}),),
    "probe",
    "unstable",
    7,
    0.25,
    INF,
    NAN,
    -INF,
    "not finite",
    (1.0, NAN, INF),
    False,
    False,
    samples.BEATEN,
    ({"finite": Statement(Answer.YES), "bounded": Statement(Answer.NO, NAN, "far above its start")},),
)
HEALED = Intervention(
    40,
    "non-finite loss",
    Action.SKIPPED,
    40,
    Remedy("lower-learning-rate", {"factor": 0.5}),
    40,
    (3,),
    (1203,),
    2,
    1,
    0.5,
    3,
)
STORY = Story(
    3,
    "loop",
    Verdict.UNREPAIRED,
    EVIDENCE.symptom,
    EVIDENCE.finding,
    (Cause(Code.UNSAFE_SQRT, 0.9, "sqrt(0)", SITE),),
    (Cause(Code.DATA_OUTLIERS, 0.5, "far"),),
    ATTEMPT.plan,
    (ATTEMPT,),
    9,
    1.5,
    ("a note",),
    EVIDENCE,
    True,
    (HEALED,),
    handed=ATTEMPT.plan,
    in_script=True,
)
TRIED = Tried(ATTEMPT, 9, located=True, finding=EVIDENCE.finding, leads=False)
RECORDS: list[Any] = [
    EVIDENCE,
    STORY,
    ATTEMPT,
    Outcome("unstable", 1, (STORY, STORY), {"jit_compile": True, "x": NAN}, ("a note",)),
    Job(
        "module",
        "package.train",
        ("--rate", "nan", "ü"),
        Orders(plans={"0": ATTEMPT.plan}, seconds=1.5, probe=9, known={"0": (TRIED,)}),
        fallback="/r",
        source="# \xe9",
    ),
    Told(0, 3, TRIED),
    Orders(),
    *samples.ALL.values(),
    dataclasses.replace(samples.repaired, attempts=(ATTEMPT,), plans={"0": ATTEMPT.plan, "2": ()}),
    *SAMPLES,
]


def same(ours: Any, theirs: Any) -> bool:
    """Equal, where NaN equals NaN and a tuple in free-form data may have become a list."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return ours == theirs or (math.isnan(ours) and math.isnan(theirs))
    if dataclasses.is_dataclass(ours):
        return type(ours) is type(theirs) and all(
            same(getattr(ours, field.name), getattr(theirs, field.name)) for field in dataclasses.fields(ours)
        )
    if isinstance(ours, Mapping):
        return (
            isinstance(theirs, Mapping) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
        )
    if isinstance(ours, list | tuple):
        return isinstance(theirs, list | tuple) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)


def thawed(value: Any) -> Any:
    """Free-form data holds non-finite numbers as texts once it has been through JSON."""
    words = {"nan": NAN, "inf": INF, "-inf": -INF}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value, **{field.name: thawed(getattr(value, field.name)) for field in dataclasses.fields(value)}
        )
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(thawed(item) for item in value)
    return words.get(value, value) if isinstance(value, str) else value


def there_and_back(record: T) -> T:
    return from_json(json.loads(json.dumps(to_json(record), allow_nan=False)), type(record))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_there_and_back(record: Any) -> None:
    back = there_and_back(record)
    if not isinstance(record, Job):  # "nan" among a script's arguments is a word
        assert same(thawed(record), thawed(back))
    assert to_json(back) == to_json(record)
    json.dumps(to_json(record), allow_nan=False)


def test_what_a_script_is_called_with_stays_words() -> None:
    job = next(record for record in RECORDS if isinstance(record, Job))
    assert there_and_back(job).arguments == ("--rate", "nan", "ü")


def test_typed_numbers_come_back_as_numbers() -> None:
    back = there_and_back(EVIDENCE)
    assert math.isnan(back.course.losses[1]) and back.course.losses[2] == INF
    assert back.finding is not None and back.finding.input_low == -INF
    assert back.constant_loss == INF and back.inputs[0].outliers == ((0, 1, INF),)
    attempt = there_and_back(ATTEMPT)
    assert attempt.yardstick == -INF and math.isnan(attempt.curve[1])


def test_nothing_shared_by_the_samples_is_left_out() -> None:
    """Every field of every record has another value than its default somewhere above."""
    for record in (EVIDENCE, STORY, ATTEMPT, HEALED):
        for field in dataclasses.fields(record):
            if field.default is not dataclasses.MISSING:
                assert getattr(record, field.name) != field.default, f"{type(record).__name__}.{field.name}"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({}, Report),
        ({"verdict": "splendid", "target": {}}, Report),
        ([], Story),
        ({"plan": [], "kind": "full", "outcome": "stable", "steps": "many", "seconds": 1}, Attempt),
        (None, Evidence),
    ],
)
def test_what_is_damaged_is_a_value_error(value: Any, kind: type[Any]) -> None:
    with pytest.raises(ValueError, match=f"not a valid {kind.__name__}"):
        from_json(value, kind)


def test_fields_of_a_later_version_are_ignored() -> None:
    value = {**to_json(samples.healthy), "moon_phase": "full"}
    assert from_json(value, Report).verdict is Verdict.HEALTHY


def test_records_hold_only_what_json_can_hold() -> None:
    allowed = (int, float, str, bool, type(None), Mapping, tuple, Verdict, Code)
    for kind in (Evidence, Story, Report, Attempt, Finding, ArrayFacts, LayerFacts, ModelFacts, Course, Orders):
        for name, hint in get_type_hints(kind).items():
            for part in get_args(hint) if isinstance(hint, types.UnionType) else (hint,):
                origin = getattr(part, "__origin__", part)
                fine = dataclasses.is_dataclass(origin) or issubclass(origin, allowed)
                assert fine, f"{kind.__name__}.{name}: {hint}"
