"""Kinds and states are enums in code, and the same words in JSON as ever."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autostable.records import Learning, State, Symptom, SymptomKind, from_json, to_json

ROOT = Path(__file__).resolve().parents[1]
WORDS = {str(kind) for kind in SymptomKind} | {str(state) for state in State}


@pytest.mark.parametrize("kind", SymptomKind)
def test_a_kind_of_symptom_is_its_word_in_json(kind: SymptomKind) -> None:
    text = json.dumps(to_json(Symptom(kind, 3)))
    assert text == f'{{"kind": "{kind.value}", "step": 3, "epoch": null, "first_seen_in": "loss", "evidence": {{}}}}'
    assert from_json(json.loads(text), Symptom).kind is kind
    assert Symptom(kind.value, 3) == Symptom(kind, 3)  # type: ignore[arg-type]


def test_a_state_is_its_word_in_json() -> None:
    value = to_json(Learning(State.SUSPECT, "short-reach"))
    assert value["state"] == "suspect" and type(from_json(value, Learning).state) is State
    with pytest.raises(ValueError, match="Learning"):
        from_json({**value, "state": "well"}, Learning)


def compared(source: str) -> Iterator[tuple[str, str]]:
    """(attribute, text) of every comparison of an attribute with a literal text or several."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute):
            for text in ast.walk(ast.Module([ast.Expr(each) for each in node.comparators], [])):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield f"{ast.unparse(node.left.value)}.{node.left.attr}", text.value


def test_nothing_decides_by_the_text_of_a_kind_a_state_or_a_reason() -> None:
    found = [
        (file.name, left, text)
        for root in ("autostable", "strategies") for file in (ROOT / root).rglob("*.py")
        for left, text in compared(file.read_text(encoding="utf-8"))
        if left.rpartition(".")[0].endswith(("symptom", "learning", "judgement", "baseline", "plan", "found"))
        and left.endswith((".kind", ".state", ".reason")) and (text in WORDS or left.endswith((".state", ".reason")))
    ]  # fmt: skip
    assert found == []
