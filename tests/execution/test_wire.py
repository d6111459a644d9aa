"""The connection between supervisor and child: all that was said is heard, and nothing is written where it does not belong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from autostable.doing import Doing
from autostable.execution.job import Job
from autostable.execution.wire import HUSH, Listening, Wire
from autostable.orders import Orders
from autostable.records import Verdict, from_json
from autostable.story import Story

JOB = Job("script", "train.py", ("--rate", "\udcff"), Orders(probe=3))


@pytest.fixture
def heard() -> list[tuple[str, Any]]:
    return []


def ends(heard: list[tuple[str, Any]]) -> tuple[Listening, Wire]:
    """Both ends, the child's as a child has it: a number."""
    ours = Listening(lambda what, value: heard.append((what, value)))
    return ours, Wire(os.dup(ours.theirs.fileno()))


def test_a_job_goes_down_and_all_that_is_said_comes_up_in_order(heard: list[tuple[str, Any]]) -> None:
    ours, theirs = ends(heard)
    ours.begin(JOB)
    assert theirs.job() == JOB
    told = [Story(number, "fit", Verdict.HEALTHY, full=number) for number in range(200)]
    for story in told:
        theirs.story(story)
    ours.end()  # behind all that was said, though the child's end is still open
    assert [from_json(value, Story) for what, value in heard if what == "story"] == told


def test_half_a_line_is_passed_over(heard: list[tuple[str, Any]]) -> None:
    ours, theirs = ends(heard)
    ours.begin(JOB)
    theirs.job()
    theirs.tell("outcome", None)
    theirs._socket.sendall(b'{"story": {"number')
    ours.end()
    assert heard == [("outcome", None)]


def test_signs_of_life_are_few(heard: list[tuple[str, Any]]) -> None:
    ours, theirs = ends(heard)
    ours.begin(JOB)
    theirs.job()
    for _ in range(1000):
        theirs.pulse(lambda: Doing("baseline"))
    ours.end()
    assert 1 <= len(heard) < 1000


def test_the_program_waits_until_nothing_is_drawn_over_it(heard: list[tuple[str, Any]]) -> None:
    ours, theirs = ends(heard)
    ours.begin(JOB)
    theirs.job()
    theirs.doing(Doing("baseline"))  # nothing was drawn, nothing is waited for
    theirs.doing(Doing("probe", shown=False))
    theirs.doing(Doing("full"))
    assert [what for what, _ in heard] == ["doing", "doing", "doing", HUSH]
    ours.end()


def test_nothing_is_written_into_a_file_that_has_the_number_now(heard: list[tuple[str, Any]], tmp_path: Path) -> None:
    ours, theirs = ends(heard)
    ours.begin(JOB)
    theirs.job()
    own = os.open(tmp_path / "own.txt", os.O_RDWR | os.O_CREAT)
    os.dup2(own, theirs._socket.fileno())
    assert theirs.tell("outcome", None) is False
    ours.end()
    assert (tmp_path / "own.txt").read_text() == "" and heard == []


def test_a_supervisor_that_is_gone_is_no_error(heard: list[tuple[str, Any]]) -> None:
    ours, theirs = ends(heard)
    ours._socket.close()
    ours.theirs.close()
    assert theirs.tell("outcome", None) is False
    never, _ = ends(heard)  # a listening end that was never begun ends, too
    never.end()
