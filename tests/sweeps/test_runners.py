"""What may train a configuration, and how what it returned is taken."""

from __future__ import annotations

import types

import pytest

from autostable.sweeps.runners import arranged, metrics_of, misfit, with_objective


def named(rate, units=8):
    return rate, units


def whole(config):
    return config


@pytest.mark.parametrize(
    ("function", "config", "expected"),
    [(named, {"rate": 1}, (1, 8)), (whole, {"rate": 1}, {"rate": 1}), (lambda **all_: all_, {"what": 1}, {"what": 1}),
     (lambda rate: rate, {"rate": 1}, 1)],
)  # fmt: skip
def test_called_by_names_or_with_the_whole_row(function, config, expected):
    assert arranged(function, config)() == expected


@pytest.mark.parametrize(
    ("function", "words"),
    [(named, "named(rate, units=8) cannot be called with units: missing a required argument: 'rate'"),
     (test_called_by_names_or_with_the_whole_row, "cannot be called with units: missing a required argument: 'function'"),
     (lambda: 1, "<lambda>() cannot be called with units: got an unexpected keyword argument 'units'"),
     (3, "3 cannot be called")],
)  # fmt: skip
def test_what_does_not_fit_a_row_is_told(function, words):
    assert words in arranged(function, {"units": 8})


def test_what_takes_no_single_argument_is_told():
    assert misfit(whole, "a trial", None) is None
    assert (
        misfit(lambda: 1, "a trial", None) == "<lambda>() cannot be called with a trial: too many positional arguments"
    )
    assert "missing a required argument: 'data'" in misfit(lambda hp, data: 1, "a trial", None)


OBJECTIVE = types.SimpleNamespace(name="val_loss", has_value=lambda logs: "val_loss" in logs)


@pytest.mark.parametrize("results", [1.0, {"val_loss": 1.0}, types.SimpleNamespace(history={"val_loss": [1.0]}), None])
def test_results_with_the_objective_pass(results):
    assert with_objective(results, OBJECTIVE) is results


@pytest.mark.parametrize(
    "results", [{"loss": 1.0, "acc": 0.5}, [types.SimpleNamespace(history={"loss": [1.0], "acc": [0.5]})]]
)
def test_results_without_the_objective_are_told_by_their_names(results):
    with pytest.raises(
        ValueError, match=r"^the training returned loss, acc, but not val_loss, which is the project's objective$"
    ):
        with_objective(results, OBJECTIVE)


def test_a_result_that_is_none_is_told():
    with pytest.raises(TypeError, match="returned Sequential; wanted a History, a dict of metrics or a number"):
        metrics_of(type("Sequential", (), {})())
