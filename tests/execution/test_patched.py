from __future__ import annotations

import dataclasses
import os
import textwrap
from pathlib import Path

import pytest

from autostable.config import Settings
from autostable.execution import patched, scratch
from autostable.execution.job import Outcome
from autostable.execution.targets import Target
from autostable.patch.edits import unified_diff
from autostable.records import Edit, Proof, Safety
from tests.execution.conftest import ROOT

HOMES = [str(ROOT), str(ROOT / "strategies")]
SETTINGS = Settings(check=True)
SEEDED = "import random\nrandom.seed(0)\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def proof(
    before: str,
    after: str,
    printed: str,
    *,
    settings: Settings = SETTINGS,
    made: str | None = None,
    complete: bool = True,
) -> Proof:
    """The proof of an edit that makes one program of another; `made` is a file that the repaired run has written."""
    Path("train.py").write_text(before)
    target = Target("script", "train.py", ("--rate", "3"))
    asked = patched.asked_for(settings, "run", Path.cwd())
    if made is not None:
        Path(made).write_text("of the repaired run")
    edit = Edit("train.py", unified_diff(before, after, "train.py"), complete, Safety.SAFE)
    return patched.proof_of([edit], asked, target, Outcome("finished", 0, printed=printed), seconds=1.0, homes=HOMES)


def test_what_holds() -> None:
    found = proof("print('R2', 0.1)\n", "print('R2', 0.98)\n", "R2 0.1\nR2 0.985\n")
    assert found.holds is True and found.varied is None
    (run,) = found.runs
    assert [(figure.name, figure.alone, figure.repaired) for figure in run.figures] == [("R2", 0.98, 0.985)]
    assert Path("train.py").read_text() == "print('R2', 0.1)\n"


def test_what_does_not_hold() -> None:
    found = proof("print('R2', 0.1)\n", "print('R2', -6.603)\n", "R2 0.985\n")
    assert found.holds is False and found.runs[0].why == "R2 is not that of the repaired run"


def test_what_fails_by_itself() -> None:
    found = proof("print(1)\n", "print(1)\nraise OSError('disk is full')\n", "1\n")
    assert found.holds is False and found.runs[0].status == 1
    assert found.runs[0].why == "it ended with status 1: OSError: disk is full"


def test_a_log_of_tensorflows_is_not_why_it_failed() -> None:
    logged = "E0000 00:00:1796051399.094065    5494 cuda_platform.cc:52] failed call to cuInit\n"
    text = f"import sys\nsys.stderr.write('OSError: disk is full\\n' + {logged!r})\nsys.exit(4)\n"
    assert proof("print(1)\n", text, "1\n").runs[0].why == "it ended with status 4: OSError: disk is full"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_what_a_scheduler_ends_is_no_evidence_against_the_edits(name: str) -> None:
    found = proof("print(1)\n", f"import os, signal\nos.kill(os.getpid(), signal.{name})\n", "1\n")
    assert found.holds is None and found.runs == () and found.why == f"its run was ended by {name}"


def test_a_program_that_aborts_does_not_hold() -> None:
    found = proof("print(1)\n", "import os\nos.abort()\n", "1\n")
    assert found.holds is False and found.runs[0].why == "it ended with status -6"


def test_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patched, "LEAST_SECONDS", 0.5)
    monkeypatch.setattr(patched, "PATIENCE", 0.0)
    found = proof("print(1)\n", "while True: pass\n", "1\n")
    assert found.holds is False and found.runs[0].status is None and "had not ended" in found.runs[0].why


def test_it_is_the_program_itself_with_its_arguments_in_the_folder_as_it_was() -> None:
    """What the repaired run has written is not there, and what this run writes is not the user's."""
    Path("data.txt").write_text("0.5")
    Path("helper.py").write_text("def read():\n    return float(open('data.txt').read())\n")
    after = textwrap.dedent("""\
        import os, sys
        from helper import read
        assert __name__ == "__main__" and sys.argv[1:] == ["--rate", "3"]
        assert not os.path.exists("backup.h5"), "gone on from"
        open("data.txt", "w").write("9")
        print("score", read() / 10)
    """)
    found = proof("print('score', 0)\n", after, "score 0.9\n", made="backup.h5")
    assert found.holds is True, found
    assert Path("data.txt").read_text() == "0.5" and Path("backup.h5").read_text() == "of the repaired run"


def test_a_module_is_taken_from_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path.cwd()), *HOMES]))
    Path("package").mkdir()
    Path("package/__init__.py").write_text("")
    before, after = "print('score', 0.1)\n", "import package\nprint('score', 0.9, package.__file__)\n"
    Path("package/train.py").write_text(before)
    asked = patched.asked_for(SETTINGS, "run", Path.cwd())
    edit = Edit("package/train.py", unified_diff(before, after, "package/train.py"))
    outcome = Outcome("finished", 0, printed="score 0.9 /somewhere/else\n")
    found = patched.proof_of([edit], asked, Target("module", "package.train"), outcome, seconds=1.0, homes=HOMES)
    assert found.holds is True


@pytest.mark.slow
def test_other_seeds_are_other_draws_also_where_the_script_sets_them() -> None:
    after = f"{SEEDED}print('score', 0.9 + random.random() / 100)\n"
    found = proof("print(1)\n", after, "score 0.9\n", settings=Settings(check=True, verify=2))
    assert [run.seed for run in found.runs] == [0, 1, 2]
    assert len({run.figures[0].alone for run in found.runs}) == 3
    assert found.holds is True and found.varied is True


@pytest.mark.slow
def test_also_those_that_its_own_modules_set() -> None:
    Path("draw.py").write_text(f"{SEEDED}def drawn():\n    return random.random() / 100\n")
    after = "import sys\nfrom draw import drawn\nprint('score', 0.9 + drawn())\nsys.exit(0)\n"
    found = proof("print(1)\n", after, "score 0.9\n", settings=Settings(verify=1))
    assert found.holds is True and found.varied is True
    assert found.runs[0].figures[0].alone != pytest.approx(0.9 + 0.8444218515250481 / 100, abs=1e-9)


@pytest.mark.slow
def test_seeds_that_could_not_be_varied_are_said_so() -> None:
    found = proof("print(1)\n", "print('score', 0.9)\n", "score 0.9\n", settings=Settings(verify=2))
    assert [run.seed for run in found.runs] == [1, 2]
    assert found.holds is True and found.varied is False


@pytest.mark.slow
def test_what_could_not_be_tried_says_why() -> None:
    assert proof("1\n", "2\n", "", complete=False) == Proof(None, why="the edits are incomplete")
    found = proof("1\n", "2\n", "")
    assert found.holds is None and "shows no figure" in found.why


def test_nothing_is_looked_at_where_nobody_asked() -> None:
    assert patched.asked_for(Settings(), "run", Path.cwd()) == patched.Asked()
    assert patched.asked_for(dataclasses.replace(SETTINGS, verify=3), "check", Path.cwd()) == patched.Asked()
    assert patched.asked_for(Settings(fix=True), "run", Path.cwd()).seeds == (0,)


def test_a_script_outside_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "train.py").write_text("1\n")
    monkeypatch.chdir(tmp_path / "here")
    asked = patched.asked_for(SETTINGS, "run", Path.cwd())
    target = Target("script", "../train.py")
    edit = Edit("helper.py", "")
    found = patched.proof_of([edit], asked, target, Outcome("finished", 0), seconds=1.0, homes=HOMES)
    assert found == Proof(None, why=f"the script lies outside of {Path.cwd()}")


@pytest.mark.slow
def test_the_whole_project_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / "source").mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").write_text("")
    (tmp_path / "project" / "score.txt").write_text("0.9")
    monkeypatch.chdir(tmp_path / "project" / "source")
    after = "print('score', open('../score.txt').read())\nopen('../score.txt', 'w').write('0')\n"
    assert proof("print('score', 0.1)\n", after, "score 0.9\n").holds is True
    assert Path("../score.txt").read_text() == "0.9"


def test_where_the_project_is_too_large_the_working_directory_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "MOST_FILES", 3)
    (tmp_path / "source").mkdir()
    for name in ("pyproject.toml", "1", "2", "3"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path / "source")
    assert proof("print('score', 0.1)\n", "print('score', 0.9)\n", "score 0.9\n").holds is True
    for name in ("1", "2", "3", "4"):
        Path(name).write_text("")
    found = proof("print('score', 0.1)\n", "print('score', 0.9)\n", "score 0.9\n")
    assert found == Proof(None, why="the folder holds more than 3 files, too many to copy")
