from __future__ import annotations

import dataclasses
import datetime
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
    assert not re.search(r"""(src|href)=["'](?!data:|[\w.]+["'])""", page)
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
    assert page.count('<svg class="chart') == 2  # one for phones
    assert page.count("<title>0: step 6, loss 9</title>") == 4
    assert page.count("not finite from step 3 on</title>") == 2 and page.count(">bad step 3</text>") == 2
    assert '<svg class="chart' not in html.render(samples.repaired, tmp_path)


def test_a_page_is_small_whatever_it_holds(tmp_path: Path) -> None:
    curve = tuple(1.0 / (1 + step) for step in range(100))
    attempts = tuple(dataclasses.replace(samples.repaired.attempts[4], curve=curve, steps=10**6) for _ in range(17))
    report = dataclasses.replace(samples.repaired, attempts=attempts)
    assert len(html.render(report, tmp_path).encode()) < 400_000
    assert len(html.fragment(report, tmp_path).encode()) < 100_000


def test_a_page_says_when_and_what_to_do_next(tmp_path: Path) -> None:
    files = {name: str(tmp_path / f"{name}.x") for name in ("report", "page", "stable")} | {"capsule": "/else/where"}
    report = dataclasses.replace(samples.repaired, files=files)
    page = html.render(report, tmp_path, made=datetime.datetime(2026, 11, 29, 15, 30))
    assert "2026-11-29 15:30" in page
    assert f"<code>autostable apply {tmp_path}/stable.x train.py --epochs 5</code>" in page
    assert '<a href="stable.x"><code>stable.x</code></a>' in page and "<code>/else/where</code>" in page
    assert "<h1>Non-finite gradient in step 3, cured by log bound 1e-07 + x scaled.</h1>" in page


def test_a_notebook_is_shown_no_script(tmp_path: Path) -> None:
    shown = html.fragment(samples.repaired, tmp_path)
    assert "<script" not in shown and "<button" not in shown and "<html" not in shown
    assert '<div class="line add">' in shown
