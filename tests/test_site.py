"""The documentation as a site: it is built as the repository says, and its commands do what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (*DOCS.glob("*.md"), *(DOCS / "how-to").glob("*.md"))
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
STATUS = re.compile(r"#.*?status (\d+)")


def commands(page: Path) -> list[tuple[str, int]]:
    """The commands of a page in their order, each with the status that it is to end with."""
    lines = "\n".join(CONSOLE.findall(page.read_text(encoding="utf-8"))).splitlines()
    found = []
    for line in lines:
        if line.startswith("$ "):
            command, _, comment = line.removeprefix("$ ").partition("  #")
            told = STATUS.search(f"#{comment}")
            found.append((command, int(told[1]) if told else 0))
    return found


@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_every_command_does_what_the_page_says(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOSTABLE_", "GITHUB_"))}
    env = {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "strategies")]), "TF_CPP_MIN_LOG_LEVEL": "2"}
    for command, status in commands(page):
        name, *arguments = shlex.split(command)
        assert name == "autostable", command
        done = subprocess.run(
            [sys.executable, "-m", name, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == status, f"{command}\n{done.stderr[-2000:]}"


def test_every_page_is_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    assert [page.name for page in PAGES if f": {page.relative_to(DOCS)}\n" not in nav] == []


def test_commands_in_console_blocks_are_found() -> None:
    assert ("autostable check examples/nan_custom_loss.py", 1) in commands(DOCS / "index.md")
    assert ("autostable show", 0) in commands(DOCS / "index.md")
    assert ("autostable run --on-failure heal examples/nan_rows.py", 0) in commands(DOCS / "how-to" / "long-job.md")
    assert sum(len(commands(page)) for page in PAGES) >= 20


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_without_a_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")], cwd=ROOT,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "First steps" in page and "fonts.g" not in page
    assert (tmp_path / "site" / "causes" / "unsafe-log.html").is_file()
