"""What is shown while a run goes on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autostable.doing import LOCATING, Doing, named, seen_words
from autostable.records import Attempt, Remedy
from autostable.report import live
from tests import samples

SEEN = "non-finite gradient in step 3"
PROBE = Doing("probe", ("rate x0.1", "clip at 1"), 34, 120, 0.5312, SEEN, shown=False)


class Terminal(io.StringIO):
    """A stream of an encoding."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def terminal(stream: io.StringIO, width: int = 80) -> Console:
    return Console(
        file=stream, force_terminal=True, width=width, color_system=None, highlight=False, legacy_windows=False
    )


def text(doing: Doing, width: int, encoding: str = "utf-8") -> str:
    line = live.Line(terminal(Terminal(encoding), width), 16)
    line.doing(doing)
    shown = line.text(width)
    line.close()
    return shown


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (
            200,
            f"autostable: {SEEN}, attempt 1 of at most 16, probe of rate x0.1 + clip at 1, step 34 of 120, loss 0.5312",
        ),
        (100, "autostable: attempt 1 of at most 16, probe of rate x0.1 + clip at 1, step 34 of 120, loss 0.5312"),
        (80, "autostable: attempt 1 of at most 16, probe of rate x0.1 +..., step 34 of 120"),
        (20, "autostable: probe"),
    ],
)
def test_the_line_fits_the_terminal(width: int, shown: str) -> None:
    line = text(PROBE, width)
    assert len(line) < width
    assert line[2:] == shown


def test_without_unicode() -> None:
    assert text(PROBE, 80, "ascii").isascii()
    assert not text(PROBE, 80).isascii()


def test_nothing_is_drawn_over_the_programs_output() -> None:
    stream = Terminal()
    line = live.Line(terminal(stream), 16)
    line.doing(Doing("baseline", step=5, steps=10))
    assert stream.getvalue() == ""
    line.doing(Doing(LOCATING, seen=SEEN, shown=False))
    drawn = stream.getvalue()
    assert drawn.startswith(" " * 80 + "\r") and f"{SEEN}, looking for the cause" in drawn
    line.doing(Doing("full", ("clip at 1",)))
    taken_away = stream.getvalue().removeprefix(drawn)
    assert taken_away.endswith("\x1b[2K") or "\x1b[2K" in taken_away
    line.close()
    end = stream.getvalue()
    line.doing(Doing("full", ("clip at 1",), 3))
    assert stream.getvalue() == end


def test_a_terminal_that_is_closed_ends_nothing() -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError("gone")

    line = live.Line(terminal(Gone()), 16)
    line.doing(PROBE)
    line.tried(samples.repaired.attempts[1], (0, 1))
    line.close()
    lines = live.Lines(terminal(Gone()), 16)
    lines.doing(PROBE)
    lines.tried(samples.repaired.attempts[1], (0, 1))


def test_calm_lines_where_nobody_looks() -> None:
    stream = io.StringIO()
    shown = live.show_on(stream, 16)
    assert isinstance(shown, live.Lines)
    shown.doing(Doing("baseline", step=2))
    shown.doing(Doing(LOCATING, seen=SEEN, shown=False))
    shown.doing(PROBE)
    first: Attempt = samples.repaired.attempts[1]
    shown.tried(samples.BASELINE, (0, 0))
    shown.tried(first, (0, 1))
    shown.tried(first, (0, 1))  # told again, with the place of its failure
    shown.close()
    assert stream.getvalue().splitlines() == [
        f"autostable: {SEEN}; looking for the cause, then for a cure in at most 16 attempts",
        "autostable: attempt 1 of at most 16: probe with rate x0.1: unstable after 60 steps, 4.0 s: "
        "the loss became non-finite at step 41",
    ]


def test_what_the_supervisor_knows_goes_before_what_a_child_tells() -> None:
    line = live.Line(terminal(Terminal(), 120), 4)
    line.begin(Doing("probe", ("clip at 1",), steps=30, shown=False))
    line.doing(Doing("full", ("clip at 1",), 12, None, 0.25, shown=False))
    assert line.text(120)[2:] == "autostable: attempt 1 of at most 4, probe of clip at 1, step 12 of 30, loss 0.25"
    line.close()


def test_plans_and_symptoms_in_few_words() -> None:
    assert named((samples.EPSILON, samples.RESCALE, samples.RATE)) == ("log bound 1e-07", "x scaled", "rate x0.1")
    assert named((Remedy("epsilon-loss", {"guards": [{"op": "Log", "logarithms": True, "bound": 0.0}]}),)) == (
        "in logarithms",
    )
    assert seen_words(samples.SEEN) == SEEN
    assert seen_words(None) == ""


def test_where_nothing_is_repaired_no_attempts_are_promised() -> None:
    stream = io.StringIO()
    live.show_on(stream, 0).doing(Doing(LOCATING, seen=SEEN, shown=False))
    assert stream.getvalue() == f"autostable: {SEEN}; looking for the cause\n"
