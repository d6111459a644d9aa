"""However a script ends: what became of its trainings is told, and its exit status is its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Autostable = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[str, str], Path]

pytestmark = pytest.mark.slow

HEALTHY = """
    import os, shutil, signal, sys, tempfile
    {before}
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    x = np.random.default_rng(3).normal(size=(256, 4)).astype("float32")
    y = (x @ np.ones((4, 1)) + 0.1).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, epochs=6, batch_size=32, verbose=0)
    sys.stdout.flush()
    {after}
"""
FORK = "pid = os.fork(); sys.exit(0) if pid == 0 else os.waitpid(pid, 0); os.abort()"
GONE = "folder = tempfile.mkdtemp(); os.chdir(folder); shutil.rmtree(folder)"


def ran(
    warm_autostable: Autostable, write: Write, *, before: str = "pass", after: str = "pass"
) -> tuple[int, dict[str, Any]]:
    """Exit status and report of a program with a healthy training."""
    write("train.py", HEALTHY.format(before=before, after=after))
    done = warm_autostable("run", "train.py")
    found = re.search(r"^report +(.*report\.json)$", done.stderr, re.MULTILINE)
    assert found is not None, done.stderr
    (file,) = Path(write("here", "").parent).rglob("report.json")
    return done.returncode, json.loads(file.read_text(encoding="utf-8"))


def test_a_script_that_leaves_at_once_was_healthy(warm_autostable: Autostable, write: Write) -> None:
    status, report = ran(warm_autostable, write, after="os._exit(0)")
    assert (status, report["verdict"], report["cost"]["steps_total"]) == (0, "healthy", 48)
    assert "left at once with status 0" in report["notes"][-1] or "left at once" in " ".join(report["notes"])


def test_a_fork_that_exits_says_nothing_of_its_parent(warm_autostable: Autostable, write: Write) -> None:
    status, report = ran(warm_autostable, write, after=FORK)
    assert (status, report["verdict"], report["target"]["exit_status"]) == (3, "failed", 134)
    assert report["attempts"][0]["outcome"] == "stable", "what was known before is kept"


def test_a_script_whose_working_folder_is_gone_trains_as_it_would(warm_autostable: Autostable, write: Write) -> None:
    status, report = ran(warm_autostable, write, before=GONE)
    assert (status, report["verdict"]) == (0, "healthy")


def test_an_argument_need_not_be_text(warm_autostable: Autostable, write: Write) -> None:
    write("train.py", HEALTHY.format(before="pass", after="print(ascii(sys.argv[1]))"))
    done = warm_autostable("run", "train.py", "\udcff")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == r"'\udcff'"
