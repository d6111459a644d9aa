"""A run on a terminal: the live line comes, goes, and leaves what the script prints alone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.execution.conftest import environment

FIT = """
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).uniform(0, 250, (4000, 8)).astype("float32")
    y = (x[:, 0] ** 2 / 150).astype("float32")
    model = keras.Sequential([keras.Input((8,)), *(keras.layers.Dense(32, "relu") for _ in "ab"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    print("begins")
    model.fit(x, y, epochs=3, verbose=2)
    print("result", model.evaluate(x, y, verbose=0) < 1e4)
"""
pytestmark = [pytest.mark.slow, pytest.mark.whole]


def started(folder: Path, columns: int, **more: str) -> tuple[int, int]:
    """`autostable run fit.py` on a terminal so wide; its process and our end of the terminal."""
    process, end = pty.fork()
    if process == 0:
        os.chdir(folder)
        env = {name: value for name, value in environment(TERM="xterm", **more).items() if name != "COLUMNS"}
        os.execvpe(sys.executable, [sys.executable, "-m", "autostable", "run", "fit.py"], env)
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return process, end


def read(end: int, until: str = "") -> str:
    """What comes from a terminal until it is closed, or that text has come."""
    said, limit = b"", time.monotonic() + 240
    with contextlib.suppress(OSError):
        while (more := os.read(end, 1 << 16)) and not (until and until.encode() in said + more):
            said += more
            assert time.monotonic() < limit, said[-2000:]
    return said.decode("utf-8", "replace")


@pytest.mark.parametrize("columns", [80, 200])
def test_one_live_line_that_leaves_the_scripts_output_alone(
    columns: int, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("fit.py", FIT)
    process, end = started(tmp_path, columns, NO_COLOR="1")
    shown = read(end)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, shown[-3000:]
    assert re.search(r"autostable: (non-finite .*, )?attempt 1 of at most 16, probe of ", shown)
    drawn = re.findall(r"[^\r\n]*of at most 16[^\r\n]*", re.sub(r"\x1b\[[0-9?;]*[A-Za-z]", "\r", shown))
    assert max(map(len, drawn)) < columns
    left = [line.rpartition("\r")[2] for line in re.sub(r"\x1b\[2K", "\r", shown).replace("\r\n", "\n").split("\n")]
    assert left.count("begins") == 1 and left.count("result True") == 1 and left.count("Epoch 3/3") == 1
    assert "\x1b[1m" not in shown and "\x1b[3" not in shown.replace("\x1b[32", "")  # NO_COLOR


def test_a_terminal_that_is_closed_leaves_a_report(write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("fit.py", FIT)
    process, end = started(tmp_path, 80)
    read(end, "of at most 16")
    os.close(end)
    os.waitpid(process, 0)
    (report,) = (tmp_path / ".autostable" / "runs").glob("*/report.json")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert any("SIGHUP" in note for note in told["notes"])
