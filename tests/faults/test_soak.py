"""Two hundred fits and twenty thousand steps in one program: nothing grows that would not grow without us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.execution.conftest import environment

pytestmark = [pytest.mark.slow, pytest.mark.whole]
FITS, NEW, EARLY = 200, 4, 40  # fits, every so many a new model, fits after which it is measured first
ROOM = (
    24 << 20
)  # bytes that the watched program may grow by more: what is kept of each training, and the noise of pages
SCRIPT = f"""
    import gc, json, os, sys
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    x = np.random.default_rng(3).normal(size=(400, 4)).astype("float32")
    y = (x @ np.ones((4, 1)) + 0.1).astype("float32")

    def measured():
        gc.collect()
        pages = int(open("/proc/self/statm").read().split()[1])
        children = open(f"/proc/self/task/{{os.getpid()}}/children").read().split()
        return {{"bytes": pages * os.sysconf("SC_PAGE_SIZE"), "files": len(os.listdir("/proc/self/fd")),
                 "threads": len(os.listdir("/proc/self/task")), "processes": len(children)}}

    found = []
    for number in range({FITS}):
        if number % {NEW} == 0:
            keras.backend.clear_session()
            model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
            model.compile("adam", "mse")
        model.fit(x, y, epochs=8, batch_size=32, verbose=0, shuffle=False)  # 104 steps
        if number + 1 in ({EARLY}, {FITS}):
            found.append(measured())
    print(json.dumps(found))
"""


def grown(folder: Path, *command: str) -> dict[str, int]:
    """By how much a run of the program grows between the first fits and the last."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment(), capture_output=True, text=True, timeout=3600
    )
    assert done.returncode == 0, done.stderr
    early, late = json.loads(done.stdout.splitlines()[-1])
    return {name: late[name] - early[name] for name in early}


def test_nothing_grows_that_would_not_grow_without_us(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    plain, watched = grown(tmp_path, "train.py"), grown(tmp_path, "-m", "autostable", "run", "train.py")
    print(f"plain {plain}, watched {watched}")
    assert watched["bytes"] <= plain["bytes"] + ROOM
    for name in ("files", "threads", "processes"):
        assert watched[name] <= max(0, plain[name]), name
    if before:
        assert set(os.listdir("/dev/shm")) <= before
