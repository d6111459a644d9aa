"""Workers on a Ray cluster, local or existing (extra `autostable[ray]`). Project folders must be on a shared disk."""

from __future__ import annotations

import collections
import os
import socket
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autostable.errors import AutostableError, UsageError
from autostable.records import from_json, to_json
from autostable.sweeps.items import RAISED, Item, Outcome
from autostable.sweeps.pool import NEWS, LocalPool, launch, worker_environment
from autostable.sweeps.worker import Do, Spec

LOSSES = 4  # of its actor that an item may meet: nodes are lost without its fault


class Bench:
    """An actor: one process of the cluster that repairs items one after the other."""

    def __init__(self, spec: Any, folder: str) -> None:
        from autostable.sweeps import runners, worker

        self._error: str | None = None
        made = from_json(spec, Spec)
        try:
            do = _Script(made, folder) if made.kind == "script" else runners.runner(made, worker.begin(made))
            self._do: Do = do
        except AutostableError as error:
            self._error = str(error)

    def ready(self) -> str | None:
        """Wait until it can work; what is wrong, if it cannot."""
        return self._error

    def do(self, item: Any, lessons: list[Any]) -> Any:
        """Repair one item."""
        try:
            return to_json(self._do(from_json(item, Item), lessons))
        except AutostableError as error:
            return {"error": str(error)}


class _Script:
    """Repairs the items of a script: it runs in a process of its own up to its search, as it does without Ray."""

    def __init__(self, spec: Spec, folder: str) -> None:
        if not os.path.isdir(folder):
            raise UsageError(f"a node of the cluster has no {folder}: with a script all nodes must share that disk")
        name = f"worker-{uuid.uuid4().hex[:8]}"
        self._worker = launch(spec, name, 1, os.environ, cwd=folder)
        self._heard()

    def __call__(self, item: Item, lessons: list[Any]) -> Outcome:
        self._worker.tell({"do": to_json(item), "lessons": lessons})
        return from_json(self._heard()["outcome"], Outcome)

    def _heard(self) -> dict[str, Any]:
        message = self._worker.hear()
        if "error" in message:
            raise UsageError(message["error"])
        if "died" in message:
            raise RuntimeError(f"the script's process ended with status {self._worker.process.wait()}")
        return message


class RayPool:
    """Actors on a Ray cluster.

    Args:
        spec: What they work on.
        jobs: How many at most; those that the cluster has no room for wait, and nothing waits for them.
        address: Of an existing cluster ("auto" finds it); None starts one on this machine.
        cpus, gpus: Of each actor.
    """

    def __init__(self, spec: Spec, jobs: int, *, address: str | None, cpus: float, gpus: float) -> None:
        try:
            import ray
        except ImportError:
            raise UsageError("Ray is not installed: pip install 'autostable[ray]'") from None
        self._ray = ray
        self._lead = LocalPool(spec, 1) if spec.kind == "script" else None  # what goes on with the healed tuner
        self._spec = to_json(spec)
        self._jobs = jobs
        self._started = not ray.is_initialized()
        self._actors: dict[Any, Any] = {}  # by the reference that it is waited on with
        if self._started:
            _check_address(address)
            own = {} if address else {"num_cpus": max(1, round(jobs * cpus)), "include_dashboard": False}
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR",
                         runtime_env=self._runtime(address), **own)  # fmt: skip
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise UsageError(f"no Ray cluster at {address}: {' '.join(str(error).split())[:200]}") from None
        self._check_room(cpus, gpus)
        self._actor = ray.remote(num_cpus=cpus, num_gpus=gpus, max_restarts=0)(Bench)
        self._work: dict[Any, Item] = {}
        self._heard: dict[Any, int] = {}

    @classmethod
    def maker(cls, *, address: str | None, cpus: float, gpus: float) -> Callable[[Spec, int], RayPool]:
        """What `repair` makes its pool with."""
        return lambda spec, jobs: cls(spec, jobs, address=address, cpus=cpus, gpus=gpus)

    def _check_room(self, cpus: float, gpus: float) -> None:
        """Nothing would ever begin, and nobody be told, where no node has what one configuration wants."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        if not any(node.get("CPU", 0) >= cpus and node.get("GPU", 0) >= gpus for node in nodes):
            most: dict[str, float] = max(nodes, key=lambda node: (node.get("GPU", 0), node.get("CPU", 0)), default={})
            self.close()
            raise UsageError(
                f"no node of the cluster has the {cpus:g} CPUs and {gpus:g} GPUs that a configuration is to get: "
                f"the largest has {most.get('CPU', 0):g} and {most.get('GPU', 0):g}"
            )

    def _runtime(self, address: str | None) -> dict[str, Any]:
        kept = ("PYTHONPATH", "TF_", "OMP_")
        environment = {name: value for name, value in worker_environment(self._jobs).items() if name.startswith(kept)}
        if address is None:
            paths = os.pathsep.join([os.getcwd(), environment.get("PYTHONPATH", "")]).rstrip(os.pathsep)
            return {"env_vars": {**environment, "PYTHONPATH": paths}}
        return {"working_dir": os.getcwd(), "env_vars": environment}

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Repair the items; outcomes come as they are ready. What a lost node was at is done by another.

        Raises:
            UsageError: If the workers cannot begin.
        """
        waiting, left = collections.deque(items), len(items)
        losses: collections.Counter[str] = collections.Counter()
        lessons: list[Any] = []
        for _ in range(min(self._jobs, left)):
            self._start()
        if self._lead is not None:
            yield from self._lead.run(())
        while left:
            for reference in self._ready():
                actor, item = self._actors.pop(reference), self._work.pop(reference, None)
                try:
                    value = self._ray.get(reference)
                except self._ray.exceptions.RayError as error:
                    self._start()
                    losses["" if item is None else item.key] += 1
                    if item is None and losses[""] > LOSSES:
                        raise UsageError(f"no worker can begin: {' '.join(str(error).split())[:300]}") from None
                    if item is not None and losses[item.key] >= LOSSES:
                        left -= 1
                        yield Outcome(item.key, item.config, RAISED, f"its process was lost {LOSSES} times")
                    elif item is not None:
                        waiting.appendleft(item)
                    continue
                wrong = value if item is None else value.get("error")
                if wrong:
                    raise UsageError(wrong)
                if item is not None:
                    outcome = from_json(value, Outcome)
                    lessons += to_json(outcome.lessons)
                    left -= 1
                    yield outcome
                self._give(actor, waiting, lessons)

    def _ready(self) -> list[Any]:
        """What can be read, at least one: to ask for each by itself would take as long as there are workers, each time."""
        known = list(self._actors)
        ready, others = self._ray.wait(known, num_returns=1)
        more, _ = self._ray.wait(others, num_returns=len(others), timeout=0) if others else ([], [])
        return [*ready, *more]

    def _start(self) -> None:
        actor = self._actor.remote(self._spec, os.getcwd())
        self._actors[actor.ready.remote()] = actor

    def _give(self, actor: Any, waiting: collections.deque[Item], lessons: list[Any]) -> None:
        if not waiting:
            self._ray.kill(actor)
            return
        item = waiting.popleft()
        news = lessons[max(self._heard.get(actor, 0), len(lessons) - NEWS) :]
        self._heard[actor] = len(lessons)
        reference = actor.do.remote(to_json(item), news)
        self._actors[reference], self._work[reference] = actor, item

    def go_on(self) -> int:
        """Let the script go on, if there is one: on this machine."""
        return 0 if self._lead is None else self._lead.go_on()

    def close(self) -> None:
        """End every actor, and the cluster if it was started here."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()
        if self._lead is not None:
            self._lead.close()
        if self._started:
            self._ray.shutdown()


def _check_address(address: str | None) -> None:
    """Ray itself goes on knocking for minutes where nobody listens."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return  # "auto", "local"
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise UsageError(f"no Ray cluster at {address}: {error}") from None
