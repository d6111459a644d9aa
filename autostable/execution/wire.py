"""The connection between the supervisor and its child: a job goes down, and all that becomes known comes up at once.

No file lies between them: no disk can be full, no folder deleted or read-only. A line of JSON says one thing.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from autostable.doing import Doing
from autostable.execution.job import Healed, Job, Told
from autostable.orders import Tried
from autostable.records import Intervention, from_json, to_json
from autostable.story import Story

PULSE = 0.5  # seconds between two signs of life; as long is waited for the supervisor to draw nothing more
HUSH = "hush"
Heard = Callable[[str, Any], None]


class Wire:
    """The child's end."""

    def __init__(self, handle: int) -> None:
        self._socket = socket.socket(fileno=handle)
        self._socket.set_inheritable(False)
        self._identity = os.fstat(handle).st_ino
        self._own, self._lock, self._beat = os.getpid(), threading.Lock(), 0.0
        self._parent: int | None = None
        self._drawn_over = False

    def job(self) -> Job:
        """The job that the supervisor sends, once."""
        data = b""
        while not data.endswith(b"\n"):
            more = self._socket.recv(1 << 16)
            if not more:
                raise EOFError("the supervisor is gone")
            data += more
        job = from_json(json.loads(data), Job)
        self._parent = job.parent if job.parent == os.getppid() else None
        return job

    def tell(self, what: str, value: Any) -> bool:
        """Say one thing, of this process only, not of a fork; False where nobody can hear it any more."""
        if os.getpid() != self._own:
            return True
        line = json.dumps({what: to_json(value)}, allow_nan=False).encode() + b"\n"
        try:
            with self._lock:
                if os.fstat(self._socket.fileno()).st_ino != self._identity:
                    return False  # closed by the program, and the number is now that of a file of its own
                self._socket.sendall(line)
        except OSError:
            self._end_without_parent()
            return False
        return True

    def story(self, story: Story) -> None:
        """Say what became of a training."""
        self.tell("story", story)

    def tried(self, training: int, place: int, tried: Tried) -> None:
        """Say what an attempt of a training gave."""
        self.tell("tried", Told(training, place, tried))

    def healed(self, training: int, place: int, intervention: Intervention) -> None:
        """Say what was done about a training while it goes on."""
        self.tell("healed", Healed(training, place, intervention))

    def pulse(self, describe: Callable[[], Doing]) -> None:
        """Say that a step was done, and what is being done, now and then."""
        now = time.monotonic()
        if now - self._beat >= PULSE:
            self._beat = now
            self.tell("pulse", describe())

    def doing(self, doing: Doing) -> None:
        """Say that something else is done now; what the program may print over is waited for to be taken away."""
        self.tell("doing", doing)
        if doing.shown and self._drawn_over and os.getpid() == self._own:
            self._wait_for_quiet()
        self._drawn_over = not doing.shown

    def _wait_for_quiet(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.tell(HUSH, None) and select.select([self._socket], [], [], PULSE)[0]:
                self._socket.recv(1)

    def _end_without_parent(self) -> None:
        """A program that ignores the signal of its supervisor's end must not train on beside the call that goes on."""
        if self._parent is not None and os.getppid() != self._parent:
            os.kill(self._own, signal.SIGKILL)


class Listening:
    """The supervisor's end: hears what the child says, in a thread of its own, as it comes.

    Attributes:
        theirs: The child's end, to be handed to it.
    """

    def __init__(self, heard: Heard) -> None:
        self._socket, self.theirs = socket.socketpair()
        self._heard = heard
        self._thread = threading.Thread(target=self._read, daemon=True)

    def begin(self, job: Job) -> None:
        """Send the child, which has been started, its job; hear what it says from now on."""
        self._thread.start()
        with contextlib.suppress(OSError):  # it is gone already: that will be seen
            self._socket.sendall(json.dumps(to_json(job)).encode() + b"\n")

    def end(self) -> None:
        """The child has ended: hear the rest of what it has said. Forks of it may live on and hold its end open."""
        if self._thread.is_alive():
            with contextlib.suppress(OSError):
                self.theirs.sendall(b"\n\n")  # behind all that the child has sent
            self._thread.join()
        self.theirs.close()
        self._socket.close()

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if line == b"\n":
                    return
                try:
                    ((what, value),) = json.loads(line).items()
                except (ValueError, AttributeError):  # half a line of a process that was killed in it
                    continue
                self._heard(what, value)
                if what == HUSH:
                    with contextlib.suppress(OSError):
                        self._socket.send(b"\n")
