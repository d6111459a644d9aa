from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
import {first}
import {second}

trial = keras_tuner.Tuner.__mro__[1]._run_and_update_trial
print("watched" if hasattr(trial, "__wrapped__") else "not watched")
"""


@pytest.mark.slow
@pytest.mark.parametrize("first, second", [("keras", "keras_tuner"), ("keras_tuner", "keras")])
def test_trials_are_watched_whichever_is_imported_first(first: str, second: str, tmp_path: Path) -> None:
    (tmp_path / "tune.py").write_text(PROGRAM.format(first=first, second=second))
    done = subprocess.run(
        [sys.executable, "-m", "autostable", "run", "tune.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "watched\n"), done.stderr
