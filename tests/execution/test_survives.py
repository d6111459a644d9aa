"""However a script ends: what became of its trainings is told, and its exit status is its own."""

from __future__ import annotations

import json
import linecache
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autostable.execution import child, waiting
from autostable.execution.job import Job
from autostable.execution.waiting import Patience
from autostable.orders import Orders
from tests.faults.harness import ended

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
    found = re.search(r"^page +(.*report)\.html$", done.stderr, re.MULTILINE)
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


def test_a_script_may_close_what_it_did_not_open(warm_autostable: Autostable, write: Write) -> None:
    before = "os.closerange(3, 64); [open(f'own{number}.txt', 'w') for number in range(9)]"
    status, report = ran(warm_autostable, write, before=f"own = {before.partition('; ')[2]}; {before}")
    assert (status, report["verdict"], report["cost"]["steps_total"]) == (0, "healthy", 48)
    assert not [file for file in Path(write("here", "").parent).glob("own*.txt") if file.read_text()]


def test_what_runs_is_the_script_as_it_was_when_the_first_run_began(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("edited = True\n", encoding="utf-8")
    job = Job("script", str(file), (), Orders(), source="# -*- coding: latin-1 -*-\nname = '\xe9'\n")
    assert child._source(job) == b"# -*- coding: latin-1 -*-\nname = '\xe9'\n"
    assert linecache.getline(str(file), 2) == "name = '\xe9'\n", "a traceback shows the lines that run"


HANGS = """
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.{heed})
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    open("helper", "w").write(str(helper.pid))
    time.sleep(60)
"""


@pytest.mark.whole
@pytest.mark.parametrize("heed", ["SIG_DFL", "SIG_IGN"])
def test_a_hang_is_told_as_one_and_ended_with_all_that_it_has_started(
    autostable: Autostable, write: Write, heed: str
) -> None:
    folder = write("train.py", HANGS.format(heed=heed)).parent
    done = autostable("run", "--stall-timeout", "1", "--output-format", "concise", "train.py")
    assert done.returncode == 3
    assert "No training step was done for 1 seconds (--stall-timeout): the script hung, and was ended." in done.stderr
    assert ended(int((folder / "helper").read_text()))


def test_patience_ends_with_the_time_or_without_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    hasty = Patience(10.0, 3.0, None)
    for _ in range(4):
        now[0] += 1.0
        hasty.pulse()
        assert hasty.spent == ""
    looked = []
    for _ in range(4):
        now[0] += 1.0
        looked.append(hasty.spent)
    assert looked == ["", "", "", "stalled"]
    hasty.pulse()
    now[0] += 4.5
    hasty.pulse()
    assert hasty.spent == "timed-out"
    stopped = Patience(None, 3.0, None)
    now[0] += 1000.0
    assert stopped.spent == "", "Ctrl-Z stops both"
    assert Patience(None, None, None).wait is None and not Patience(None, None, lambda: False).spent
    assert Patience(None, None, lambda: True).spent == "timed-out"


FEATURES = """
    import sys
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    width = int(sys.argv[1])
    x = (np.random.default_rng(3).normal(size=(256, width)) * 1e4 + 3e4).astype("float32")
    y = ((x - 3e4) @ np.ones((width, 1)) / 1e4).astype("float32")
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=len(sys.argv) > 2)
    model.fit(x, y, epochs=6, batch_size=32, verbose=0)
"""


@pytest.mark.whole
def test_a_plan_for_four_features_is_not_for_five(warm_autostable: Autostable, write: Write) -> None:
    folder = write("train.py", FEATURES).parent
    assert warm_autostable("run", "train.py", "4", "eagerly").returncode == 0, "eager steps are repaired as others are"
    (run,) = (folder / ".autostable" / "runs").iterdir()
    done = warm_autostable("apply", str(run), "train.py", "5")
    assert done.returncode == 2 and done.stderr.splitlines()[-1] == (
        "error: the plan for training 1 of the script at train.py:12 does not fit its data: "
        "it is for 4 features, and the input has 5"
    )
    assert "Traceback" not in done.stderr
