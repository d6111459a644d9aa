"""The listing that the README opens with is what is shown when these two commands are run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.execution.conftest import Run

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def listing() -> dict[str, list[str]]:
    """The lines below each command of the first listing."""
    (text, *_) = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return {part.splitlines()[0]: part.splitlines()[1:] for part in text.split("$ ")[1:]}


def words(lines: list[str]) -> list[str]:
    """What is said, but for times and the name of the run's folder, which differ from run to run."""
    text = re.sub(r"\b[\d.]+ s\b", "TIME", " ".join(lines))
    return re.sub(r"\S*runs/\S+", "PAGE", text).split()


def alike(one: str, other: str) -> bool:
    """Whether two words are the same, numbers but for how another machine rounds."""
    try:
        return float(one) == pytest.approx(float(other), rel=0.05)
    except ValueError:
        return one == other


def test_the_listing_of_the_readme_is_what_a_run_shows(autostable: Run, tmp_path: Path) -> None:
    run, show = listing()
    assert (run, show) == ("autostable run examples/one_outlier.py", "autostable show --diff")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = autostable(*run.split()[1:], env={"COLUMNS": "100"})
    told = done.stderr[done.stderr.index("autostable: repaired") :].splitlines()
    _, printed, *said = listing()[run]
    assert all(map(alike, words(said), words(told))) and len(words(said)) == len(words(told)), told
    assert printed.split()[:2] == ["final", "loss"] and all(
        map(alike, printed.split(), done.stdout.splitlines()[-1].split())
    )
    diff = autostable(*show.split()[1:]).stdout
    assert "\n".join(listing()[show][1:-1]) in diff
