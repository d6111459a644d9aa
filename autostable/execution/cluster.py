"""Several workers that train together, each started as `autostable run train.py` with its own TF_CONFIG.

Their trainings wait for each other in every step, so a fresh attempt is one of all workers, and one of
them has to decide which. That is the chief (the task "chief", else worker 0): the supervisors of the
others connect to its, send it how each of their runs ended, and run what it asks for. Only the chief
keeps a run folder and writes a report. All that is said goes over one TCP connection a worker, as a line
of JSON each; TensorFlow's own channels belong to the programs and end with them.

Nobody waits for ever: where one worker's program has failed, the others' are given `GRACE` seconds to
notice, and are ended then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autostable.execution.job import CLEAN, Outcome
from autostable.orders import Orders
from autostable.records import Verdict, from_json, to_json
from autostable.story import Story

GRACE = 60.0  # seconds that other workers' programs have to end by themselves once one has failed
MEETING = 30.0  # seconds that supervisors look for each other after their first run has ended
PATIENCE = 600.0  # seconds that a worker may go on (evaluate, save) after the chief has ended well
PORTS = 8  # that are tried, one after the other


@dataclasses.dataclass(frozen=True)
class Task:
    """This process' place among those that train together.

    Attributes:
        cluster: A digest of the whole cluster, the same for all.
        number: Its place, the chief first.
        names: Those of all, e.g. "worker 1".
        host: Where the chief runs.
    """

    cluster: str
    number: int
    names: tuple[str, ...]
    host: str

    @property
    def is_chief(self) -> bool:
        return self.number == 0

    @property
    def ports(self) -> list[int]:
        """Where the chief may be listening; below the range that systems give out by themselves."""
        start = int(self.cluster[:8], 16)
        return [20000 + (start + place * 1009) % 12000 for place in range(PORTS)]


def task_of(environ: Mapping[str, str]) -> Task | None:
    """The task that TF_CONFIG names; None where no other process trains in step with this one."""
    try:
        config = json.loads(environ.get("TF_CONFIG") or "{}")
        cluster, task = config["cluster"], config["task"]
        names = [(kind, index) for kind in ("chief", "worker") for index in range(len(cluster.get(kind, ())))]
        mine = (str(task["type"]), int(task.get("index", 0)))
        host = str(cluster[names[0][0]][0]).rpartition(":")[0].strip("[]")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    if len(names) < 2 or mine not in names or "ps" in cluster:
        return None  # with parameter servers workers do not go in step
    digest = hashlib.sha256(json.dumps(cluster, sort_keys=True).encode()).hexdigest()[:16]
    return Task(digest, names.index(mine), tuple(f"{kind} {index}" for kind, index in names), host)


def merged(outcomes: Sequence[Outcome], names: Sequence[str]) -> Outcome:
    """What became of one run of all workers: how it ended, and of each training the story that tells most.

    Args:
        outcomes: One for each worker, the chief's first.
        names: What to call them.
    """
    chief = outcomes[0]
    # a worker that leaves takes the others' collectives with it: that they raised then is no news
    order = (
        "interrupted",
        "refused",
        "unstable",
        "broken",
        "raised",
        "exited",
        "died",
        "killed",
        "stalled",
        "timed-out",
    )
    worst = min(outcomes, key=lambda each: order.index(each.ended) if each.ended in order else len(order))
    ended = worst if worst.ended not in CLEAN else chief
    stories = {}
    for number in sorted({story.number for each in outcomes for story in each.stories}):
        told = [
            (place, story) for place, each in enumerate(outcomes) for story in each.stories if story.number == number
        ]
        place, story = min(
            told, key=lambda each: (each[1].verdict is not Verdict.UNREPAIRED, each[1].finding is None, each[0])
        )
        stories[number] = _found_by(story, names[place]) if place and story.finding is not None else story
    return dataclasses.replace(
        ended, stories=tuple(stories.values()), environment=chief.environment,
        notes=tuple(dict.fromkeys(note for each in outcomes for note in each.notes)),
        trained=tuple(dict.fromkeys(what for each in outcomes for what in each.trained)),
    )  # fmt: skip


def _found_by(story: Story, name: str) -> Story:
    note = f"It arose in the part of the step that {name} computes; all workers stopped together."
    return dataclasses.replace(story, notes=(*story.notes, note))


class Line:
    """One connection: lines of JSON both ways; what comes in waits in a queue, None once the other side is gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(None)
        self._stream = connection.makefile("r", encoding="utf-8")
        self.arrived: queue.Queue[Any] = queue.Queue()

    def greeted(self) -> Any:
        """The first line, read in this thread; from then on the rest is read in another one."""
        self._connection.settimeout(5.0)
        try:
            first = json.loads(self._stream.readline())
        except (OSError, ValueError):
            self._connection.close()
            return None
        self._connection.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()
        return first

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._stream:
                self.arrived.put(json.loads(line))
        self.arrived.put(None)

    def send(self, **message: Any) -> None:
        """Send a message; one that cannot be sent is lost, and the other side's silence tells."""
        with contextlib.suppress(OSError):
            self._connection.sendall((json.dumps(message, allow_nan=False) + "\n").encode())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class Chief:
    """The chief's end of all connections."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._lines: dict[int, Line] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._failed_at: float | None = None
        self._server = _listening(task)
        if self._server is not None:
            threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            line = Line(connection)
            line.send(cluster=self.task.cluster)
            hello = line.greeted()
            if isinstance(hello, dict) and hello.get("cluster") == self.task.cluster:
                self._lines[int(hello["task"])] = line

    @property
    def absent(self) -> list[str]:
        """Workers that are not (or no longer) there."""
        return [name for number, name in enumerate(self.task.names) if number and number not in self._lines]

    def order(self, orders: Orders, quiet: bool, seconds: float | None) -> None:
        """Have all others run the target now."""
        self._outcomes.clear()
        self._failed_at = None
        for line in list(self._lines.values()):
            line.send(run={"orders": to_json(orders), "quiet": quiet, "seconds": seconds})

    def _hear(self) -> None:
        for number, line in list(self._lines.items()):
            while True:
                try:
                    message = line.arrived.get_nowait()
                except queue.Empty:
                    break
                if message is None:
                    del self._lines[number]
                    self._outcomes.setdefault(
                        number, Outcome("died", 1, notes=(f"{self.task.names[number]} has gone.",))
                    )
                    break
                self._outcomes[number] = from_json(message["outcome"], Outcome)

    def over(self) -> bool:
        """Whether this worker's own program is to be ended: another one's has failed some time ago."""
        self._hear()
        if self._failed_at is None and any(each.ended not in CLEAN for each in self._outcomes.values()):
            self._failed_at = time.monotonic()
        return self._failed_at is not None and time.monotonic() - self._failed_at > GRACE

    def gather(self, own: Outcome) -> list[Outcome]:
        """The outcomes of all others, waited for as long as is decent."""
        began, told = time.monotonic(), False
        while len(self._outcomes) < len(self.task.names) - 1:
            self._hear()
            waited = time.monotonic() - began
            missing = [number for number in range(1, len(self.task.names)) if number not in self._outcomes]
            if (waited > MEETING or self._server is None) and all(number not in self._lines for number in missing):
                break
            failed = own.ended not in CLEAN or any(each.ended not in CLEAN for each in self._outcomes.values())
            if waited > (GRACE if failed else PATIENCE) and not told:
                told, began = True, time.monotonic()
                for line in list(self._lines.values()):
                    line.send(stop=True)
            elif told and waited > GRACE:
                break
            time.sleep(0.05)
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    def end(self, verdict: str) -> None:
        """Tell the others how it ended, and let them go."""
        for line in list(self._lines.values()):
            line.send(end=verdict)
        if self._server is not None:
            self._server.close()


class Follower:
    """Another worker's end of its connection to the chief."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._line: Line | None = None
        self._waiting: list[Any] = []
        self._gave_up = threading.Event()
        self._thread = threading.Thread(target=self._connect, daemon=True)
        self._thread.start()

    def _connect(self) -> None:
        while not self._gave_up.wait(0.2):
            for port in self.task.ports:
                with contextlib.suppress(OSError):
                    line = Line(socket.create_connection((self.task.host, port), timeout=2.0))
                    line.send(cluster=self.task.cluster, task=self.task.number)
                    hello = line.greeted()
                    if isinstance(hello, dict) and hello.get("cluster") == self.task.cluster:
                        self._line = line
                        return

    def over(self) -> bool:
        """Whether this worker's program is to be ended."""
        line = self._line
        if line is None:
            return False
        with contextlib.suppress(queue.Empty):
            self._waiting.append(line.arrived.get_nowait())
        return any(message is None or "stop" in message for message in self._waiting)

    def messages(self) -> Iterator[Any]:
        """What the chief asks for, as it comes; ends where it has gone or was never there."""
        self._thread.join(MEETING)
        self._gave_up.set()
        line = self._line
        while line is not None:
            message = self._waiting.pop(0) if self._waiting else line.arrived.get()
            if message is None:
                return
            yield message
            if "end" in message:
                return

    def tell(self, outcome: Outcome) -> None:
        """Send the chief how a run has ended."""
        self._thread.join(MEETING)
        self._gave_up.set()
        if self._line is not None:
            self._line.send(outcome=to_json(outcome))

    def close(self) -> None:
        self._gave_up.set()
        if self._line is not None:
            self._line.close()


def _listening(task: Task) -> socket.socket | None:
    """A socket at the first free port; None where there is none, which must not keep a training from running."""
    for host in (task.host, ""):
        for port in task.ports:
            with contextlib.suppress(OSError):
                return socket.create_server((host, port))
    return None
