"""The contract of a remedy as a test, for those who write remedies of their own.

```python
from autostable.testing import check_remedy

def test_my_remedy():
    check_remedy(MyRemedy())
```
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autostable.evidence import (
    AlteredFacts,
    ArrayFacts,
    Course,
    Crossing,
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
    Remainder,
    SharesAsLogits,
    WindowFacts,
)
from autostable.records import Code, Site, Symptom, SymptomKind
from autostable.registry import remedies
from autostable.setup import InputKnobs, OptimizerKnobs, Setup
from autostable.strategy import Pace, Parameters, RemedyStrategy, SourceChange

SECTIONS = ("What it does", "Why it works", "Example", "Use instead", "Safety", "References")
ACTIONS = (
    "set-argument", "wrap-argument", "insert-before", "in-logarithms", "map-labels", "shuffle", "wrap-call", "wrap-value",
    "draw-matrices", "swap-call", "swap-comparison", "unwrap-call",
    "scale-arguments", "wrap-rate", "wrap-loss", "wrap-model", "replace-text", "guard-divisor", "whole-batches", "note",
)  # fmt: skip
CODELESS = ("unwrap-call", "guard-divisor")  # what they write follows from the line

_SITE = Site(op=None, layer=None, file="train.py", line=7, source="model.fit(x, y)")
_MODEL = ModelFacts(
    name="model",
    layers=(
        LayerFacts("dense", "Dense", "relu", "GlorotUniform", 64, site=_SITE, dead=0.1, weight=7.0),
        LayerFacts("dense_1", "Dense", "relu", "GlorotUniform", 64, site=_SITE, dead=0.1, weight=7.0),
        LayerFacts("out", "Dense", "linear", "GlorotUniform", 1, is_output=True, site=_SITE),
    ),
    loss="mean_squared_error",
    loss_site=_SITE,
    optimizer="Adam",
    optimizer_site=_SITE,
    learning_rate=0.001,
    epsilon=1e-7,
    fit_site=_SITE,
)
_X = ArrayFacts(
    "x",
    (400, 2),
    "float32",
    400,
    mean=(0.1, 0.0),
    std=(1.0, 0.9),
    median=(0.0, 0.0),
    iqr=(1.3, 1.2),
    low=(-3.0, -2.5),
    high=(3.0, 2.9),
    distinct=800,
)
_Y = dataclasses.replace(
    _X, name="y", shape=(400,), mean=(0.0,), std=(1.0,), median=(0.0,), iqr=(1.3,), low=(-3.0,), high=(3.0,)
)


def _deep(activation: str) -> tuple[LayerFacts, ...]:
    hidden = (
        LayerFacts(f"hidden_{n}", "Dense", activation, "RandomNormal", 5, site=_SITE, saturated=0.9, weight=1.0)
        for n in range(6)
    )
    return (*hidden, LayerFacts("out", "Dense", "relu", "GlorotUniform", 3, is_output=True, site=_SITE))


def _one_hot(classes: int) -> ArrayFacts:
    return dataclasses.replace(
        _Y,
        shape=(400, classes),
        mean=(1 / classes,) * classes,
        std=(0.47,) * classes,
        low=(0.0,) * classes,
        high=(1.0,) * classes,
        integers=True,
        distinct=2,
        one_hot=True,
    )


SAMPLES: tuple[Evidence, ...] = (
    # nothing is known
    Evidence(Symptom(SymptomKind.NONFINITE, 3)),
    # a regression whose inputs and targets are far from unit scale
    Evidence(
        Symptom(SymptomKind.NONFINITE, 12, 0, "loss"),
        inputs=(dataclasses.replace(_X, mean=(400.0, 0.1), std=(1200.0, 1.0), high=(9000.0, 3.0)),),
        targets=(dataclasses.replace(_Y, mean=(2.5e5,), std=(9e4,), low=(1e4,), high=(9e5,)),),
        model=_MODEL,
        course=Course(12, 1200, (1e10, 1e15), (1e6, 1e9, float("inf"))),
    ),
    # numbers whose bytes were taken in the wrong order
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "loss"),
        inputs=(
            dataclasses.replace(_X, high=(3e38, 3e38), nan=3, bad_row_count=2, misread=MisreadFacts("int16", 1.0, _X)),
        ),
        targets=(_Y,),
        model=_MODEL,
    ),
    # a last batch of one row
    Evidence(
        Symptom(SymptomKind.NONFINITE, 12, 0, "gradient"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        remainder=Remainder(1, 19),
    ),
    # labels that come class by class
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(dataclasses.replace(_Y, integers=True, distinct=4, stretches=4, batches=12),),
        model=_MODEL,
    ),
    # predictions of shape (rows, 1) against targets of shape (rows,)
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        kind="loop",
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        crossing=Crossing("Sub", 32, 1, _SITE),
    ),
    # shares of the only entry of an axis, behind one of several
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        lone_share=LoneShare("Softmax", (32, 12, 1), _SITE),
    ),
    # a softmax of the program's own before a loss that applies it
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        as_logits=SharesAsLogits("Softmax", _SITE, 0.2),
    ),
    # a hidden softmax
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        starving=(HiddenShares(64, _SITE), HiddenShares(64, None, "dense")),
    ),
    # a frozen encoder that was adapted to raw numbers, and is given ones that are in order
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        misfed=(Misfed("normalization", _X, dataclasses.replace(_X, low=(-40.0,), high=(-19.0,)), _SITE),),
    ),
    # averaged weights that reach back to the start
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss", {"inference_loss": 1.7, "averaged_weights": True}),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(_MODEL, average=0.9999),
        course=Course(400),
    ),
    # a mean that the user's own loss takes in float16
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        finding=Finding("Mean", "forward", _SITE, halved=(_SITE,), vanished=True),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
    ),
    # weight decay that has left nothing of the weights
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(_MODEL, learning_rate=1e-3, decay=30.0),
        course=Course(400, kept=1e-5),
    ),
    # windows of a series of prices, and the price that follows
    Evidence(
        Symptom(SymptomKind.NONFINITE, 12, 0, "loss"),
        inputs=(dataclasses.replace(_X, shape=(400, 60, 1), mean=(3e4,), std=(4e3,), low=(1e4,), high=(6e4,)),),
        targets=(dataclasses.replace(_Y, mean=(3e4,), std=(4e3,), low=(1e4,), high=(6e4,)),),
        model=_MODEL,
        course=Course(12, 1200, (1e9, 1e15), (1e6, 1e9, float("inf"))),
        windows=WindowFacts(feature=0, error=300.0, spread=4e3, reach=900.0, rank=3),
    ),
    # bad rows, and an entry that is absurdly far out
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "input"),
        inputs=(
            dataclasses.replace(
                _X,
                nan=4,
                bad_rows=(3, 9),
                bad_row_count=2,
                outliers=((5, 0, 1e30),),
                outlier_count=1,
                std=(5e28, 1.0),
                kept_low=(-4.0, -4.0),
                kept_high=(4.0, 4.0),
            ),
            dataclasses.replace(_X, name="x[1]", dtype="int32", integers=True),
        ),
        targets=(_Y,),
        model=_MODEL,
    ),
    # a column that the script has divided by its spread of 0
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "input"),
        inputs=(dataclasses.replace(_X, nan=400, bad_rows=(0, 1), bad_row_count=400),),
        targets=(_Y,),
        model=_MODEL,
        divided=(Site(file="train.py", line=5, source="x = x / x.std(axis=0)"),),
    ),
    # the numbers of three classes on one sigmoid
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(dataclasses.replace(_Y, integers=True, distinct=3, low=(0.0,), high=(2.0,), mean=(1.0,), std=(0.8,)),),
        model=dataclasses.replace(
            _MODEL,
            loss="binary_crossentropy",
            layers=(LayerFacts("out", "Dense", "sigmoid", "GlorotUniform", 1, is_output=True, site=_SITE),),
        ),
        reruns=True,
    ),
    # a target with gaps
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "gradient"),
        inputs=(_X,),
        targets=(dataclasses.replace(_Y, nan=90, bad_rows=(3, 9), bad_row_count=90),),
        model=_MODEL,
    ),
    # a target that is absurdly far out, and nothing else
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(
            dataclasses.replace(
                _Y, outliers=((3, 0, 1e8),), outlier_count=1, std=(5e6,), high=(1e8,), kept_low=(0.7,), kept_high=(8.6,)
            ),
        ),
        model=_MODEL,
    ),
    # a deep narrow stack of sigmoids that learns nothing, with a wrong output
    Evidence(
        Symptom(SymptomKind.USELESS, 900, 9),
        inputs=(_X,),
        targets=(_one_hot(3),),
        model=dataclasses.replace(_MODEL, layers=_deep("sigmoid"), loss="categorical_crossentropy"),
        course=Course(900, 900, (1.1, 1.1), (1e-6, 1e-6)),
    ),
    # relus that are dead, classes under a squared error, a rate that is too low
    Evidence(
        Symptom(SymptomKind.USELESS, 900, 9),
        inputs=(_X,),
        targets=(_one_hot(3),),
        model=dataclasses.replace(
            _MODEL,
            layers=tuple(
                dataclasses.replace(layer, dead=0.9) if not layer.is_output else layer for layer in _deep("relu")
            ),
            learning_rate=1e-7,
        ),
    ),
    # class labels that are counted from one
    Evidence(
        Symptom(SymptomKind.ERROR, 0, 0, "label"),
        inputs=(_X,),
        targets=(
            dataclasses.replace(
                _Y, dtype="int64", mean=(2.0,), std=(0.8,), low=(1.0,), high=(3.0,), integers=True, distinct=3
            ),
        ),
        model=dataclasses.replace(_MODEL, layers=_deep("relu"), loss="sparse_categorical_crossentropy"),
    ),
    # a rate that jumps in the middle of a long run, and gradients with it
    Evidence(
        Symptom(SymptomKind.NONFINITE, 900, 2, "gradient"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        course=Course(900, 3000, (0.3,) * 90, (1.0, 1.1, 0.9) * 30, rates=(0.001,) * 9 + (1.0,)),
    ),
    # a loss of the user's own that takes predictions first
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(_MODEL, loss="custom", loss_site=_SITE, loss_arguments=("y_pred", "y_true")),
    ),
    # a score that is lowered
    Evidence(
        Symptom(SymptomKind.USELESS, 200, 4, "loss", {"turned": True}),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(_MODEL, loss="custom", loss_site=_SITE),
    ),
    # clouds of points that each lie elsewhere, and pictures whose brightness is drawn as if they were bytes
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(dataclasses.replace(_X, shape=(400, 64, 2), std=(900.0, 900.0), within=(3.0, 4.0)),),
        targets=(_Y,),
        model=dataclasses.replace(
            _MODEL,
            layers=(
                LayerFacts(
                    "brighter", "RandomBrightness", site=_SITE, value_range=(0.0, 255.0), given_range=(0.0, 1.0)
                ),
                *_MODEL.layers,
            ),
        ),
    ),
    # a mask whose value is a reading, too, and one of tokens
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(
            _MODEL,
            layers=(
                LayerFacts("mask", "Masking", site=_SITE, mask=MaskFacts(0.0, 400, 300, 600, 0.0, 1.0)),
                LayerFacts("words", "Embedding", site=_SITE, mask=MaskFacts(0.0, 400, 300, 600, 0.0, 40.0)),
                *_MODEL.layers,
            ),
        ),
    ),
    # stored data that reading a batch changes
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        altered=AlteredFacts(0.0, 1.0, -4.0, 0.1, _SITE, _SITE),
    ),
    # pages that are turned by radians where shares of a turn are meant, and arrows that are mirrored
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
        disturbances=(
            Disturbance(
                "turn",
                "RandomRotation",
                (("factor", (0.35,)),),
                "",
                0.0,
                0.9,
                0.1,
                True,
                (True, True, True, True),
                _SITE,
            ),
            Disturbance("mirror", "RandomFlip", (), "horizontal", 0.5, 0.9, 0.0, True, (True,), _SITE),
        ),
    ),
    # sequences that were not shifted
    Evidence(Symptom(SymptomKind.USELESS, 200, 4, "loss", {"copies": True}), inputs=(_X,), targets=(_Y,), model=_MODEL),
    # a decoder without a causal mask
    Evidence(
        Symptom(SymptomKind.USELESS, 200, 4, "loss", {"peeks": True}),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(
            _MODEL, layers=(LayerFacts("attention", "MultiHeadAttention", builtin=True, site=_SITE), *_MODEL.layers)
        ),
    ),
    # a mark of thousands that was read as a decimal point
    Evidence(
        Symptom(
            SymptomKind.USELESS,
            200,
            4,
            "loss",
            {
                "astray": {
                    "kind": "unit",
                    "low": -5.0,
                    "high": -2.0,
                    "factor": 1000.0,
                    "shift": 8.0,
                    "rows": 90,
                    "of": 400,
                    "before": 0.2,
                    "after": 0.9,
                    "mark": True,
                    "std": 700.0,
                }
            },
        ),
        inputs=(_X,),
        targets=(_Y,),
        model=_MODEL,
    ),
    # averages of batch normalisation that lag far behind
    Evidence(
        Symptom(SymptomKind.USELESS, 200, 4, "loss", {"inference_loss": 9.0}),
        inputs=(_X,),
        targets=(_Y,),
        model=dataclasses.replace(
            _MODEL,
            layers=(LayerFacts("norm", "BatchNormalization", site=_SITE, momentum=0.9999), _MODEL.layers[-1]),
        ),
        course=Course(200, 200, (1.0, 0.1)),
    ),
    # labels that binary crossentropy has no place for: margins, and intensities
    *(
        Evidence(
            Symptom(SymptomKind.USELESS, 400, 4, "loss"),
            inputs=(_X,),
            targets=(targets,),
            model=dataclasses.replace(_MODEL, layers=_deep("relu")[-1:], loss="binary_crossentropy"),
        )
        for targets in (
            dataclasses.replace(_Y, low=(-1.0,), high=(1.0,), integers=True, distinct=2),
            dataclasses.replace(_Y, low=(0.0,), high=(255.0,), integers=True, distinct=200),
        )
    ),
    # a relu recurrence in half precision
    Evidence(
        Symptom(SymptomKind.NONFINITE, 40, 0, "gradient"),
        inputs=(dataclasses.replace(_X, shape=(400, 80, 2)),),
        targets=(_Y,),
        model=dataclasses.replace(
            _MODEL,
            layers=(
                LayerFacts("lstm", "LSTM", "relu", "GlorotUniform", 32, recurrent=True, site=_SITE),
                _MODEL.layers[-1],
            ),
            precision="mixed_float16",
        ),
        course=Course(40, 400, (1.0, 50.0), (3.0, 4.0, 800.0)),
    ),
    # a logarithm in the user's own loss
    Evidence(
        Symptom(SymptomKind.NONFINITE, 40, 0, "loss"),
        kind="loop",
        finding=Finding(
            "Log",
            "forward",
            Site("Log", "loss", "train.py", 9, "return -tf.math.log(p)"),
            in_loss=True,
            input_low=0.0,
            upstream=("Mul",),
        ),
    ),
    # a masked mean over no step at all
    Evidence(
        Symptom(SymptomKind.NONFINITE, 2, 0, "weight"),
        finding=Finding("RealDiv", "forward", None, "pool", "GlobalAveragePooling1D", builtin=True, layer_site=_SITE),
        model=_MODEL,
    ),
    # regularizers that add half of what they are added to
    Evidence(
        Symptom(SymptomKind.USELESS, 400, 4, "loss"),
        model=dataclasses.replace(
            _MODEL, layers=(LayerFacts("code", "Dense", "relu", penalty=0.3, penalty_site=_SITE),)
        ),
        initial_loss=0.9,
    ),
    # a Normalization that was adapted to a column with gaps
    Evidence(
        Symptom(SymptomKind.NONFINITE, 0, 0, "gradient"),
        inputs=(_X,),
        model=dataclasses.replace(
            _MODEL, layers=(LayerFacts("scale", "Normalization", statistics=2, gaps=1, adapted_site=_SITE),)
        ),
    ),
)


def check_remedy(remedy: RemedyStrategy, evidences: Sequence[Evidence] = SAMPLES) -> None:
    """Check that a remedy keeps the contract; bring evidence to which it applies.

    Args:
        remedy: The remedy.
        evidences: What to decide on; add your own to `SAMPLES` where none of them calls for the remedy.

    Raises:
        AssertionError: With a sentence that says what is wrong.
    """
    _check_page(remedy)
    for evidence in evidences:
        before = repr(evidence)
        strengths = list(remedy.strengths(evidence))
        assert repr(evidence) == before, f"{remedy.name}: strengths() changed the evidence"
        assert repr(strengths) == repr(list(remedy.strengths(evidence))), (
            f"{remedy.name}: strengths() is not deterministic"
        )
        for number, parameters in enumerate(strengths):
            assert parameters not in strengths[:number], f"{remedy.name}: strength {number} is there twice"
            _check_parameters(remedy, parameters)
            _check_apply(remedy, parameters)
            _check_composition(remedy, parameters, evidence)
            _check_edit(remedy, parameters, evidence)


def _check_page(remedy: RemedyStrategy) -> None:
    name = remedy.name
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), f"{name!r} is not lower-case-with-dashes"
    assert remedy.cures, f"{name}: cures nothing"
    assert all(isinstance(code, Code) for code in remedy.cures), f"{name}: cures something that is no Code"
    assert len(set(remedy.cures)) == len(remedy.cures), f"{name}: cures a cause twice"
    assert isinstance(remedy.betters, bool), f"{name}: whether it betters a training is neither True nor False"
    assert isinstance(remedy.alternatives, bool), (
        f"{name}: whether its strengths are alternatives is neither True nor False"
    )
    assert remedy.pace is None or isinstance(remedy.pace, Pace), f"{name}: its pace is no Pace"
    assert type(remedy).__doc__, f"{name}: has no page; write a docstring"
    page = remedy.page()
    assert page.splitlines()[0].endswith("."), f"{name}: the page begins with a sentence on one line"
    found = re.findall(r"^## (.+)$", page, flags=re.MULTILINE)
    assert tuple(found) == SECTIONS, f"{name}: the page has the sections {found}, not {list(SECTIONS)}"
    for section, text in zip(SECTIONS, re.split(r"^## .+$", page, flags=re.MULTILINE)[1:], strict=True):
        assert text.strip(), f"{name}: nothing is said under {section!r}"


def _check_parameters(remedy: RemedyStrategy, parameters: Parameters) -> None:
    try:
        text = json.dumps(parameters, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{remedy.name}: parameters {parameters!r} are not JSON: {error}") from error
    again = json.loads(text)
    assert again == parameters, f"{remedy.name}: parameters {parameters!r} change on their way through JSON"
    assert remedy.apply(Setup(), again) == remedy.apply(Setup(), parameters), f"{remedy.name}: JSON changes the setup"
    phrase = remedy.describe(parameters)
    assert phrase and "\n" not in phrase, f"{remedy.name}: describe() gives one phrase on one line"
    assert len(phrase) <= 120, f"{remedy.name}: {phrase!r} is too long for a report"


def _check_apply(remedy: RemedyStrategy, parameters: Parameters) -> None:
    frozen = json.dumps(parameters)
    first = remedy.apply(Setup(), parameters)
    assert isinstance(first, Setup), f"{remedy.name}: apply() does not return a Setup"
    assert first == remedy.apply(Setup(), parameters), f"{remedy.name}: apply() is not deterministic"
    assert json.dumps(parameters) == frozen, f"{remedy.name}: apply() changed the parameters"
    assert not first.neutral, f"{remedy.name}: {parameters!r} changes nothing"


def _check_composition(remedy: RemedyStrategy, parameters: Parameters, evidence: Evidence) -> None:
    """Whatever another remedy set is still set, and the same knobs are moved as without it."""
    mine = _moved(Setup(), remedy.apply(Setup(), parameters))
    for other in remedies().values():
        if other.name == remedy.name:
            continue
        for given in list(other.strengths(evidence))[:1]:
            before = other.apply(Setup(), given)
            frozen = repr(before)
            after = remedy.apply(before, parameters)
            assert repr(before) == frozen, f"{remedy.name}: apply() changed the setup of {other.name}"
            lost = _moved(Setup(), before) - _moved(Setup(), after)
            assert not lost, f"{remedy.name} undoes {', '.join(sorted(lost))} of {other.name}"
            strange = _moved(before, after) - mine
            assert not strange, f"{remedy.name} after {other.name} also moves {', '.join(sorted(strange))}"


def _moved(before: Setup, after: Setup) -> set[str]:
    """The knobs in which two setups differ, as dotted names."""
    return set(_differences("", before, after))


def _differences(prefix: str, before: Any, after: Any) -> list[str]:
    if before == after:
        return []
    found: list[str] = []
    if isinstance(before, Setup | OptimizerKnobs | InputKnobs) and type(before) is type(after):
        for field in dataclasses.fields(before):
            if field.name != "seed":
                name = f"{prefix}{field.name}"
                found += _differences(f"{name}.", getattr(before, field.name), getattr(after, field.name))
        return found
    if prefix == "inputs.":
        width = max(len(before), len(after))
        old, new = ([*value, *[InputKnobs()] * (width - len(value))] for value in (before, after))
        for index in range(width):
            found += _differences(f"inputs.{index}.", old[index], new[index])
        return found
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = {*before, *after}
        return [f"{prefix}{key}" for key in keys if before.get(key) != after.get(key)]
    return [prefix.rstrip(".")]


def _check_edit(remedy: RemedyStrategy, parameters: Parameters, evidence: Evidence) -> None:
    for change in remedy.edit(parameters, evidence):
        assert isinstance(change, SourceChange), f"{remedy.name}: edit() gives something that is no SourceChange"
        assert change.action in ACTIONS, f"{remedy.name}: there is no action {change.action!r}"
        assert change.site.file and change.site.line, f"{remedy.name}: an edit without a place"
        assert change.code or change.action in CODELESS, f"{remedy.name}: an edit without code"
