"""The package is pure: it imports NumPy, itself and the records, and the rest only where it is needed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import autostable.judgement

FILES = sorted(Path(autostable.judgement.__file__).parent.glob("*.py"))
LATE = {"scipy", "sklearn"}


def imported(nodes: list[ast.stmt]) -> set[str]:
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return {*names, *(node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_module_imports(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = {name.split(".")[0] for name in imported(tree.body)}
    everywhere = imported([node for node in ast.walk(tree) if isinstance(node, ast.stmt)])
    assert not top & (LATE | {"tensorflow", "keras"})
    ours = {name for name in everywhere if name.startswith("autostable")}
    outside = {name for name in ours if not name.startswith("autostable.judgement")}
    assert outside <= {"autostable.records", "autostable.figures"}
    assert {name.split(".")[0] for name in everywhere}.isdisjoint({"tensorflow", "keras"})
