"""Signals between the supervisor and its child: each reaches the script once, and none outlives the other.

A terminal sends a Ctrl-C to both, `kill` to one, a scheduler to one or to the whole group. So the child says which signals it
was sent (Python writes their numbers to a pipe, whatever handler the script has), and only what it does not say is passed on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

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


@contextlib.contextmanager
def passed_on(process: subprocess.Popen[bytes], said: int) -> Iterator[list[int]]:
    """Pass on what only this process is sent; a Ctrl-C is a KeyboardInterrupt here all the same.

    Args:
        process: The child.
        said: Where it says which signals it was sent.

    Yields:
        The signals that this process was sent so far: of two in quick succession one may interrupt the other's handler.
    """
    sent: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield sent
        return

    def pass_on(number: int, frame: object) -> None:
        sent.append(number)
        if not _said(said, number) and process.poll() is None:
            process.send_signal(number)
        if number == signal.SIGINT:
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, pass_on)
    try:
        yield sent
    finally:
        for number in taken:
            signal.signal(number, before[number])


def _said(pipe: int, number: int) -> bool:
    """Whether the child says, now or soon, that it was sent a signal."""
    while select.select([pipe], [], [], HEARD)[0]:
        numbers = os.read(pipe, 64)
        if number in numbers:
            return True
        if not numbers:  # it has ended, or closed its end
            return False
    return False
