"""Signals between two processes: each reaches the child once, whoever is sent it, and the child ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from autostable.execution.signals import HEEDED
from tests.execution.conftest import environment

pytestmark = pytest.mark.slow

CHILD = """
    import os, signal, sys, time
    from autostable.execution import signals

    got = []
    signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
    signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
    signal.signal(signal.SIGHUP, lambda number, frame: got.append(number))
    signals.say(int(sys.argv[1]))
    signals.end_with_parent(int(sys.argv[2])) if sys.argv[3] == "ends" else None
    signal.signal(signal.SIGTERM, signal.SIG_DFL) if sys.argv[3] == "ends" else None
    open("ready", "w").write(str(os.getpid()))
    until = time.monotonic() + 20
    while not got and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.6)  # for a second one
    print(*got, flush=True)
"""
PARENT = """
    import os, subprocess, sys
    from autostable.execution import signals
    from autostable.execution.waiting import Patience, awaited

    said, says = os.pipe()
    child = subprocess.Popen([sys.executable, "child.py", str(says), str(os.getpid()), sys.argv[1]], pass_fds=(says,))
    os.close(says)
    with signals.heeded() as heeded:
        awaited(child, said, heeded, Patience(None, None, None))
    print("heeded", *heeded.sent, flush=True)
"""


@pytest.fixture
def parent(tmp_path: Path) -> subprocess.Popen[str]:
    """Starts what is written there, in a session of its own, and waits until its child is ready."""
    return _started(tmp_path, "says")


def _started(folder: Path, kind: str) -> subprocess.Popen[str]:
    for name, text in (("child.py", CHILD), ("parent.py", PARENT)):
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "parent.py", kind], cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    _until(lambda: (folder / "ready").exists() and (folder / "ready").read_text() != "")
    return process


def _until(holds: object) -> None:
    until = time.monotonic() + 20
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("group", [False, True], ids=["to the parent", "to the group"])
@pytest.mark.parametrize("number", HEEDED, ids=lambda number: number.name)
def test_a_signal_reaches_the_child_once(parent: subprocess.Popen[str], number: signal.Signals, group: bool) -> None:
    (os.killpg if group else os.kill)(parent.pid, number)
    out, _ = parent.communicate(timeout=30)
    assert out.splitlines() == [str(int(number)), f"heeded {int(number)}"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells a child of its parent's end")
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    process = _started(tmp_path, "ends")
    child = int((tmp_path / "ready").read_text())
    process.kill()
    process.wait()
    _until(lambda: not _alive(child))
    assert process.stdout is not None and process.stdout.read() == ""
