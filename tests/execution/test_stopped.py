"""A run that is stopped from outside is told of with all that is known, the source edits of what was repaired included."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autostable.config import Settings
from autostable.execution import patched, supervisor
from autostable.execution.job import Outcome
from autostable.execution.runner import Stopped
from autostable.orders import Orders
from autostable.records import Attempt, Edit, Remedy, Verdict
from autostable.story import Story

PLAN = (Remedy("clip-gradients", {"global_clipnorm": 1.0}),)
STORY = Story(0, "fit", Verdict.REPAIRED, plan=PLAN, attempts=(Attempt(PLAN, "full", "stable", 9, 0.1),), full=9)


def stopped(*_: Any, **__: Any) -> Outcome:
    raise Stopped("It was stopped by Ctrl-C.", Outcome("interrupted", 130, (STORY,)), interrupted=True)


def test_what_was_repaired_before_the_stop_has_its_edits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []
    edit = Edit("train.py", "+opt = SGD(clipnorm=1.0)\n")
    monkeypatch.setattr(supervisor, "edits_of", lambda stories, root, given: (asked.extend(stories), ((edit,), ()))[1])
    target: Any = SimpleNamespace(described=dict, arguments=())
    runner: Any = SimpleNamespace(run=stopped, edited=False, alone=False, shown=None, verdict=None)
    conduct = supervisor._Conduct(runner, target, Settings(), "run", Orders(), patched.Asked())
    report = conduct.report(tmp_path)
    assert (asked, report.edits) == ([STORY], (edit,))
    assert conduct.interrupted and conduct.cut_off
