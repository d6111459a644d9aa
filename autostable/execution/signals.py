"""Signals between the supervisor and its child: each reaches the script once, and none outlives the other.

A terminal sends a Ctrl-C to both, `kill` to one, a scheduler to one or to the whole group. So the child says which signals it
was sent (Python writes their numbers to a pipe, whatever handler the script has), and only what it does not say is passed on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from autostable.records import Report

HEEDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
OUTSIDE = (
    signal.SIGKILL,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGXCPU,
)  # sent by schedulers and systems
HEARD = 0.1  # seconds that a child has to say that it was sent a signal too
_PDEATHSIG = 1  # of Linux' prctl


def say(pipe: int | None) -> None:
    """Have the numbers of the signals that this process is sent written to a pipe (called in the child)."""
    if pipe is not None:
        os.set_blocking(pipe, False)
        os.set_inheritable(pipe, False)
        with contextlib.suppress(ValueError):  # a thread that is not the main one has no signals
            signal.set_wakeup_fd(pipe, warn_on_full_buffer=False)


def end_with_parent(parent: int | None) -> None:
    """Be ended (SIGTERM) when the supervisor is, even by a signal that it cannot pass on (called in the child; Linux only)."""
    if parent is None or sys.platform != "linux" or os.getppid() != parent:
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM)


class Interrupted(Exception):
    """The user has interrupted a run.

    Attributes:
        report: What is known of it.
    """

    def __init__(self, report: Report) -> None:
        super().__init__("interrupted")
        self.report = report


class Heeded:
    """The signals that this process is sent while it supervises. They interrupt nothing here: whoever waits is told.

    Attributes:
        sent: Their numbers, in order.
        events: What is waited for: these numbers as they come, and whatever else is put there.
    """

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()  # which may be written to by a signal's handler
        self.running = False  # a child, which is ended first

    @property
    def insisted(self) -> bool:
        """Whether Ctrl-C was pressed twice: now, not soon."""
        return self.sent.count(signal.SIGINT) > 1

    @property
    def stops(self) -> bool:
        """Whether nothing more is to be begun."""
        return bool(self.sent)

    def words(self) -> str:
        """What stopped it."""
        return "Ctrl-C" if signal.SIGINT in self.sent else signal.Signals(self.sent[0]).name

    def _take(self, number: int, frame: object) -> None:
        self.sent.append(number)
        self.events.put(number)
        if self.insisted and not self.running:
            raise KeyboardInterrupt


_current: Heeded | None = None


@contextlib.contextmanager
def heeded() -> Iterator[Heeded]:
    """Heed Ctrl-C, SIGTERM and SIGHUP (a terminal was closed) until the end of the block; the outermost block counts.

    What is ignored (`nohup`) stays so.
    """
    global _current
    if _current is not None:
        yield _current
        return
    kept = Heeded()
    if threading.current_thread() is not threading.main_thread():
        yield kept
        return
    _current = kept
    before = {number: signal.getsignal(number) for number in HEEDED}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, kept._take)
    try:
        yield kept
    finally:
        _current = None
        for number in taken:
            signal.signal(number, before[number])


def pass_on(process: subprocess.Popen[bytes], said: int, number: int) -> None:
    """Send a child a signal that this process was sent, unless it says that it was sent it too.

    Args:
        process: The child.
        said: Where it says which signals it was sent.
        number: Of the signal.
    """
    if not _said(said, number) and process.poll() is None:
        process.send_signal(number)


def _said(pipe: int, number: int) -> bool:
    """Whether the child says, now or soon, that it was sent a signal."""
    while select.select([pipe], [], [], HEARD)[0]:
        numbers = os.read(pipe, 64)
        if number in numbers:
            return True
        if not numbers:  # it has ended, or closed its end
            return False
    return False
