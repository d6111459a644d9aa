"""What is refused before anything is started: one sentence, exit status 2."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autostable.errors import UsageError
from autostable.execution.targets import Target

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(target: Target) -> str:
    with pytest.raises(UsageError) as refused:
        target.validate()
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_a_script_that_does_not_exist() -> None:
    assert refusal(Target("script", "train.py")) == "there is no file train.py"


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert refusal(Target("script", "project")) == "project is a folder; name the script in it"


def test_a_syntax_error(write: Write) -> None:
    write("train.py", "x = 1\nif x\n    pass\n")
    assert refusal(Target("script", "train.py")) == "train.py:2: syntax error: expected ':'"


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(b"x = '\xff\xfe'\n")
    assert "train.py" in refusal(Target("script", "train.py"))
    (tmp_path / "zero.py").write_bytes(b"x = 1\0\n")
    assert "zero.py" in refusal(Target("script", "zero.py"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_script_that_may_not_be_read(write: Write) -> None:
    write("train.py", "").chmod(0)
    assert refusal(Target("script", "train.py")).startswith("cannot read train.py")


def test_another_encoding_and_warnings_of_the_compiler_are_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "train.py").write_bytes(b'# -*- coding: latin-1 -*-\nx = "\xe4\\d"\n')
    Target("script", "train.py").validate()
    assert not recwarn.list and capsys.readouterr().err == ""


def test_modules_are_found_without_importing_anything(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("package/__init__.py", "print('imported')")
    train = write("package/train.py", "")
    main = write("package/deeper/__main__.py", "")
    write("package/deeper/__init__.py", "raise ImportError")
    assert Target("module", "package.train").source() == train
    assert Target("module", "package.deeper").source() == main
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["nowhere", "package", "package.nowhere", "package..train", "", ".", "json.decoder.x"])
def test_modules_that_cannot_be_run(name: str, write: Write) -> None:
    write("package/__init__.py", "")
    assert refusal(Target("module", name)).startswith(f"there is no module {name} that can be run")


def test_the_fingerprint_goes_by_content_and_arguments(write: Write) -> None:
    write("train.py", "x = 1\n")
    prints = [Target("script", "train.py", arguments).described()["fingerprint"] for arguments in ((), ("a",))]
    write("train.py", "x = 2\n")
    prints.append(Target("script", "train.py").described()["fingerprint"])
    write("train.py", "x = 1\n")
    assert Target("script", "train.py").described()["fingerprint"] == prints[0]
    assert prints[0] != prints[1] != prints[2] != prints[0]


def test_a_notebook_is_not_run_and_says_what_to_do(tmp_path: Path) -> None:
    notebook = tmp_path / "train.ipynb"
    notebook.write_text("{}")
    with pytest.raises(UsageError, match="is a notebook, which is not run from here: write %load_ext autostable"):
        Target("script", str(notebook)).validate()
