"""Programs that are run in processes of their own, as users run them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests import warm

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """That of a user who has autostable installed and set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOSTABLE_", "PYTEST_"))}
    kept["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "strategies")])
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "2", "COLUMNS": "120", **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `python ARGUMENTS` in the test's folder."""

    def run(
        *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment(**(env or {})), input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True, encoding="utf-8",
            timeout=300,
        )  # fmt: skip

    return run


@pytest.fixture
def autostable(run: Run) -> Run:
    """Run `autostable ARGUMENTS` in the test's folder."""
    return lambda *arguments, **more: run("-m", "autostable", *arguments, **more)


@pytest.fixture
def warm_autostable(tmp_path: Path) -> Run:
    """As `autostable`, in processes that begin with TensorFlow loaded (see `tests.warm`)."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [warm.python(), "-m", "autostable", *arguments], cwd=tmp_path, env=environment(), timeout=300,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file into the test's folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write
