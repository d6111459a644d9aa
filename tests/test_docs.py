"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autostable.cli import app
from autostable.cli.app import EPILOG

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("path", "text"), [(str(p.relative_to(ROOT)), t) for p, t in generator().files().items()])
def test_generated_pages_are_up_to_date(path: str, text: str) -> None:
    assert (ROOT / path).is_file() and (ROOT / path).read_text(encoding="utf-8") == text, "run python docs/generate.py"


def test_no_page_is_of_something_that_is_no_more() -> None:
    there = {path for folder in ("causes", "remedies") for path in (ROOT / "docs" / folder).iterdir()}
    assert there <= set(generator().files())


@pytest.mark.parametrize("path", sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not re.match(r"\w+:", target):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_command_of_the_readme_is_there() -> None:
    commands = set(re.findall(r"^(?:\$ )?(?:\S*/)?autostable (\w+)", README, re.MULTILINE))
    assert {"run", "check", "apply", "explain", "show"} <= commands
    for command in commands - {"is"}:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command


def test_the_exit_statuses_are_told_alike() -> None:
    for status in re.findall(r"(\d+) [a-z]", EPILOG):
        assert re.search(rf"^\| {status} \|", README, re.MULTILINE), status


def test_the_tests_are_run_as_the_readme_says() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    install, test = re.findall(r"pip install (-e '\.\[dev\]')|^\.venv/bin/(pytest)$", README, re.MULTILINE)[-2:]
    assert install[0] in ci and re.search(rf'^part "tests" {test[1]}$', ci, re.MULTILINE)
