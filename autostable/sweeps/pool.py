"""Local worker processes: TensorFlow imported once each, cores and GPUs divided among them."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from autostable.errors import UsageError
from autostable.records import from_json, to_json
from autostable.sweeps.items import RAISED, Item, Outcome
from autostable.sweeps.worker import Spec

NEWS = (
    64  # lessons that a worker is told at a time, the latest: of a thousand workers each would hear a thousand an item
)
DEATHS = 2  # of its process that a configuration may cause before it is given up


class Pool(Protocol):
    """Whatever can repair items side by side."""

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Repair the items; outcomes come as they are ready."""

    def go_on(self) -> int:
        """All is healed: let the leading script go on, and give its exit status."""

    def close(self) -> None:
        """End every worker."""


@dataclasses.dataclass
class Worker:
    """A worker process and the pipes to it."""

    process: subprocess.Popen[bytes]
    read: Any
    write: Any
    number: int
    spec: Spec
    item: Item | None = None
    heard: int = 0  # lessons that it has been told
    ready: bool = False

    def tell(self, message: dict[str, Any]) -> None:
        """Send one message."""
        with contextlib.suppress(BrokenPipeError):  # it died; that shows when it is listened to
            self.write.write(json.dumps(message, allow_nan=False) + "\n")
            self.write.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for one message; `{"died": True}` where there will be none."""
        line = self.read.readline()
        message: dict[str, Any] = json.loads(line) if line.endswith("\n") else {"died": True}
        return message

    def end(self) -> None:
        """End it, by force where it is at work."""
        self.tell({"stop": True})
        try:
            self.process.wait(0 if self.item is not None else 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Close the pipes."""
        self.read.close()
        with contextlib.suppress(BrokenPipeError):
            self.write.close()


def launch(spec: Spec, name: str, number: int, environment: Mapping[str, str], cwd: str | None = None) -> Worker:
    """Start a worker process; what it prints goes to its log, unless its script is the one that goes on."""
    file = Path(spec.folder) / f"{name}.json"
    file.write_text(json.dumps(to_json(spec)), encoding="utf-8")
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with (Path(spec.folder) / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "autostable.sweeps.worker", str(file), str(theirs_in), str(theirs_out)],
            pass_fds=(theirs_in, theirs_out), env=dict(environment), stdin=subprocess.DEVNULL, cwd=cwd,
            stdout=None if spec.leading else log, stderr=None if spec.leading else log,
        )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    return Worker(
        process, os.fdopen(ours_in, encoding="utf-8"), os.fdopen(ours_out, "w", encoding="utf-8"), number, spec
    )


class LocalPool:
    """Worker processes on this machine.

    Args:
        spec: What they work on.
        jobs: How many at most.
    """

    def __init__(self, spec: Spec, jobs: int) -> None:
        self._spec = spec
        self._jobs = jobs
        self._selector = selectors.DefaultSelector()
        self._workers: list[Worker] = []
        self._lessons: list[tuple[int, Any]] = []
        self._deaths: collections.Counter[str] = collections.Counter()
        self._gpus = _gpus()
        self._left = 0
        self._looked = True

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Repair the items; outcomes come as they are ready.

        Raises:
            UsageError: If a worker cannot begin (no such function, a script that never searches).
        """
        waiting = collections.deque(items)
        self._left = len(waiting)
        self._looked = self._spec.kind != "script"  # the leading script's models are still to be looked at
        for number in range(max(int(not self._looked), min(self._jobs, self._left))):
            self._start(number)
        while self._left or not self._looked:
            for key, _ in self._selector.select():
                for outcome in self._heard(key.data, waiting):
                    self._left -= 1
                    yield outcome

    def _heard(self, worker: Worker, waiting: collections.deque[Item]) -> Iterator[Outcome]:
        message = worker.hear()
        if "error" in message:
            raise UsageError(message["error"])
        if "died" in message:
            yield from self._died(worker, waiting)
            return
        worker.ready = True
        if message.get("ready") and worker.spec.leading and not self._looked:
            self._looked = True
            more = [from_json(item, Item) for item in message.get("more", ())]
            self._left += len(more)
            waiting.extend(more)
        if "outcome" in message:
            outcome = from_json(message["outcome"], Outcome)
            worker.item = None
            self._lessons += [(worker.number, lesson) for lesson in to_json(outcome.lessons)]
            yield outcome
        for idle in [each for each in self._workers if each.ready]:
            self._give(idle, waiting)

    def _give(self, worker: Worker, waiting: collections.deque[Item]) -> None:
        if worker.item is not None or not waiting:
            return
        worker.item = waiting.popleft()
        since = max(worker.heard, len(self._lessons) - NEWS)
        lessons = [lesson for number, lesson in self._lessons[since:] if number != worker.number]
        worker.heard = len(self._lessons)
        worker.tell({"do": to_json(worker.item), "lessons": lessons})

    def _died(self, worker: Worker, waiting: collections.deque[Item]) -> Iterator[Outcome]:
        """A worker's process is gone: its item goes to the next one, unless it has killed two already."""
        self._forget(worker)
        status = worker.process.wait()
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        item = worker.item
        if item is None:
            self._deaths["a worker"] += 1
            if self._deaths["a worker"] > DEATHS:
                raise UsageError(f"the worker processes end at once with {how}; see {self._log(worker.number)}")
        else:
            self._deaths[item.key] += 1
            if self._deaths[item.key] >= DEATHS:
                yield Outcome(item.key, item.config, RAISED, f"its process was ended by {how}, {DEATHS} times")
            else:
                waiting.append(item)
        self._start(worker.number)

    def go_on(self) -> int:
        """Let the leading script go on; its exit status."""
        for worker in list(self._workers):
            if worker.number:
                worker.end()
                self._forget(worker)
        if not self._workers:
            return 0
        leading = self._workers[0]
        leading.tell({"healed": True})
        status = leading.process.wait()
        self._forget(leading)
        return status

    def close(self) -> None:
        """End every worker."""
        for worker in list(self._workers):
            worker.end()
            self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        self._selector.unregister(worker.read)
        worker.close()
        self._workers.remove(worker)

    def _log(self, number: int) -> Path:
        return Path(self._spec.folder) / f"worker-{number}.log"

    def _start(self, number: int) -> None:
        script = self._spec.kind == "script"
        spec = dataclasses.replace(self._spec, leading=script and number == 0)
        worker = launch(spec, f"worker-{number}", number, self._environment(number))
        self._workers.append(worker)
        self._selector.register(worker.read, selectors.EVENT_READ, worker)

    def _environment(self, number: int) -> dict[str, str]:
        environment = worker_environment(self._jobs)
        if self._gpus:
            environment["CUDA_VISIBLE_DEVICES"] = self._gpus[number % len(self._gpus)]
        return environment


def worker_environment(jobs: int) -> dict[str, str]:
    """The environment of one of so many workers: this very autostable importable, the cores divided."""
    root = Path(__file__).resolve().parents[2]
    ours = [str(root), str(root / "strategies")] if (root / "strategies").is_dir() else []
    known = os.environ.get("PYTHONPATH", "")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*([known] if known else []), *ours])}
    if jobs > 1:
        share = str(max(1, len(os.sched_getaffinity(0)) // jobs))
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
            environment.setdefault(name, share)
    return environment


def _gpus() -> list[str]:
    """The GPUs that may be used, as CUDA_VISIBLE_DEVICES names them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name for name in visible.split(",") if name and name != "-1"]
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False).stdout
    return re.findall(r"^GPU (\d+):", listed, re.MULTILINE)
