"""A sweep of a hundred thousand configurations on a thousand workers, simulated: what the planning itself costs.

    python -m benchmarks.scale                       # 1,000, 10,000 and 100,000 configurations
    python -m benchmarks.scale --write               # and put the table into docs/scale.md
    python -m benchmarks.scale --sizes 1000 --workers 100

The table is read, ordered, given out, journalled, grouped, reported and written back by the real code, driven by `RayPool`;
in the place of Ray stands a cluster whose every trial takes no time. So all seconds are ours. Each size runs in a process of
its own.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"
SIZES, WORKERS = (1_000, 10_000, 100_000), 1_000
BAD = 0.5  # of the configurations
Row = dict[str, Any]


class Cluster(ModuleType):
    """What `RayPool` uses of Ray: actors that answer at once, the one that was asked first before the others."""

    class exceptions:
        class RayError(Exception):
            """Nothing is lost here."""

    def __init__(self) -> None:
        super().__init__("ray")
        self._results: dict[int, Any] = {}
        self._count = 0
        self._told = 0

    def is_initialized(self) -> bool:
        return False

    def init(self, **_: Any) -> None:
        """It is there already."""

    def shutdown(self) -> None:
        """It needs no end."""

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": 64.0}}]

    def remote(self, **_: Any) -> Any:
        return lambda kind: SimpleNamespace(remote=lambda spec, folder: self._actor())

    def _actor(self) -> Any:
        ready = SimpleNamespace(remote=lambda: self._reference(None))
        return _Actor(ready, SimpleNamespace(remote=lambda item, lessons: self._reference(_outcome(item, lessons))))

    def _reference(self, value: Any) -> int:
        self._count += 1
        self._results[self._count] = value
        return self._count

    def wait(
        self, references: list[int], num_returns: int, timeout: float | None = None
    ) -> tuple[list[int], list[int]]:
        return references[:num_returns], references[num_returns:]

    def get(self, reference: Any) -> Any:
        if isinstance(reference, list):
            return [self._results.pop(each) for each in reference]
        return self._results.pop(reference)

    def kill(self, actor: Any) -> None:
        """It ends with the process."""


@dataclasses.dataclass(eq=False)
class _Actor:
    ready: Any
    do: Any


LESSONS = collections.Counter[str]()


def _outcome(item: Any, lessons: list[Any]) -> Any:
    """What a worker says of a trial that it repaired."""
    LESSONS["told"] += len(lessons)
    hot = item["config"]["rate"] > 0.1
    cause = "learning-rate-too-high" if hot else "dead-relu"
    step = {"name": "lower-learning-rate" if hot else "swap-activation", "level": 1, "parameters": {}}
    return {
        "key": item["key"], "config": item["config"], "verdict": "repaired", "message": "autostable repaired it",
        "metrics": {"loss": 0.5}, "symptom": {"kind": "nonfinite", "step": 3, "epoch": 0},
        "causes": [{"code": cause, "confidence": 0.9, "evidence": "as it is told of a real one, in a sentence of this length"}],
        "plan": [{"name": step["name"], "parameters": {"factor": 0.1}}], "attempts": 3, "steps": 120,
        "full": 1000, "seconds": 1.5,
        "lessons": [{"families": [f"nonfinite: {cause}", cause], "recipe": [step], "cured": True}],
    }  # fmt: skip


def table(file: Path, size: int) -> None:
    """A table of configurations, half of them bad."""
    rng = random.Random(size)
    lines = ["rate,units,activation,loss"]
    for _ in range(size):
        bad, rate = rng.random() < BAD, 10 ** rng.uniform(-4, 0.5)
        lines.append(f"{rate:.6g},{rng.choice([16, 32, 64])},{rng.choice(['relu', 'tanh'])},{'nan' if bad else 0.3}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measured(size: int, workers: int) -> Row:
    """One simulated sweep in this process."""
    ray = sys.modules["ray"] = Cluster()
    assert ray is not None
    from autostable.config import Settings
    from autostable.sweeps import journal, page, repair, summary
    from autostable.sweeps.ray_pool import RayPool

    assert page and summary
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "sweep.csv"
        table(file, size)
        where = repair.source(str(file))
        maker = RayPool.maker(address=None, cpus=0.001, gpus=0.0)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times: dict[str, float] = {}
        kept: dict[str, int] = {}

        def progress(coming: Any, done: int, total: int) -> Any:
            times["first"], cpu = time.perf_counter(), time.process_time()
            yield from coming
            times["last"], times["cpu"] = time.perf_counter(), time.process_time() - cpu
            kept["journal"] = (where.folder / journal.NAME).stat().st_size
            began = time.perf_counter()
            assert len(journal.read(where.folder)) == total
            times["restart"] = time.perf_counter() - began

        began, cpu = time.perf_counter(), time.process_time()
        done = repair.repair(where, "module:train", (), Settings(), jobs=workers, pools=maker, progress=progress)
        ended, used = time.perf_counter(), time.process_time() - cpu
        assert all(outcome.usable for outcome in done.outcomes)
        page_size = (where.folder / repair.PAGE).stat().st_size
    results = len(done.outcomes)
    return {
        "configurations": size, "workers": workers, "results": results, "plan": times["first"] - began,
        "results_a_second": results / (times["last"] - times["first"]), "results_a_cpu_second": results / times["cpu"],
        "end": ended - times["last"] - times["restart"], "cpu": used, "restart": times["restart"], "journal": kept["journal"],
        "page": page_size, "memory": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024,
        "lessons": LESSONS["told"],
    }  # fmt: skip


def shown(rows: list[Row]) -> str:
    """The table of the figures."""
    lines = [
        "| configurations | of them bad | plan | results a second | a CPU second | group, report, write back | restart "
        "| journal | page | memory | lessons sent |",
        "|" + "---:|" * 11,
    ]
    for row in rows:
        lines.append(
            f"| {row['configurations']:,} | {row['results']:,} | {row['plan']:.1f} s | {row['results_a_second']:,.0f} | "
            f"{row['results_a_cpu_second']:,.0f} | {row['end']:.1f} s | {row['restart']:.1f} s | "
            f"{row['journal'] / 1e6:.1f} MB | {row['page'] / 1e6:.1f} MB | {row['memory'] / 1e6:.0f} MB | {row['lessons']:,} |"
        )
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--one", action="store_true", help="measure the first size in this process, as JSON")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.sizes[0], given.workers)))
        return
    rows = []
    for size in given.sizes:
        command = [
            sys.executable,
            "-m",
            "benchmarks.scale",
            "--one",
            "--sizes",
            str(size),
            "--workers",
            str(given.workers),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(shown(rows[-1:]).splitlines()[-1], flush=True)
    print(shown(rows))
    if given.write:
        file = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
        text = file.read_text(encoding="utf-8")
        head, tail = text.index(BEGIN) + len(BEGIN), text.index(END)
        file.write_text(f"{text[:head]}\n{shown(rows)}\n{text[tail:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
