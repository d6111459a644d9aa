"""What ridge and trees are given, and how they are fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autostable.judgement import plain_models
from autostable.judgement.kinds import Array, Kind
from autostable.judgement.plain_models import prepared, ridge, trees
from tests.judgement.borders import noise


def table(rows: int, columns: int) -> Array:
    return noise(rows * columns).reshape(rows, columns)


@pytest.mark.parametrize(("columns", "given"), [(511, 511), (512, 512), (513, 512), (700, 512)])
def test_columns_that_ridge_is_given(columns: int, given: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(plain_models, "_ridge", lambda kind, x, y: seen.append(x.shape[1]))
    ridge(Kind.NUMBER, table(9, columns), np.zeros((9, 1)))
    assert seen == [given]


@pytest.mark.parametrize(("columns", "given"), [(63, 63), (64, 64), (65, 64)])
def test_columns_that_trees_are_given(columns: int, given: int) -> None:
    forest: Any = None

    class Kept(Exception):
        pass

    def keep(kind: Kind, count: int, *, bootstrap: bool) -> Any:
        class Forest:
            def fit(self, z: Array, goal: Array) -> None:
                nonlocal forest
                forest = z.shape[1]
                raise Kept

        return Forest()

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Kept):
        patch.setattr(plain_models, "_forest", keep)
        trees(Kind.NUMBER, table(20, columns), np.zeros((20, 1)))
    assert forest == given


@pytest.mark.parametrize("loud", [0.02, 0.3, 2.0, 30.0])
def test_ridge_is_penalised_by_the_power_of_ten_that_tells_left_out_rows_best(loud: float) -> None:
    from sklearn.linear_model import Ridge

    x = table(30, 6)
    y = x[:, :1] + loud * noise(1000)[-30:, None]
    z = prepared(x, 6)

    def left_out(penalty: float) -> Array:
        kept = [np.arange(30) != row for row in range(30)]
        return np.array([Ridge(penalty).fit(z[rows], y[rows]).predict(z[~rows])[0] for rows in kept]).reshape(30, 1)

    best = min((left_out(10.0**power) for power in range(-1, 6)), key=lambda told: float(((y - told) ** 2).mean()))
    np.testing.assert_allclose(ridge(Kind.NUMBER, x, y).singly, best, atol=2e-2 * max(1.0, loud))


@pytest.mark.parametrize(("moves", "columns"), [(0.9e-9, 0), (1.1e-9, 1)])
def test_a_column_that_moves_by_less_than_a_billionth_says_nothing(moves: float, columns: int) -> None:
    x = 1.0 + moves * np.tile([-1.0, 1.0], 50)
    assert prepared(x[:, None], 9).shape == (100, columns)


def test_what_is_not_finite_becomes_the_mean_of_its_column() -> None:
    one, none = np.full(9, np.nan), np.full(9, np.inf)
    one[4] = 7.0
    with np.errstate(all="raise"):
        assert prepared(np.stack([one, none, np.arange(9.0)], axis=1), 9).shape == (9, 1)


def leaves(forest: Any, x: Array) -> set[int]:
    return {int(size) for tree in forest.apply(x).T for size in np.unique(tree, return_counts=True)[1]}


def test_no_leaf_holds_a_single_row() -> None:
    x, y = table(60, 5), noise(60)
    assert min(leaves(plain_models._forest(Kind.NUMBER, 9, bootstrap=False).fit(x, y), x)) == 2
    assert min(leaves(plain_models._forest(Kind.CLASS, 9, bootstrap=False).fit(x, y > 0), x)) == 2


def test_a_third_of_the_columns_is_tried_for_numbers_and_their_root_for_classes() -> None:
    x, y = table(60, 64), noise(60)
    tried = [
        plain_models._forest(Kind.NUMBER, 1, bootstrap=False).fit(x, y).estimators_[0].max_features_,
        plain_models._forest(Kind.CLASS, 1, bootstrap=False).fit(x, y > 0).estimators_[0].max_features_,
    ]
    assert tried == [21, 8]


def test_a_class_that_no_tree_votes_for_has_half_a_vote() -> None:
    """Of sixty trees for rows that are out of bag, of twenty for rows of a block."""
    labels = np.tile([0.0, 1.0, 2.0], 40)[:, None]
    held = trees(Kind.CLASS, labels, labels)
    assert [held.singly.min(), held.in_blocks.min()] == pytest.approx([np.log(0.5 / 60), np.log(0.5 / 20)])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("columns", [1, 2])
def test_each_column_of_targets_is_told(columns: int) -> None:
    x = table(60, 3)
    held = trees(Kind.NUMBER, x, x[:, :columns])
    assert held.singly.shape == held.in_blocks.shape == (60, columns)
    assert ((held.singly - x[:, :columns]) ** 2).mean(axis=0).max() < 0.3
