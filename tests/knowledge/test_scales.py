"""One definition of what is out of order, for diagnosis and remedies alike."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from autostable import registry
from autostable.diagnosis import data
from autostable.evidence import ArrayFacts, EntryFacts, Evidence, LayerFacts, ModelFacts
from autostable.knowledge import scales
from autostable.records import Symptom

COLUMN = ArrayFacts(
    "x", (400, 1), "float32", 400, mean=(0.0,), std=(1.0,), median=(0.0,), iqr=(1.349,), low=(-3.0,), high=(3.0,),
    distinct=400,
)  # fmt: skip
DENSE = (LayerFacts("dense", "Dense", "relu"), LayerFacts("out", "Dense", "linear", is_output=True))


def column(**changes: Any) -> ArrayFacts:
    return dataclasses.replace(COLUMN, **changes)


def given(*inputs: ArrayFacts, layers: tuple[LayerFacts, ...] = DENSE) -> Evidence:
    return Evidence(Symptom("useless", 400), inputs=inputs, model=ModelFacts(layers=layers, loss="mean_squared_error"))


def test_the_size_is_the_root_mean_square() -> None:
    assert scales.size(column(mean=(3.0,), std=(4.0,)), 0) == pytest.approx(5.0)
    two = column(mean=(3.0, 0.0), std=(4.0, 9.0))
    assert scales.widest(two) == 1
    assert scales.largeness(two) == 9.0 / 2.0


def test_single_entries_far_out_move_neither_center_nor_spread() -> None:
    spoilt = column(mean=(9e5,), std=(1e6,), outlier_count=1)
    assert (scales.center(spoilt, 0), scales.spread(spoilt, 0)) == (0.0, 1.0)
    assert not scales.out_of_order(spoilt)
    assert scales.spread(dataclasses.replace(spoilt, iqr=(0.0,)), 0) == 1e6  # mostly the same


def test_narrow_means_within_features() -> None:
    assert scales.smallness(column(std=(0.025,))) == pytest.approx(2.0)
    assert scales.smallness(column(std=(0.0,))) == 0.0
    apart = column(mean=(-0.3, 0.3), std=(0.4, 0.4))
    assert scales.smallness(apart) == pytest.approx(0.05 / 0.4)
    assert scales.smallness(column(mean=(), std=())) == 0.0


@pytest.mark.parametrize(
    ("facts", "layers", "expected"),
    [
        (column(dtype="bool"), DENSE, True),
        (column(dtype="float32"), DENSE, False),
        (column(dtype="uint8"), DENSE, False),  # pixels
        (column(dtype="int64", distinct=1000), DENSE, True),
        (column(dtype="int64", distinct=1001), DENSE, False),  # years, amounts
        (column(dtype="int64", distinct=1001), (), True),  # of a model that is not known
        (column(dtype="int64", distinct=1001), (*DENSE, LayerFacts("words", "Embedding")), True),
        (column(dtype="int64", distinct=1001), (LayerFacts("own", "Tower", builtin=False), *DENSE), True),
        *(
            (
                column(dtype="int32", shape=shape, low=(low,), high=(high,), integers=True, distinct=200),
                DENSE,
                not image,
            )
            for shape, low, high, image in [
                ((9, 8, 8), 0.0, 255.0, True),
                ((9, 64), 0.0, 255.0, False),
                ((9, 8, 8), -1.0, 255.0, False),
                ((9, 8, 8), 0.0, 256.0, False),
                ((9, 8, 8), 0.0, 101.0, True),
                ((9, 8, 8), 0.0, 100.0, False),
            ]
        ),
    ],
)
def test_whole_numbers_may_be_codes(facts: ArrayFacts, layers: tuple[LayerFacts, ...], expected: bool) -> None:
    assert scales.tokens(facts, layers) is expected


EVERY = [
    column(),
    *(column(mean=(center,), low=(center - 3.0,), high=(center + 3.0,)) for center in (2.9, 3.1, 9.5, 20.0, 60.0)),
    *(column(std=(spread,), iqr=(1.349 * spread,)) for spread in (1e-4, 0.049, 0.051, 3.1, 3.2, 1e3)),
    column(mean=(1e3,), outlier_count=1, outliers=((0, 0, 1e9),), kept_low=(-3.0,), kept_high=(3.0,)),
    column(dtype="int64", mean=(2000.0,), distinct=1001, integers=True),
    column(dtype="int64", mean=(2000.0,), distinct=12, integers=True),
    column(dtype="uint8", mean=(90.0,), std=(70.0,), integers=True),
    column(mean=(0.02,), std=(0.04,), integers=True, distinct=2),
]
FIRST = [(), *((LayerFacts("first", kind),) for kind in sorted(scales.AT_INPUT))]


@pytest.mark.parametrize("first", FIRST, ids=lambda layers: layers[0].kind if layers else "nothing")
@pytest.mark.parametrize("facts", EVERY)
def test_the_cause_is_named_exactly_where_its_remedy_applies(facts: ArrayFacts, first: tuple[LayerFacts, ...]) -> None:
    evidence = given(facts, layers=(*first, *DENSE))
    named = bool(list(data.unscaled_inputs(evidence)))
    applies = bool(list(registry.remedy("rescale-inputs").strengths(evidence)))
    assert named == applies == any(scales.raw_inputs(evidence))
    if applies:
        rescaled = dataclasses.replace(evidence, inputs=tuple(map(scales.standardized, evidence.inputs)))
        assert not any(scales.raw_inputs(rescaled))


@pytest.mark.parametrize("facts", EVERY)
def test_so_are_targets(facts: ArrayFacts) -> None:
    evidence = dataclasses.replace(given(COLUMN), targets=(facts,))
    named = bool(list(data.unscaled_targets(evidence)))
    assert named == bool(list(registry.remedy("rescale-targets").strengths(evidence)))


def test_how_far_off_makes_it_surer() -> None:
    said = [next(iter(data.unscaled_inputs(given(column(mean=(center,)))))) for center in (3.2, 11.0, 60.0, 1.1e3)]
    assert [each.sign for each in said] == list(data.RAW_INPUTS)
    assert said[0].confidence < min(each.confidence for each in said[1:])


@pytest.mark.parametrize(("facts", "far"), [(column(mean=(51.0,)), True), (column(mean=(49.0,)), False),
                                            (column(std=(0.0019,)), True), (column(std=(0.0021,)), False)])  # fmt: skip
def test_from_where_on_nothing_else_need_be_wrong(facts: ArrayFacts, far: bool) -> None:
    assert scales.far_out(given(facts)) is far


def test_large_inputs_are_large_not_narrow() -> None:
    assert scales.large_inputs(given(column(mean=(2.1,))))
    assert not scales.large_inputs(given(column(std=(0.01,))))
    assert not scales.large_inputs(given(column(mean=(1.9,), std=(0.01,))))  # out of order, for it is narrow
    assert not scales.large_inputs(given(column(mean=(2.1,))), 2.0)
    assert scales.large_inputs(given(COLUMN, column(mean=(9.5,))), 2.0)


def test_what_is_rescaled_has_mean_0_and_spread_1() -> None:
    facts = scales.standardized(column(mean=(50.0,), std=(10.0,), low=(20.0,), high=(90.0,)))
    assert (facts.mean, facts.std, facts.median, facts.iqr) == ((0.0,), (1.0,), (0.0,), (1.349,))
    assert (facts.low, facts.high) == ((-3.0,), (4.0,))
    same = scales.standardized(column(mean=(50.0,), std=(0.0,), low=(50.0,), high=(50.0,)))
    assert (same.low, same.high) == ((0.0,), (0.0,))
    bare = scales.standardized(ArrayFacts("x", (), "float32", 0))
    assert (bare.mean, bare.low) == ((), ())
    constant = scales.standardized(column(mean=(50.0,), std=(0.0,), low=(49.0,), high=(52.0,)))
    assert (constant.low, constant.high) == ((-1.0,), (2.0,))


RESCALED = (LayerFacts("rescaling", "Rescaling"), *DENSE)
NORMED = (LayerFacts("rescaling", "Rescaling"), LayerFacts("norm", "BatchNormalization"), *DENSE)


def entered(made: ArrayFacts, layers: tuple[LayerFacts, ...] = RESCALED, known: bool = True) -> Evidence:
    entry = EntryFacts(("Rescaling",), ("rescaling",), made, (0.0,), (255.0,), known)
    return dataclasses.replace(given(column(mean=(500.0,)), layers=layers), entries=(entry,))


@pytest.mark.parametrize(
    ("evidence", "raw"),
    [
        (given(column(mean=(500.0,)), layers=RESCALED), False),  # what it makes of it was not looked at
        (entered(column()), False),
        (entered(column(mean=(500.0,))), True),
        (entered(column(std=(0.001,))), True),
        (entered(column(std=(0.001,)), NORMED), True),  # beside the 1e-3 that a normalisation adds it is nothing
        (entered(column(std=(0.0105,)), NORMED), False),
        (entered(column(std=(0.0095,)), NORMED), True),
        (entered(column(mean=(500.0,)), NORMED), False),
        (
            entered(column(), DENSE, known=False),
            True,
        ),  # of the user's own code nobody knows what it makes: the input counts
    ],
)
def test_behind_what_the_model_rescales_itself_its_output_counts(evidence: Evidence, raw: bool) -> None:
    assert scales.raw_inputs(evidence) == (raw,)


@pytest.mark.parametrize(("spread", "expected"), [(1.0, False), (2e-2, False), (1e-6, True)])
def test_a_normalisation_does_not_help_what_is_smaller_than_its_own_epsilon(spread: float, expected: bool) -> None:
    behind = (LayerFacts("norm", "BatchNormalization"), *DENSE)
    facts = column(std=(spread,), iqr=(spread,), low=(-spread,), high=(spread,))
    assert scales.raw_inputs(given(facts, layers=behind)) == (expected,)
