"""keras-tuner's oracles over the strengths of a plan. Imported late: keras-tuner brings TensorFlow with it.

What they are told, and what they would get wrong by themselves (keras-tuner 1.4):

- Three failures in a row end a search; here a failure is an answer like any other.
- `GridSearchOracle` does not save its queue and cannot be reloaded; the grid here asks only what was tried.
- The Bayesian oracle proposes the same point again, the random one gives up after 20 collisions; here a point that was
  tried is replaced by the nearest to the found plan that was not.
- A trial that ends is saved while it still counts as running, and would be run again; here it is saved once more.
- A seed of 0 is taken for none.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner

from autostable.execution.space import Space

OBJECTIVE = "relative_loss"
_CLIENT = "autostable"
_DISTRIBUTED = "KERASTUNER_"


class _Untried:
    """Makes an oracle begin at the found plan and never propose a point twice."""

    space: Space
    trials: dict[str, Any]

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """See `keras_tuner.Oracle.populate_space`."""
        tried = [trial.hyperparameters.values for trial in self.trials.values()]
        values = self.proposed(trial_id) if tried else None
        if values is None or values in tried:
            values = next((point for point in self.space.points() if point not in tried), None)
        return {"status": "STOPPED" if values is None else "RUNNING", "values": values}

    def proposed(self, trial_id: str) -> dict[str, int] | None:
        """What the oracle itself would try next."""
        values: dict[str, int] | None = super().populate_space(trial_id)["values"]  # type: ignore[misc]
        return values


class _Grid(_Untried, keras_tuner.Oracle):
    """Every point, the nearest to the found plan first."""

    def proposed(self, trial_id: str) -> None:
        return None


class _Bayesian(_Untried, keras_tuner.oracles.BayesianOptimizationOracle):
    """By a Gaussian process over the points that held."""


class _Random(_Untried, keras_tuner.oracles.RandomSearchOracle):
    """At random: where SciPy is not there."""


def kind_for(space: Space, runs: int) -> str:
    """Which oracle suits: all points where so many runs reach for them, else the best guesses."""
    if space.size - 1 <= runs:
        return "grid"
    known = all(importlib.util.find_spec(name) is not None for name in ("scipy", "sklearn"))
    return "bayesian" if known else "random"


def opened(space: Space, runs: int, seed: int, folder: Path) -> Any:
    """An oracle with its project in `folder`: reloaded where it is there, begun anew where it is not, or damaged."""
    kind = kind_for(space, runs)
    with _alone():
        try:
            tuner = BaseTuner(_made(kind, space, runs, seed), directory=str(folder), project_name=kind)
        except Exception:  # half a file, or another version's: keras-tuner raises whatever it comes upon
            tuner = BaseTuner(_made(kind, space, runs, seed), directory=str(folder), project_name=kind, overwrite=True)
        tuner.oracle.verbose = 0
        tuner.save()  # without its file a search that is cut short in the first trial would not be reloaded
    return tuner.oracle


def _made(kind: str, space: Space, runs: int, seed: int) -> Any:
    parameters = keras_tuner.HyperParameters()
    for dial in space.dials:
        parameters.Choice(dial.name, list(range(len(dial.strengths))), default=dial.found)
    options: dict[str, Any] = {
        "objective": keras_tuner.Objective(OBJECTIVE, "min"),
        "max_trials": None,  # our own runs are counted, not what is answered from memory
        "hyperparameters": parameters,
        "allow_new_entries": False,
        "tune_new_entries": False,
        "seed": seed + 1,
        "max_consecutive_failed_trials": sys.maxsize,
    }
    if kind == "bayesian":
        options["num_initial_points"] = max(3, runs // 3)
    oracle = {"grid": _Grid, "bayesian": _Bayesian, "random": _Random}[kind](**options)
    oracle.space = space
    return oracle


def asked(oracle: Any) -> Any:
    """The next trial of an oracle; None where there is no point left."""
    with _in_silence():
        trial = oracle.create_trial(_CLIENT)
    return None if trial.status == "STOPPED" else trial


def answer(oracle: Any, trial: Any, score: float | None, why: str) -> None:
    """Tell an oracle how a trial went; None where the plan did not hold."""
    with _in_silence():
        if score is None:
            trial.status, trial.message = "FAILED", why
        else:
            oracle.update_trial(trial.trial_id, {OBJECTIVE: score})
            trial.status = "COMPLETED"
        oracle.end_trial(trial)
        oracle.save()


@contextlib.contextmanager
def _in_silence() -> Iterator[None]:
    """Without the libraries' own words: that a process fits poorly, that a method is deprecated."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """No part in a distributed search that the user's script may belong to."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_DISTRIBUTED)}
    try:
        with _in_silence():
            yield
    finally:
        os.environ.update(kept)
