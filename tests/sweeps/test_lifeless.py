from __future__ import annotations

import json

import numpy as np
import pytest

from autostable.sweeps import lifeless, project

from .test_project import trial


@pytest.mark.parametrize(
    ("outputs", "dead"),
    [(np.full((20, 1), 0.4), True), (np.tile([0.1, 0.9], (20, 1)), True), ([np.zeros((9, 1)), np.ones((9, 2))], True),
     (np.linspace(0, 1, 20)[:, None], False), ([np.zeros((9, 1)), np.arange(9.0)[:, None]], False),
     (np.full((3, 1), 0.4), False), (np.full((20, 1), np.nan), False), (0.4 + 1e-3 * np.eye(20), False)],
)  # fmt: skip
def test_constant(outputs, dead):
    assert bool(lifeless.constant(outputs)) is dead


def test_the_inputs_that_search_was_given():
    x, v = np.zeros((400, 2)), np.ones((300, 2))
    assert lifeless.inputs_of((x,), {"validation_data": (v, v[:, 0])}).sum() == 2 * lifeless.ROWS
    assert lifeless.inputs_of((x,), {}).shape == (lifeless.ROWS, 2)
    assert lifeless.inputs_of((), {"x": {"a": x}})["a"].shape == (lifeless.ROWS, 2)
    assert lifeless.inputs_of((), {}) is None


def classifier(folder, key, accuracy, loss):
    state = trial(folder, key, score=accuracy, loss=loss)
    state["metrics"]["metrics"]["accuracy"] = {"direction": "max", "observations": [{"value": [accuracy], "step": 0}]}
    (folder / f"trial_{key}" / "trial.json").write_text(json.dumps(state))


def test_a_classifier_at_chance_among_others_that_have_learnt(tmp_path):
    classifier(tmp_path, "0", 0.91, 0.3)
    classifier(tmp_path, "1", 0.508, 0.6936)
    classifier(tmp_path, "2", 0.6, 0.66)
    assert {item.key: item.reason for item in project.read(tmp_path).bad} == {
        "1": "scored as a constant guess would be"
    }


def test_where_none_has_learnt_none_is_blamed(tmp_path):
    classifier(tmp_path, "0", 0.51, 0.6925)
    classifier(tmp_path, "1", 0.508, 0.6936)
    assert not project.read(tmp_path).bad
