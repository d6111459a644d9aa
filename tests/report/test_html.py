from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from autostable.records import Cause, Code
from autostable.report import html
from tests import samples


@pytest.mark.parametrize("name", samples.ALL)
def test_pages_are_self_contained(name: str, tmp_path: Path) -> None:
    page = html.render(samples.ALL[name], tmp_path)
    assert page.startswith("<!doctype html>")
    assert f">{name}</span>" in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    assert "@import" not in page and "url(" not in page
    assert "Plotly" not in page  # 5 MB that nothing here needs


def test_a_repaired_page_has_the_source_the_plan_and_the_diff(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(samples.SOURCE)
    page = html.render(samples.repaired, tmp_path)
    assert "<mark>tf.math.log(y_pred)</mark>" in page
    assert "def call(self, y_true, y_pred):" in page
    assert '<div class="line add">' in page and '<div class="line cut">' in page
    assert "center: [0.5, 0.6429, 0.7857, ... 297 more]" in page and "298" not in page
    assert "1.65&times;" in page
    assert "holds</span> the patched script alone: test accuracy 0.9847 (repaired run 0.985)" in page


def test_what_users_wrote_is_escaped(tmp_path: Path) -> None:
    cause = Cause(Code.DEAD_RELU, 0.5, "<script>alert(1)</script>")
    page = html.render(dataclasses.replace(samples.unrepaired, causes=(cause,)), tmp_path)
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_loss_curves_are_drawn_where_they_were_kept(tmp_path: Path) -> None:
    attempt = dataclasses.replace(samples.BASELINE, steps=8, curve=(2.5, 1.5, 9.0, float("nan")))
    page = html.render(dataclasses.replace(samples.repaired, attempts=(attempt,)), tmp_path)
    assert "Plotly" in page
    assert '"x": [2, 4, 6, 8]' in page and '"y": [2.5, 1.5, 9.0, null]' in page and '"broke": 8' in page
