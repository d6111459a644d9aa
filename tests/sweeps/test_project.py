"""Looking through a keras-tuner project, and swapping repaired trials in; no TensorFlow needed."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from autostable.errors import UsageError
from autostable.sweeps import project
from autostable.sweeps.items import REPAIRED, Outcome


def trial(folder, key, *, status="COMPLETED", score=0.5, loss=1.0, weights=None):
    place = folder / f"trial_{key}"
    place.mkdir(parents=True)
    state = {
        "trial_id": key, "hyperparameters": {"space": [], "values": {"rate": 0.1, "tuner/epochs": 3}}, "score": score,
        "metrics": {"metrics": {"loss": {"direction": "min", "observations": [{"value": [loss], "step": 0}]}}},
        "best_step": 0, "status": status, "message": None,
    }  # fmt: skip
    (place / "trial.json").write_text(json.dumps(state))
    if weights is not None:
        with h5py.File(place / "checkpoint.weights.h5", "w") as file:
            file["layers/dense/vars/0"] = np.array(weights, "float32")
    return state


@pytest.fixture
def demo(tmp_path):
    folder = tmp_path / "demo"
    trial(folder, "0", score=0.5, weights=[1.0])
    trial(folder, "1", status="FAILED", score=None)
    trial(folder, "2", status="RUNNING", score=None)
    trial(folder, "3", score=float("inf"))
    trial(folder, "4", score=0.1, loss=float("nan"))
    trial(folder, "5", score=0.1)
    trial(folder, "6", score=0.7, weights=[1.0, float("nan")])
    (folder / "oracle.json").write_text(json.dumps(
        {"ongoing_trials": {"tuner0": "2"}, "end_order": ["0", "1"], "retry_queue": ["2"], "run_times": {}}
    ))  # fmt: skip
    return folder


def test_what_is_bad(demo):
    found = project.read(demo)
    assert {item.key: item.reason for item in found.bad} == {
        "1": "failed",
        "2": "left behind while it ran",
        "3": "scored inf",
        "4": "its loss is not finite",
        "5": "scored at 0.1 as if it had died",
        "6": "its weights are not finite",
    }
    assert found.sound == (({"rate": 0.1}, 0.5),)


def test_swapped_in_and_kept(demo, tmp_path):
    folder = tmp_path / "demo.autostable"
    place = folder / "trials" / "trial_2"
    place.mkdir(parents=True)
    (place / "autostable.json").write_text('{"verdict": "repaired"}')
    (place / "checkpoint.weights.h5").write_bytes(b"new")
    (folder / "trials" / "trial_6").mkdir()  # trained by a function, which leaves no weights
    six = {**json.loads((demo / "trial_6" / "trial.json").read_text()), "score": 0.2}
    state = {**json.loads((demo / "trial_2" / "trial.json").read_text()), "status": "COMPLETED", "score": 0.3}
    before = {path.relative_to(demo): path.read_bytes() for path in demo.rglob("*") if path.is_file()}
    backup = project.swap_in(demo, folder, [
        Outcome(key, {}, REPAIRED, state={"trial": trial}) for key, trial in (("2", state), ("6", six))
    ])  # fmt: skip
    assert {path.relative_to(backup): path.read_bytes() for path in backup.rglob("*") if path.is_file()} == before
    assert json.loads((demo / "trial_2" / "trial.json").read_text())["score"] == 0.3
    assert (demo / "trial_2" / "checkpoint.weights.h5").read_bytes() == b"new"
    assert not (demo / "trial_6" / "checkpoint.weights.h5").exists(), "weights of the training that failed"
    oracle = json.loads((demo / "oracle.json").read_text())
    assert (oracle["ongoing_trials"], oracle["retry_queue"], oracle["end_order"]) == ({}, [], ["0", "1", "2", "6"])
    assert project.read(demo).repaired == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "it is empty"), ('{"trial_id": "1", "hyperpar', "JSONDecodeError: Unterminated string"), ("[]", "TypeError"),
     ('{"trial_id": "1"}', "KeyError: 'hyperparameters'")],
)  # fmt: skip
def test_a_damaged_trial_is_lost_and_the_others_are_not(demo, tmp_path, text, why):
    (demo / "trial_1" / "trial.json").write_text(text)
    (demo / "oracle.json").write_text(json.dumps(
        {"ongoing_trials": {"tuner0": "1"}, "end_order": ["0"], "retry_queue": ["1"], "run_times": {}}
    ))  # fmt: skip
    found = project.read(demo)
    assert [item.key for item in found.bad] == ["2", "3", "4", "5", "6"]
    assert list(found.lost) == ["1"]
    assert found.lost["1"].startswith(f"lost: trial_1/trial.json cannot be read ({why}")
    assert found.lost["1"].endswith("put a copy of it there, or go on without it")
    backup = project.swap_in(demo, tmp_path / "demo.autostable", [])
    assert (backup / "trial_1" / "trial.json").read_text() == text
    state = json.loads((demo / "trial_1" / "trial.json").read_text())
    assert (state["trial_id"], state["status"], state["score"]) == ("1", "FAILED", None)
    oracle = json.loads((demo / "oracle.json").read_text())
    assert (oracle["ongoing_trials"], oracle["retry_queue"], oracle["end_order"]) == ({}, [], ["0", "1"])
    again = project.read(demo)
    assert [item.key for item in again.bad] == ["2", "3", "4", "5", "6"]
    assert again.lost["1"].startswith("lost: trial_1/trial.json could not be read")
    assert not any(map(project.is_unreadable, project.states(demo).values()))


@pytest.mark.parametrize(
    ("text", "why"), [("", "it is empty"), ('{"ongoing_tr', "JSONDecodeError"), ("{}", "KeyError: 'ongoing_trials'")]
)
def test_a_damaged_oracle_is_told(demo, text, why):
    (demo / "oracle.json").write_text(text)
    words = rf"oracle.json is damaged \({why}.*\); keras-tuner loads no project without it: put a copy of it there$"
    with pytest.raises(UsageError, match=words):
        project.read(demo)


def test_a_swap_cut_short_is_finished(demo, tmp_path):
    folder = tmp_path / "demo.autostable"
    folder.mkdir()
    demo.rename(folder / "project")
    project.finish_swap(demo, folder)
    assert project.is_project(demo)


def test_an_empty_project(tmp_path):
    with pytest.raises(UsageError, match="holds no trials"):
        project.read(tmp_path)
