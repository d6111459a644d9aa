"""Where the time of the test suite goes: a plugin of pytest that measures each test, and the command that tells.

    python -m benchmarks.suite                          # run the suite, print the tables
    python -m benchmarks.suite --write                  # and put them into RESULTS.md
    python -m benchmarks.suite --rows before.json ...   # the rows of an earlier run, as `--keep FILE` leaves them
    python -m benchmarks.suite -- tests/sweeps -x       # what follows is pytest's own

CPU seconds are what is compared: on a machine that does other things, too, seconds by the clock say little. Of a child
process they are known when it has ended; those of processes that `tests/warm.py` forks are asked of it.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

KEEP = "SUITE_TIMES"  # the folder to leave the rows in
BEGIN, END = "<!-- suite: begin -->", "<!-- suite: end -->"
Row = dict[str, Any]
_rows: list[Row] = []
_counted = collections.Counter[str]()


# -- the plugin -------------------------------------------------------------------------------------


def _state() -> list[float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    warm = sys.modules.get("tests.warm")
    below = children.ru_utime + children.ru_stime + (warm.cpu() if warm is not None else 0.0)
    return [time.perf_counter(), time.process_time(), below, _counted["processes"], _counted["slept"]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Measure a test, its fixtures included."""
    before = _state()
    result = yield
    names = ("wall", "cpu", "children", "processes", "slept")
    _rows.append({"test": item.nodeid, **{n: b - a for n, a, b in zip(names, before, _state(), strict=True)}})
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Count the processes and the seconds slept, in the process that runs the tests."""
    if KEEP not in os.environ:
        return
    sleep = time.sleep

    def slept(seconds: float) -> None:
        began = time.perf_counter()
        sleep(seconds)
        _counted["slept"] += time.perf_counter() - began  # type: ignore[assignment]

    time.sleep = slept
    sys.addaudithook(
        lambda event, _: _counted.update(processes=1) if event in ("subprocess.Popen", "os.fork") else None
    )


def pytest_sessionfinish() -> None:
    """Leave the rows of this process."""
    if _rows and KEEP in os.environ:
        name = os.environ.get("PYTEST_XDIST_WORKER", "main")
        Path(os.environ[KEEP], f"{name}.json").write_text(json.dumps(_rows), encoding="utf-8")


# -- the command ------------------------------------------------------------------------------------


def measured(arguments: list[str]) -> tuple[list[Row], int, float]:
    """Run the suite: the rows, pytest's status, the seconds it took by the clock."""
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        path = os.pathsep.join([str(root), str(root / "strategies"), os.environ.get("PYTHONPATH", "")])
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "benchmarks.suite", *arguments], cwd=root, check=False,
            env={**os.environ, KEEP: folder, "PYTHONPATH": path},
        )  # fmt: skip
        seconds = time.monotonic() - began
        rows = [row for file in sorted(Path(folder).glob("*.json")) for row in json.loads(file.read_text())]
    return rows, done.returncode, seconds


def total(row: Row) -> float:
    """All CPU seconds of a test."""
    return float(row["cpu"] + row["children"])


def tables(rows: list[Row], before: list[Row], dearest: int = 50) -> str:
    """The suite by files, and its dearest tests."""
    told = []
    then: collections.Counter[str] = collections.Counter()
    for row in before:
        then[row["test"].partition("::")[0]] += total(row)  # type: ignore[assignment]
        then[row["test"]] += total(row)  # type: ignore[assignment]
    files: dict[str, list[Row]] = {}
    for row in rows:
        files.setdefault(row["test"].partition("::")[0], []).append(row)
    head = "CPU s before | " if before else ""
    rule = "---:|" if before else ""
    told += [f"| file | tests | {head}CPU s | of it in processes | processes | s slept |",
             f"|---|---:|{rule}---:|---:|---:|---:|"]  # fmt: skip

    def line(name: str, those: list[Row], was: float) -> str:
        sums = {key: sum(row[key] for row in those) for key in ("children", "processes", "slept")}
        old = f"{was:.0f} | " if before else ""
        cpu = sum(map(total, those))
        sums["children"] = max(0.0, sums["children"])  # clocks of two kinds
        return (f"| {name} | {len(those)} | {old}{cpu:.0f} | {sums['children']:.0f} | {sums['processes']:.0f} |"
                f" {sums['slept']:.0f} |")  # fmt: skip

    told.append(line("all", rows, sum(map(total, before))))
    ordered = sorted(files, key=lambda name: -sum(map(total, files[name])))
    told += [line(name, files[name], then[name]) for name in ordered[:25]]
    told += [
        "",
        f"The {dearest} dearest tests:",
        "",
        f"| test | {head}CPU s | s by the clock |",
        f"|---|{rule}---:|---:|",
    ]
    for row in sorted(rows, key=total, reverse=True)[:dearest]:
        old = f"{then[row['test']]:.1f} | " if before else ""
        told.append(f"| {row['test'].replace('|', '/')} | {old}{total(row):.1f} | {row['wall']:.1f} |")
    return "\n".join(told)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md")
    parser.add_argument("--keep", type=Path, help="leave the rows in this file")
    parser.add_argument("--rows", type=Path, nargs="+", default=[], help="an earlier run's rows, to compare with")
    parser.add_argument("pytest", nargs="*", help="arguments of pytest's own, after --")
    arguments = parser.parse_args()
    before: list[Row] = []
    for file in arguments.rows:
        before += [{**row, "children": row.get("children", row.get("child"))} for row in json.loads(file.read_text())]
    rows, status, seconds = measured(arguments.pytest)
    if arguments.keep:
        arguments.keep.write_text(json.dumps(rows), encoding="utf-8")
    text = tables(rows, before)
    print(text)
    if arguments.write:
        from benchmarks.cases import put

        put(
            f"## The test suite\n\n`python -m benchmarks.suite --write`: {len(rows)} tests, {seconds:.0f} s by the clock,"
            f" {os.cpu_count()} cores.\n\n{text}",
            BEGIN,
            END,
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
