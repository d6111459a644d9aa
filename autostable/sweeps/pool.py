"""Local worker processes: TensorFlow imported once each, cores and GPUs divided among them."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from autostable.errors import UsageError
from autostable.records import from_json, to_json
from autostable.sweeps.items import RAISED, Item, Outcome
from autostable.sweeps.worker import Spec

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
class _Worker:
    process: subprocess.Popen[bytes]
    read: Any
    write: Any
    number: int
    spec: Spec
    item: Item | None = None
    heard: int = 0  # lessons that it has been told


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
        self._workers: list[_Worker] = []
        self._lessons: list[tuple[int, Any]] = []
        self._deaths: collections.Counter[str] = collections.Counter()
        self._gpus = _gpus()

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Repair the items; outcomes come as they are ready.

        Raises:
            UsageError: If a worker cannot begin (no such function, a script that never searches).
        """
        waiting = collections.deque(items)
        left = len(waiting)
        for number in range(max(1, min(self._jobs, left))):
            self._start(number)
        while left:
            for key, _ in self._selector.select():
                for outcome in self._heard(key.data, waiting):
                    left -= 1
                    yield outcome

    def _heard(self, worker: _Worker, waiting: collections.deque[Item]) -> Iterator[Outcome]:
        line = worker.read.readline()
        message = json.loads(line) if line.endswith("\n") else {"died": True}
        if "error" in message:
            raise UsageError(message["error"])
        if "died" in message:
            yield from self._died(worker, waiting)
            return
        if "outcome" in message:
            outcome = from_json(message["outcome"], Outcome)
            worker.item = None
            self._lessons += [(worker.number, lesson) for lesson in to_json(outcome.lessons)]
            yield outcome
        self._give(worker, waiting)

    def _give(self, worker: _Worker, waiting: collections.deque[Item]) -> None:
        if worker.item is not None or not waiting:
            return
        worker.item = waiting.popleft()
        lessons = [lesson for number, lesson in self._lessons[worker.heard :] if number != worker.number]
        worker.heard = len(self._lessons)
        self._tell(worker, {"do": to_json(worker.item), "lessons": lessons})

    def _died(self, worker: _Worker, waiting: collections.deque[Item]) -> Iterator[Outcome]:
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
                self._end(worker)
        if not self._workers:
            return 0
        leading = self._workers[0]
        self._tell(leading, {"healed": True})
        status = leading.process.wait()
        self._forget(leading)
        return status

    def close(self) -> None:
        """End every worker."""
        for worker in list(self._workers):
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        self._tell(worker, {"stop": True})
        try:
            worker.process.wait(0 if worker.item is not None else 10)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        self._forget(worker)

    def _forget(self, worker: _Worker) -> None:
        self._selector.unregister(worker.read)
        worker.read.close()
        with contextlib.suppress(BrokenPipeError):
            worker.write.close()
        self._workers.remove(worker)

    @staticmethod
    def _tell(worker: _Worker, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died; that shows when it is listened to
            worker.write.write(json.dumps(message, allow_nan=False) + "\n")
            worker.write.flush()

    def _log(self, number: int) -> Path:
        return Path(self._spec.folder) / f"worker-{number}.log"

    def _start(self, number: int) -> None:
        script = self._spec.kind == "script"
        spec = dataclasses.replace(self._spec, leading=script and number == 0)
        file = Path(spec.folder) / f"worker-{number}.json"
        file.write_text(json.dumps(to_json(spec)), encoding="utf-8")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        with self._log(number).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "autostable.sweeps.worker", str(file), str(theirs_in), str(theirs_out)],
                pass_fds=(theirs_in, theirs_out), env=self._environment(number), stdin=subprocess.DEVNULL,
                stdout=None if spec.leading else log, stderr=None if spec.leading else log,
            )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        worker = _Worker(process, os.fdopen(ours_in, encoding="utf-8"), os.fdopen(ours_out, "w", encoding="utf-8"),
                         number, spec)  # fmt: skip
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
    return [str(number) for number, line in enumerate(listed.splitlines()) if line.startswith("GPU ")]
