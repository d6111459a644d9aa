"""Plain models on unseen rows, calibrated measures, and how far a network reaches."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autostable.judgement import reference as references
from autostable.judgement.calibrated import Calibrated, calibrated, isotonic
from autostable.judgement.certainty import p_above_zero, p_of, standard_error
from autostable.judgement.figures import Figures, auc, figures
from autostable.judgement.kinds import Array, Kind, scores_of
from autostable.judgement.output import Seen, acquitting
from autostable.judgement.plain_models import blocks, prepared, ridge, trees
from autostable.judgement.reference import Model, Reference, reach, reference, statement
from autostable.judgement.signal import of_perfect_predictions
from autostable.judgement.statements import Answer

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def drawn_anew() -> None:
    """The same numbers in whatever order the tests are run."""
    globals()["rng"] = np.random.default_rng(1)


x = rng.normal(size=(400, 5))
number = (x @ [1.0, -1, 0.5, 0, 0] + 0.5 * rng.normal(size=400))[:, None]
label = (x[:, :1] + 0.5 * rng.normal(size=(400, 1)) > 0).astype(float)


@pytest.mark.parametrize(
    ("t", "freedom", "p"),
    [(0.0, 5, 0.5), (5.893, 5, 0.001), (3.090, 10000, 0.001), (-5.893, 5, 0.999), (3.313, 39, 0.001), (3.365, 5, 0.01)],
)  # fmt: skip
def test_p_of_t(t: float, freedom: int, p: float) -> None:
    assert p_of(t, freedom) == pytest.approx(p, rel=0.08)


def test_p_of_what_is_no_number() -> None:
    assert p_of(math.nan, 5) == 1.0 and p_of(1.0, 0) == 1.0 and p_of(math.inf, 5) == 0.0 and p_of(-math.inf, 5) == 1.0


def test_rows_of_one_patient_count_once() -> None:
    groups = np.random.default_rng(3).normal(0.3, 1, 40)
    values = np.repeat(groups, 25)
    assert standard_error(values) == pytest.approx(groups.std(ddof=1) / math.sqrt(40))
    assert p_above_zero(values) > 1e-3 > p_above_zero(np.random.default_rng(3).permutation(values))
    assert p_above_zero(np.ones(10)) == 0.0 and p_above_zero(-np.ones(10)) == 1.0 and p_above_zero(np.ones(0)) == 1.0


def test_isotonic() -> None:
    at = np.array([-1.0, 1, 2, 2.5, 3, 4, 9])
    fitted = isotonic(np.array([1.0, 2, 3, 4, 4]), np.array([1.0, 3, 2, 5, 7]), at)
    assert fitted == pytest.approx([1, 1, 2.5, 2.5, 2.5, 6, 6])


def test_isotonic_is_that_of_scikit_learn() -> None:
    from sklearn.isotonic import IsotonicRegression

    a = np.round(rng.normal(size=300), 1)
    b = a + rng.normal(size=300)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(a, b).predict(a)
    assert isotonic(a, b, a) == pytest.approx(theirs)


def test_a_single_left_out_row_is_what_a_refit_gives() -> None:
    held = ridge(Kind.NUMBER, x[:30], number[:30])
    z = prepared(x[:30], 512)
    errors = {}
    for penalty in np.geomspace(1e-1, 1e5, 7):
        rows = []
        for k in range(30):
            rest = np.arange(30) != k
            design = np.column_stack([np.ones(29), z[rest]])
            at = np.linalg.solve(
                design.T @ design + penalty * np.diag([0, 1, 1, 1, 1, 1]), design.T @ number[:30][rest]
            )
            rows.append(np.r_[1, z[k]] @ at)
        errors[penalty] = float(np.mean((np.array(rows) - number[:30]) ** 2)), np.array(rows)
    assert held.singly == pytest.approx(min(errors.values(), key=lambda pair: pair[0])[1], abs=1e-3)


def test_a_left_out_block_is_what_a_refit_gives() -> None:
    held = ridge(Kind.NUMBER, x[:100], number[:100])
    z, rows = prepared(x[:100], 512), blocks(Kind.NUMBER, number[:100])[1]
    assert rows.tolist() == list(range(20, 40))
    rest = np.setdiff1d(np.arange(100), rows)
    design = np.column_stack([np.ones(80), z[rest]])
    fits = [
        np.column_stack([np.ones(20), z[rows]])
        @ np.linalg.solve(design.T @ design + penalty * np.diag([0, 1, 1, 1, 1, 1]), design.T @ number[rest])
        for penalty in np.geomspace(1e-1, 1e5, 7)
    ]
    assert min(np.abs(fit - held.in_blocks[rows]).max() for fit in fits) < 1e-3


def test_blocks_are_within_a_class() -> None:
    sorted_labels = np.repeat([0.0, 1.0], 10)[:, None]
    assert blocks(Kind.CLASS, sorted_labels)[0].tolist() == [0, 1, 10, 11]


def test_inputs_are_prepared() -> None:
    raw = np.column_stack([rng.normal(size=50) * 1e200, np.full(50, 7.0), np.full(50, math.nan), rng.normal(size=50)])
    raw[3, 3], raw[4, 3] = math.nan, math.inf
    z = prepared(raw, 512)
    assert (
        z.shape == (50, 2)
        and z.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
        and z.std(axis=0) == pytest.approx([1, 1])
    )
    assert z[3, 1] == z[4, 1] == pytest.approx(0, abs=1e-9)
    wide = rng.normal(size=(20, 600))
    assert prepared(wide, 512).shape == (20, 512) and (prepared(wide, 512) == prepared(wide, 512)).all()
    assert prepared(np.ones((20, 3)), 512).shape == (20, 0)


@pytest.mark.parametrize("model", list(Model))
@pytest.mark.parametrize(("kind", "y"), [(Kind.NUMBER, number), (Kind.CLASS, label)])
def test_constant_inputs_tell_nothing(model: Model, kind: Kind, y: Array) -> None:
    found = reference(kind, np.ones((400, 2)), y, model)
    assert found is not None and not found.sure and references.finds(found).no


@pytest.mark.parametrize("model", [Model.RIDGE, Model.TREES])
@pytest.mark.parametrize(("kind", "y", "least"), [(Kind.NUMBER, number, 0.7), (Kind.CLASS, label, 0.35)])
def test_a_plain_model_finds_what_is_there(model: Model, kind: Kind, y: Array, least: float) -> None:
    found = reference(kind, x, y, model)
    assert found is not None and found.sure and found.skill > (least if model is Model.RIDGE else 0.7 * least)
    assert references.finds(found).yes and found.predictions.shape == (400, 2 if kind is Kind.CLASS else 1)
    nothing = reference(kind, x[::-1], y, model)
    assert nothing is not None and not nothing.sure and nothing.skill < 0.05


def test_trees_see_what_ridge_does_not() -> None:
    y = (np.abs(x[:, :1]) > 0.7).astype(float)
    found = [reference(Kind.CLASS, x, y, model) for model in (Model.RIDGE, Model.TREES)]
    assert [one is not None and one.sure for one in found] == [False, True]
    assert references.best(found) is found[1] and references.best([None, None]) is None
    assert references.finds(None).unknown


def test_no_reference_of_few_rows_or_one_class() -> None:
    assert reference(Kind.NUMBER, x[:5], number[:5]) is None
    assert reference(Kind.CLASS, x, np.ones((400, 1))) is None
    assert calibrated(Kind.NUMBER, number, np.full((400, 1), math.nan)) is None


def test_no_more_rows_than_allowed_in_their_order() -> None:
    rows = references.first_rows(np.arange(9000.0))
    assert len(rows) == 2000 and (np.diff(rows) > 0).all() and rows[-1] == 8999


@pytest.mark.parametrize(
    "changed",
    [lambda p: p, lambda p: 3e4 + 2e3 * p, np.exp, lambda p: p - 1.64, lambda p: 1e-3 * p],
    ids=["as it is", "scaled in the loss", "log link", "a quantile", "tiny"],
)  # fmt: skip
def test_what_is_monotone_does_not_matter(changed: object) -> None:
    p = x @ [[1.0], [-1], [0.5], [0], [0]]
    plain, other = calibrated(Kind.NUMBER, number, p), calibrated(Kind.NUMBER, number, changed(p))  # type: ignore[operator]
    assert plain is not None and other is not None and plain.skill > 0.85
    assert other.skill == pytest.approx(plain.skill, abs=1e-3)
    assert np.corrcoef(other.predictions[:, 0], number[:, 0])[0, 1] > 0.9


def test_a_map_that_falls_is_not_monotone() -> None:
    found = calibrated(Kind.NUMBER, number, -number)
    assert found is not None and found.skill < 0.01


def test_weights_and_temperature_of_classes_do_not_matter() -> None:
    logit = 4 * x[:, :1]
    shares = 1 / (1 + np.exp(-logit))
    weighted = 1 / (1 + np.exp(-(logit + 4)))
    found = [calibrated(Kind.CLASS, label, scores_of(Kind.CLASS, p)) for p in (logit, shares, weighted, 0.1 * logit)]
    skills = [one.skill for one in found if one is not None]
    assert len(skills) == 4 and min(skills) > 0.4 and max(skills) - min(skills) < 0.01


def test_each_class_needs_an_output() -> None:
    three = np.arange(30.0)[:, None] % 3
    scores = np.eye(3)[three[:, 0].astype(int)]
    good = calibrated(Kind.CLASS, three, scores)
    assert good is not None and good.skill > 0.9
    assert calibrated(Kind.CLASS, three, scores[:, :2]) is None


def test_noise_has_no_skill() -> None:
    found = calibrated(Kind.NUMBER, number, rng.normal(size=(400, 1)))
    assert found is not None and -0.1 < found.skill < 0.02 and found.p > 0.01
    assert found.error == pytest.approx(standard_error(found.constants - found.losses) / found.constants.mean())


def test_plain_figures() -> None:
    assert figures(Kind.NUMBER, number, number) == Figures(r2=1.0)
    assert figures(Kind.CLASS, label, scores_of(Kind.CLASS, 0.2 + 0.6 * label)) == Figures(accuracy=1.0, auc=1.0)
    assert figures(Kind.CLASS, label, np.zeros((400, 3))).auc is None
    assert auc(np.array([True, False, True]), np.array([1.0, 1.0, 2.0])) == 0.75
    assert auc(np.array([True]), np.array([1.0])) is None


def network(skill: float, noise: float = 0.1, rows: int = 400) -> Calibrated:
    """One whose rows each lose 1 - skill of what a constant loses, more or less."""
    losses = 1 - skill + noise * np.random.default_rng(1).normal(size=rows)
    return Calibrated(Kind.NUMBER, skill, 0.01, np.zeros((rows, 1)), losses, np.ones(rows))


def plain(skill: float, sure: bool = True) -> Reference:
    one = network(skill)
    return Reference(Kind.NUMBER, Model.RIDGE, skill, 0.01, np.zeros((400, 1)), sure, one)


@pytest.mark.parametrize(
    ("skill", "found", "own", "answer", "figure"),
    [
        (0.7, plain(0.8), None, Answer.YES, 0.875),
        (0.2, plain(0.8), None, Answer.NO, 0.25),
        (0.2, plain(0.8), (1.0, 1.1), Answer.YES, 0.25),  # a quantile
        (0.2, plain(0.8), (1.2, 1.1), Answer.NO, 0.25),
        (0.2, plain(0.8, sure=False), None, Answer.UNKNOWN, None),
        (0.2, plain(-0.8), None, Answer.UNKNOWN, None),
        (0.2, None, None, Answer.UNKNOWN, None),
        (-0.2, plain(0.8), None, Answer.NO, -0.25),
    ],
)
def test_reach(skill: float, found: Reference | None, own: object, answer: Answer, figure: float | None) -> None:
    said = statement(network(skill), found, own=own)  # type: ignore[arg-type]
    assert said.answer is answer and said.figure == (None if figure is None else pytest.approx(figure))
    assert reach(skill, found) == said.figure


def test_what_is_not_sure_does_not_count() -> None:
    assert statement(network(0.47, noise=3.0), plain(0.8)).yes
    assert statement(None, plain(0.8)).unknown


def test_trees_take_no_more_columns_than_allowed() -> None:
    held = trees(Kind.NUMBER, rng.normal(size=(60, 200)), rng.normal(size=(60, 2)))
    assert held.singly.shape == held.in_blocks.shape == (60, 2) and np.isfinite(held.singly).all()


def test_trees_see_past_a_sentinel() -> None:
    x = np.random.default_rng(0).normal(size=(1500, 3))
    y = x[:, :1] ** 2
    x[::60, 0] = 99999.0
    found = reference(Kind.NUMBER, x, y, Model.TREES)
    assert found is not None and found.skill > 0.6


@pytest.mark.parametrize(("loss", "acquits"), [(0.89, True), (0.91, False)])
def test_who_is_hardly_better_than_a_constant_is_not_acquitted(loss: float, acquits: bool) -> None:
    """A loss that compares every row with every other is about the same for network, plain model and constant."""
    told = of_perfect_predictions(np.arange(20.0))
    seen = Seen(20, loss, told, constant=1.0, own=(loss, 0.95))
    assert (acquitting(seen) is not None) is acquits


@pytest.mark.parametrize("model", [Model.RIDGE, Model.TREES])
@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.CLASS])
@pytest.mark.parametrize("rows", range(2, 10))
def test_of_fewer_rows_than_can_be_measured_there_is_no_reference(rows: int, kind: Kind, model: Model) -> None:
    """Nor is there an error: it would take all that can be told of these rows with it, a constant's loss as well."""
    y = np.arange(rows, dtype=np.float64)[:, None] % (2 if kind is Kind.CLASS else rows)
    found = reference(kind, np.random.default_rng(0).normal(size=(rows, 2)), y, model)
    assert (found is None) == (rows < 8)
