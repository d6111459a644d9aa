"""Waiting for a child: until it ends, until it is to be ended, and how it is ended then, with all that it has started."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autostable.execution import signals
from autostable.execution.signals import Heeded

GRACE = 5.0  # seconds that a program which hangs has to end by itself
LOOK = 0.2  # seconds between two looks at what cannot be waited for
ABSENCE = 2.0  # seconds between two looks that are no chance


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a child ended.

    Attributes:
        status: Its exit status; negative: the signal that ended it.
        why: Why it was ended by us: "timed-out", "stalled" or "interrupted"; empty where it was not.
    """

    status: int
    why: str = ""


class Patience:
    """How long a child may take.

    Args:
        seconds: In all; None is unlimited.
        stall: Without a step; None is unlimited.
        over: Whether it is to be ended because others have.
    """

    def __init__(self, seconds: float | None, stall: float | None, over: Callable[[], bool] | None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._stall, self._over = stall, over
        self._beat = self._looked = time.monotonic()

    def pulse(self) -> None:
        """It has done a step."""
        self._beat = time.monotonic()

    @property
    def wait(self) -> float | None:
        """Seconds until its state is to be looked at again."""
        if self._over is not None or self._stall is not None:
            return LOOK
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    @property
    def spent(self) -> str:
        """Why it is to be ended; empty where it is not."""
        now = time.monotonic()
        away, self._looked = now - self._looked - ABSENCE, now
        if self._stall is not None and away > 0:  # this process was stopped (Ctrl-Z), and the child with it
            self._beat = min(now, self._beat + away + ABSENCE)
        if self._stall is not None and now - self._beat > self._stall:
            return "stalled"
        late = self._deadline is not None and now >= self._deadline
        return "timed-out" if late or (self._over is not None and self._over()) else ""


def awaited(process: subprocess.Popen[bytes], said: int, heeded: Heeded, patience: Patience) -> Ending:
    """Wait for a child.

    A signal is passed on to it, and only its answer is waited for; at the second Ctrl-C it is ended at once.

    Args:
        process: The child.
        said: Where it says which signals it was sent.
        heeded: The signals that this process is sent.
        patience: How long it may take.
    """

    def wait() -> None:
        process.wait()
        heeded.events.put(process)

    ended = threading.Thread(target=wait, daemon=True)
    heeded.running = True
    try:
        ended.start()
        while True:
            event = None
            with contextlib.suppress(queue.Empty):
                event = heeded.events.get(timeout=patience.wait)
            if event is process:
                return Ending(process.returncode)
            if heeded.insisted:
                return _ended(process, "interrupted", ended)
            if isinstance(event, int):
                signals.pass_on(process, said, event)
            elif event is None and (why := patience.spent):
                return _ended(process, why, ended)
    finally:
        heeded.running = False


def _ended(process: subprocess.Popen[bytes], why: str, ended: threading.Thread) -> Ending:
    """End a child and what it has started; one that hangs may save and clean up before."""
    family = descendants(process.pid)
    if why == "stalled":
        process.send_signal(signal.SIGTERM)
        ended.join(GRACE)
    process.kill()
    ended.join()
    for each in family:
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGKILL)
    return Ending(process.returncode, why)


def descendants(process: int) -> list[int]:
    """What a process has started, and they in turn, as far as the system tells (Linux)."""
    found = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text().split()):
                found += [child, *descendants(child)]
    return found
