"""A study that runs under watch: its repaired trials say what was done, and best_params does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autostable.execution import studies
from autostable.records import Remedy, Verdict
from autostable.story import Story
from tests.execution.test_edits import repaired as made

optuna = pytest.importorskip("optuna")
SLOWER = Remedy("lower-learning-rate", {"factor": 0.01})
AGAIN: list[int] = []  # holds something while a fit is run once more
EVIDENCE, MADE = made(0).evidence, 7.0


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Story]]:
    """The stories of the program so far; studies are watched as long as the test takes."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kind = optuna.study.Study
    for name in ("optimize", "ask", "tell", "best_params"):
        monkeypatch.setattr(kind, name, vars(kind)[name])
    monkeypatch.setattr(optuna.trial.Trial, "report", optuna.trial.Trial.report)
    stories: list[Story] = []
    studies.watch(optuna, lambda: stories, lambda: bool(AGAIN))
    yield stories
    AGAIN.clear()


def objective(stories: list[Story], *plans: tuple[Remedy, ...]) -> Any:
    """Each trial is a training that needed the next of these plans."""
    left = list(plans)

    def train(trial: Any) -> float:
        trial.suggest_float("lr", MADE, MADE)
        trial.suggest_int("units", 4, 4)
        plan = left.pop(0)
        stories.append(
            Story(len(stories), "fit", Verdict.REPAIRED if plan else Verdict.HEALTHY, plan=plan, evidence=EVIDENCE)
        )
        return float(len(left))

    return train


def test_a_trial_that_was_repaired_keeps_its_plan_and_what_was_in_force(told: list[Story]) -> None:
    study = optuna.create_study()
    study.optimize(objective(told, (), (SLOWER,)), n_trials=2)
    healthy, repaired = study.trials
    assert healthy.user_attrs == {}
    assert repaired.params == {"lr": MADE, "units": 4}
    assert repaired.user_attrs[studies.PLAN] == [{"name": "lower-learning-rate", "parameters": {"factor": 0.01}}]
    assert repaired.user_attrs[studies.EFFECTIVE] == {"lr": pytest.approx(0.01 * MADE), "units": 4}
    with pytest.warns(UserWarning, match=r"the best parameters \(trial 1\) need a plan.*lower-learning-rate.*lr="):
        assert study.best_params == {"lr": MADE, "units": 4}


def test_so_does_one_that_is_asked_for_and_told(told: list[Story]) -> None:
    study = optuna.create_study()
    for train in (objective(told, (SLOWER, Remedy("clip-gradients", {"global_clipnorm": 1.0}))), objective(told, ())):
        trial = study.ask()
        study.tell(trial, train(trial))
    repaired, healthy = study.trials
    assert repaired.user_attrs[studies.EFFECTIVE]["global_clipnorm"] == 1.0
    assert healthy.user_attrs == {}


def test_best_params_of_a_sound_trial_are_silent(told: list[Story], recwarn: pytest.WarningsRecorder) -> None:
    study = optuna.create_study()
    study.optimize(objective(told, (SLOWER,), ()), n_trials=2)
    assert study.best_params == {"lr": MADE, "units": 4}
    assert not [each for each in recwarn if "autostable" in str(each.message)]


@pytest.mark.parametrize("storage", [None, "sqlite"])
def test_intermediate_values_are_those_of_the_run_that_counts(
    told: list[Story], storage: str | None, tmp_path: Path
) -> None:
    def train(trial: Any) -> float:
        trial.report(float("nan"), 0)
        AGAIN.append(1)
        trial.report(0.5, 0)
        trial.report(0.4, 1)
        AGAIN.clear()
        trial.report(0.3, 1)  # reported twice by the program itself: Optuna keeps the first
        return 0.4

    study = optuna.create_study(storage=None if storage is None else f"sqlite:///{tmp_path}/x.db")
    study.optimize(train, n_trials=1)
    assert study.trials[0].intermediate_values == {0: 0.5, 1: 0.4}
