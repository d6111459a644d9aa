"""What a run folder tells a later call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autostable.errors import StoreError
from autostable.execution import runlog
from autostable.execution.job import Healed, Outcome, Told
from autostable.execution.runlog import Asked, RunLog, progress
from autostable.orders import Orders, Tried
from autostable.records import Action, Attempt, Intervention, Remedy, Verdict, to_json
from autostable.store import REPORT
from autostable.story import Story

IDENTITY = {"target": {"path": "train.py"}, "versions": {"python": "3"}}
FIRST, SECOND = Asked(Orders()), Asked(Orders(probe=3), quiet=True)


def opened(folder: Path, identity: Any = IDENTITY) -> RunLog:
    return RunLog(folder, identity)


def tried(place: int, outcome: str = "stable", **more: Any) -> Told:
    attempt = Attempt((Remedy("clip-gradients", {"place": place}),), "probe", outcome, 5, 0.1)
    return Told(0, place, Tried(attempt, 5, **more))


def test_a_run_that_ended_is_recalled_once_and_by_what_was_asked(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert log.recalled(FIRST) is None
    outcome = Outcome("unstable", 1, (Story(0, "fit", Verdict.UNREPAIRED),))
    log.begin(FIRST).ended(outcome)
    assert log.recalled(FIRST) is None, "what this call has run itself is run again where it is asked again"
    log.leave()
    again = opened(tmp_path)
    assert again.recalled(SECOND) is None
    assert again.recalled(Asked(Orders(capsule="elsewhere"))) == outcome, "where things are kept makes no difference"
    assert again.recalled(FIRST) is None
    again.leave()


@pytest.mark.parametrize("ended", ["interrupted", "killed", None])
def test_a_run_that_was_cut_off_is_not_recalled_but_what_it_tried_is_known(tmp_path: Path, ended: str | None) -> None:
    log = opened(tmp_path)
    hearing = log.begin(FIRST)
    for told in (tried(1), tried(2, "unstable"), tried(2, "unstable", located=True), tried(3, "unstable")):
        hearing.hear("tried", to_json(told))
    if ended is not None:
        hearing.ended(Outcome(ended, 1))
    log.leave()
    again = opened(tmp_path)
    assert again.recalled(FIRST) is None and again.known(SECOND) == {}
    assert again.known(FIRST) == {"0": (tried(1).tried, tried(2, "unstable", located=True).tried)}
    again.leave()


def test_a_second_call_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "PATIENCE", 0.0)
    log = opened(tmp_path)
    with pytest.raises(StoreError, match="another call is at work on the run"):
        opened(tmp_path)
    log.leave()
    opened(tmp_path).leave()


def test_a_run_is_finished_with_its_report_and_if_nothing_came_after_it(tmp_path: Path) -> None:
    assert progress(tmp_path) is None
    log = opened(tmp_path)
    assert progress(tmp_path) is not None
    log.close("repaired")
    log.leave()
    found = progress(tmp_path, IDENTITY)
    assert found is not None and not found.closed, "the kill came before the report was written"
    (tmp_path / REPORT).write_text("{}")
    found = progress(tmp_path, IDENTITY)
    assert found is not None and found.closed
    assert progress(tmp_path, {"target": {"path": "other.py"}}) is None
    opened(tmp_path).leave()  # goes on, and is cut off
    found = progress(tmp_path)
    assert found is not None and not found.closed
    log = opened(tmp_path)
    assert not (tmp_path / REPORT).exists(), "a report of what was known then must not pass for that of the end"
    log.close("repaired")
    log.leave()
    found = progress(tmp_path)
    assert found is not None and not found.closed, "killed between the end and its report"


def test_what_cannot_be_kept_is_told_and_nothing_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    hearing = log.begin(FIRST)
    monkeypatch.setattr("autostable.journal.os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left")))
    hearing.hear("story", to_json(Story(0, "fit", Verdict.HEALTHY)))
    monkeypatch.undo()
    assert "No space left" in log.trouble and hearing.stories == (Story(0, "fit", Verdict.HEALTHY),)
    log.close("healthy")
    log.leave()


def test_without_a_folder_nothing_is_kept() -> None:
    log = RunLog(None, {})
    log.begin(FIRST).hear("tried", to_json(tried(1)))
    assert log.recalled(FIRST) is None and log.known(FIRST) == {"0": (tried(1).tried,)}, (
        "a run of this call may be done again"
    )
    log.leave()


@pytest.mark.parametrize(("ended", "known"), [("killed", True), ("interrupted", True), (None, True), ("exited", False)])
def test_what_a_run_that_was_cut_off_was_healed_with_is_known(tmp_path: Path, ended: str | None, known: bool) -> None:
    asked = Asked(Orders(on_failure="heal"))
    begun, first, second = (
        Intervention(step, "non-finite loss", Action.SKIPPED, step, batch=step, seconds=seconds)
        for step, seconds in ((40, 0.0), (40, 0.5), (90, 0.1))
    )
    log = opened(tmp_path)
    hearing = log.begin(asked)
    for place, each in ((0, begun), (0, first), (1, second)):
        hearing.hear("healed", to_json(Healed(2, place, each)))
    if ended is not None:
        hearing.ended(Outcome(ended, 1))
    log.leave()
    again = opened(tmp_path)
    assert again.healed(FIRST) == {}
    assert again.healed(asked) == ({"2": (first, second)} if known else {})
    healed = Asked(Orders(on_failure="heal", healed=again.healed(asked)))
    assert healed.key() == asked.key(), "what is known of it makes no other run of it"
    again.leave()
