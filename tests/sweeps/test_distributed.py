"""keras-tuner's own distributed mode on loopback: a chief that keeps the oracle, and two workers."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm

HERE = Path(__file__).resolve().parent
SEARCH = f"""
import os, sys
sys.path.insert(0, {str(HERE)!r})
import keras, keras_tuner
import autostable
from conftest import build, demand

keras.utils.set_random_seed(0)
x, y = demand()
tuner = keras_tuner.RandomSearch(
    autostable.StableHyperModel(build), objective="val_loss", max_trials=6, seed=0,
    directory=sys.argv[1], project_name="demand",
)
tuner.search(x[:200], y[:200], validation_data=(x[200:], y[200:]), epochs=4, verbose=0)
if os.environ["KERASTUNER_TUNER_ID"] == "chief":
    tuner.results_summary()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_one_chief_and_two_workers(tmp_path):
    script = tmp_path / "search.py"
    script.write_text(SEARCH)
    port = str(free_port())
    common = {**os.environ, "KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": port,
              "TF_CPP_MIN_LOG_LEVEL": "3", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}  # fmt: skip
    processes = [
        subprocess.Popen(
            [sys.executable if name == "chief" else warm.python(), str(script), str(tmp_path)],
            env={**common, "KERASTUNER_TUNER_ID": name},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for name in ("chief", "worker0", "worker1")
    ]  # fmt: skip
    try:
        for process in processes[1:]:
            output, _ = process.communicate(timeout=150)
            assert process.returncode == 0, output[-3000:]
        summary, _ = processes[0].communicate(timeout=60)
    finally:
        for process in processes:
            process.kill()
    trials = [json.loads(path.read_text()) for path in (tmp_path / "demand").glob("trial_*/trial.json")]
    records = [json.loads(path.read_text()) for path in (tmp_path / "demand").glob("trial_*/autostable.json")]
    assert [trial["status"] for trial in trials] == ["COMPLETED"] * 6
    assert all(math.isfinite(trial["score"]) for trial in trials)
    assert {record["verdict"] for record in records} == {"repaired"}
    assert len(records) == 4
    assert summary.count("autostable repaired this trial with") == 4, summary[-3000:]
    assert sum("autostable repaired" in (trial["message"] or "") for trial in trials) == 4
