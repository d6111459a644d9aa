"""scikit-learn's searches under watch: candidates that were repaired are marked, and best_params_ is not taken for sound."""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autostable.execution import grids
from autostable.execution.studies import EFFECTIVE, PLAN
from autostable.records import Remedy, Verdict
from autostable.story import Story
from tests.execution.test_edits import repaired as made

selection = pytest.importorskip("sklearn.model_selection")
base = pytest.importorskip("sklearn.base")
SLOWER = Remedy("lower-learning-rate", {"factor": 0.01})
EVIDENCE, FAILS = made(0).evidence, 7.0
X = np.arange(12.0)[:, None]
STORIES: list[Story] = []


class Net(base.RegressorMixin, base.BaseEstimator):  # type: ignore[misc, name-defined]
    """Stands for a wrapper of a network whose training fails at one rate, and was repaired."""

    def __init__(self, rate: float = 0.1, worth: float = 0.0, raises: bool = False) -> None:
        self.rate, self.worth, self.raises = rate, worth, raises

    def fit(self, X: Any, y: Any) -> Net:
        if self.raises:
            raise ValueError("not this one")
        plan = (SLOWER,) if self.rate == FAILS else ()
        verdict = Verdict.REPAIRED if plan else Verdict.HEALTHY
        STORIES.append(Story(len(STORIES), "fit", verdict, plan=plan, evidence=EVIDENCE))
        self.fitted_ = True
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def score(self, X: Any, y: Any) -> float:
        return self.rate + self.worth


class Inherits(Net):
    """Has no fit of its own."""


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kind = selection.GridSearchCV.__mro__[1]
    monkeypatch.setattr(kind, "fit", kind.fit)
    grids.watch(selection, lambda: STORIES)
    STORIES.clear()
    yield
    assert vars(Net)["fit"].__qualname__ == "Net.fit" and "fit" not in vars(Inherits)


@pytest.mark.parametrize("kind", [Net, Inherits])
def test_candidates_that_were_repaired_are_marked_and_the_best_is_told(kind: type[Net]) -> None:
    search = selection.GridSearchCV(kind(), {"rate": [0.1, FAILS]}, cv=3)
    with pytest.warns(UserWarning, match=r"the best parameters need a plan.*It is lower-learning-rate, in force were"):
        search.fit(X, X[:, 0])
    assert search.best_params_ == {"rate": FAILS}
    sound, repaired = search.cv_results_[PLAN]
    assert sound is None and {step["name"] for step in repaired} == {"lower-learning-rate"}
    assert search.cv_results_[EFFECTIVE][1] == {"rate": pytest.approx(0.01 * FAILS)}


def test_so_is_one_of_a_pipeline_and_of_a_search_at_random() -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    made = pipeline.Pipeline([("net", Net())])
    search = selection.RandomizedSearchCV(made, {"net__rate": [FAILS]}, n_iter=1, cv=2, random_state=0)
    with pytest.warns(UserWarning, match="the best parameters need a plan"):
        search.fit(X, X[:, 0])
    assert search.cv_results_[EFFECTIVE][0] == {"net__rate": pytest.approx(0.01 * FAILS)}


def test_a_best_candidate_that_needed_none_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = selection.GridSearchCV(Net(), {"rate": [FAILS, 9.0]}, cv=2).fit(X, X[:, 0])
    assert search.best_params_ == {"rate": 9.0}
    assert [plan is not None for plan in search.cv_results_[PLAN]] == [True, False]


def test_a_search_without_repairs_has_the_results_that_it_has_without_us() -> None:
    search = selection.GridSearchCV(Net(), {"rate": [0.1, 0.2]}, cv=2).fit(X, X[:, 0])
    assert not {PLAN, EFFECTIVE} & set(search.cv_results_)


def test_candidates_that_raise_are_counted_too() -> None:
    search = selection.GridSearchCV(Net(), {"raises": [True, False], "rate": [FAILS]}, cv=2)
    with pytest.warns(Warning, match="2 fits failed|need a plan"):
        search.fit(X, X[:, 0])
    assert [plan is not None for plan in search.cv_results_[PLAN]] == [False, True]


def test_what_was_fitted_elsewhere_is_not_marked() -> None:
    told: list[Any] = []  # two candidates, and not one fit in this process
    search = types.SimpleNamespace(cv_results_={"params": [{"rate": FAILS}, {}]}, n_splits_=2, best_index_=0)
    grids._mark(search, told)
    assert set(search.cv_results_) == {"params"}
