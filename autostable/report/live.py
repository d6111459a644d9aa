"""What is going on, while it goes on: one line on a terminal, one line an attempt elsewhere, on the standard error.

Nothing is drawn while the program's own output is to be seen. What somebody else has put on the terminal stays: the line is
drawn below it, and taken away before the program goes on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from autostable.doing import LOCATING, Doing, joined, named
from autostable.records import Attempt
from autostable.report import words
from autostable.report.terminal import make_console

TICK = 0.125  # seconds between two frames
_SPINNER, _PLAIN_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"
_SURE = 1.0  # seconds of an attempt before what is left of it is told
_SHORTEST_PLAN = 12
Place = tuple[int, int]


class Silent:
    """Shows nothing."""

    def begin(self, doing: Doing) -> None:
        """Something begins that the program itself cannot name; what it tells meanwhile only adds steps and losses."""

    def end(self) -> None:
        """It has ended."""

    def doing(self, doing: Doing) -> None:
        """The program tells what it does."""

    def tried(self, attempt: Attempt, place: Place) -> None:
        """An attempt has ended; told again at the same place, it replaces what was told before."""

    def hush(self) -> None:
        """Take away whatever is drawn: the program is about to print."""

    def close(self) -> None:
        """Nothing more is shown."""


class _Telling(Silent):
    """Keeps what is told; the others show it.

    Args:
        console: Where to.
        most: Attempts that there may be; 0 where nothing is to be repaired.
    """

    def __init__(self, console: Console, most: int) -> None:
        self._console, self._most = console, most
        self._lock = threading.RLock()
        self._frame: Doing | None = None
        self._now: Doing | None = None
        self._attempts: set[Place] = set()

    def begin(self, doing: Doing) -> None:
        with self._lock:
            self._frame = doing
            self._show(doing)

    def end(self) -> None:
        with self._lock:
            self._frame = None
            self.hush()

    def doing(self, doing: Doing) -> None:
        with self._lock:
            frame = self._frame
            if frame is not None:
                doing = dataclasses.replace(frame, step=doing.step, loss=doing.loss, steps=frame.steps or doing.steps)
            self._show(doing)

    def tried(self, attempt: Attempt, place: Place) -> None:
        if attempt.kind == "baseline":
            return
        with self._lock:
            if place not in self._attempts:
                self._attempts.add(place)
                self._ended(attempt, len(self._attempts))

    @property
    def _counted(self) -> str:
        return f"attempt {len(self._attempts) + 1} of at most {self._most}"

    def _show(self, doing: Doing) -> None:
        self._now = doing

    def _ended(self, attempt: Attempt, number: int) -> None:
        """An attempt has ended that was not told of before."""


class Lines(_Telling):
    """One calm line for what went wrong, and one for each attempt: for logs."""

    def __init__(self, console: Console, most: int) -> None:
        super().__init__(console, most)
        self._said = ""

    def _show(self, doing: Doing) -> None:
        super()._show(doing)
        if doing.seen and doing.seen != self._said:
            self._said = doing.seen
            then = f", then for a cure in at most {self._most} attempts" if self._most else ""
            self._print(f"{doing.seen}; looking for the cause{then}")

    def _ended(self, attempt: Attempt, number: int) -> None:
        why = f": {words.shorten(attempt.why, 80)}" if attempt.why else ""
        self._print(
            f"attempt {number} of at most {self._most}: {attempt.kind} with {joined(named(attempt.plan))}: "
            f"{attempt.outcome} after {words.steps_words(attempt.steps)}, {words.seconds_words(attempt.seconds)}{why}"
        )

    def _print(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._console.print(Text(f"autostable: {text}"), soft_wrap=True)
            self._console.file.flush()


class Line(_Telling):
    """One live line on a terminal."""

    def __init__(self, console: Console, most: int) -> None:
        super().__init__(console, most)
        self._live: Live | None = None
        self._began = time.monotonic()
        self._of: tuple[str, tuple[str, ...], int] = ("", (), -1)
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    def _show(self, doing: Doing) -> None:
        if doing.shown:
            self.hush()
        super()._show(doing)
        of = (doing.kind, doing.plan, len(self._attempts))
        if of != self._of:
            self._of, self._began = of, time.monotonic()
        if not doing.shown and self._live is None:
            self._draw()

    def _draw(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            # what stands in the line of the cursor stays: on a terminal this leads to the next line, unless the line is empty
            self._console.file.write(" " * self._console.width + "\r")
            self._live = Live(
                _Drawn(self), console=self._console, transient=True, auto_refresh=False, redirect_stdout=False,
                redirect_stderr=False, vertical_overflow="crop",
            )  # fmt: skip
            self._live.start(refresh=True)
        if self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def _tick(self) -> None:
        while not self._stop.wait(TICK):
            with self._lock, contextlib.suppress(OSError, ValueError):
                if self._live is not None:
                    self._live.refresh()

    def hush(self) -> None:
        with self._lock:
            live, self._live = self._live, None
            if live is not None:
                with contextlib.suppress(OSError, ValueError):  # the terminal was closed
                    live.stop()

    def close(self) -> None:
        self._stop.set()
        self.hush()

    def text(self, width: int) -> str:
        """The line, at most so many characters wide: what matters least is left out first."""
        with self._lock:
            doing, took = self._now, time.monotonic() - self._began
        if doing is None:
            return ""
        frames = _SPINNER if self._console.encoding.lower().startswith("utf") else _PLAIN_SPINNER
        head = f"{frames[int(time.monotonic() / TICK) % len(frames)]} autostable: "
        return fitted(head, _parts(doing, took, self._counted), width - 1)


class _Drawn:
    """The line as rich draws it: anew in each frame, in the width that the terminal has then."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self._line.text(options.max_width), no_wrap=True, overflow="crop")


@dataclasses.dataclass(frozen=True)
class _Part:
    """A part of the line.

    Attributes:
        text: As it is shown.
        rank: Parts of a higher rank are left out first.
        most: Characters that it may be cut to; 0: it is left whole or out.
    """

    text: str
    rank: int
    most: int = 0


def _parts(doing: Doing, took: float, counted: str) -> list[_Part]:
    """What is said of it, in the order of the line."""
    if doing.kind == LOCATING:
        told = [_Part(doing.seen, 1), _Part("looking for the cause", 0)]
        return [*told, _Part(f"{words.seconds_words(took)} so far", 2)] if took > _SURE else told
    parts = [_Part(doing.seen, 5)] if doing.seen else []
    if doing.kind in ("probe", "full"):
        what = "whole run" if doing.kind == "full" else "probe"
        parts += [_Part(counted, 1), _Part(f"{what} of {joined(doing.plan)}", 0, _SHORTEST_PLAN)]
    else:
        parts.append(_Part(doing.kind, 0, _SHORTEST_PLAN))
    if not doing.step and took > _SURE:  # it starts up, or what it does has no steps
        parts.append(_Part(f"{words.seconds_words(took)} so far", 2))
    if doing.step:
        parts.append(_Part(f"step {doing.step}" + (f" of {doing.steps}" if doing.steps else ""), 2))
    if doing.loss is not None and doing.step:
        parts.append(_Part(f"loss {words.number(doing.loss)}", 3))
    if doing.steps and doing.step and took > _SURE:
        left = took * max(0, doing.steps - doing.step) / doing.step
        parts.append(_Part(f"{words.seconds_words(left)} to go", 4))
    return parts


def fitted(head: str, parts: Sequence[_Part], width: int) -> str:
    """The parts in one line of at most `width` characters: the last rank goes first, then what can be cut is cut."""
    kept = list(parts)

    def line() -> str:
        return head + ", ".join(part.text for part in kept)

    while len(line()) > width and len(kept) > 1 and any(part.rank for part in kept):
        cut = [part for part in kept if part.most]
        spare = len(line()) - width
        long = next((part for part in cut if len(part.text) - spare >= part.most), None)
        if long is not None:
            place = kept.index(long)
            kept[place] = dataclasses.replace(long, text=words.shorten(long.text, len(long.text) - spare))
        else:
            kept.remove(max(kept, key=lambda part: part.rank))
    return line()[: max(0, width)]


def show_on(stream: TextIO | None, most: int) -> Silent:
    """What shows the course of a run there.

    Args:
        stream: The standard error; None where it is closed.
        most: Attempts that there may be; 0 where nothing is to be repaired.
    """
    if stream is None:
        return Silent()
    console = make_console(stream)
    drawn = console.is_terminal and not console.is_dumb_terminal
    return Line(console, most) if drawn else Lines(console, most)
