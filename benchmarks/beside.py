"""What a cure costs beside another commit: the same faulty programs, run by that commit and by this working tree in turn.

    python -m benchmarks.beside 99db99a                            # all faulty programs of tests/cases
    python -m benchmarks.beside 99db99a FOLDER ... --data FOLDER   # other folders of cases
    ... --sample 40     as many of each class, drawn by --seed
    ... --rows FILE     each row is kept there as a line of JSON; what has its rows is not run again
    ... --write         put the table into RESULTS.md

The commit is cloned into a temporary folder; both run in this environment, as `autostable run` does. A cost is the steps
of all attempts over those of one full run. Costs, attempts and seconds are compared over the programs that both repair.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.attempts import Case, as_good, cases, metric_of
from benchmarks.cases import put

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- beside: begin -->", "<!-- beside: end -->"
SIDES = ("before", "after")
GROUPS = {"class bad": ("bad",), "class nan, silent, error": ("nan", "silent", "error")}
Row = dict[str, Any]


def clone(revision: str, folder: Path) -> Path:
    """The package as of another commit."""
    subprocess.run(["git", "clone", "--quiet", str(HERE.parent), str(folder)], check=True)
    subprocess.run(["git", "checkout", "--quiet", revision], cwd=folder, check=True)
    return folder


def run(root: Path, case: Case, timeout: float) -> Row:
    """Run a program as the package at `root` does: its verdict, its metric and what it cost."""
    path = os.pathsep.join([str(root), str(root / "strategies")])
    environment = {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if case.data is not None:
        environment["CASE_DATA"] = str(case.data)
    with tempfile.TemporaryDirectory(prefix="beside-") as name:
        scratch, written = Path(name), Path(name, "report.json")
        (scratch / "train.py").write_bytes((case.folder / "train.py").read_bytes())
        command = [sys.executable, "-m", "autostable", "run", "--output-format", "json", "--output-file", str(written),
                   "--run-dir", str(scratch / "runs"), "train.py"]  # fmt: skip
        began = time.monotonic()
        try:
            done = subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False,
                                  timeout=timeout, stdin=subprocess.DEVNULL)  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"verdict": "timed-out", "good": False, "seconds": timeout}
        seconds = time.monotonic() - began
        report = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {"verdict": "no report"}
    return {
        "verdict": report["verdict"],
        "good": bool(as_good(metric_of(done.stdout), case.facts)),
        "cost": (report.get("cost") or {}).get("ratio"),
        "attempts": len(report.get("attempts", [])),
        "seconds": round(seconds, 1),
    }


def drawn(found: Sequence[Case], count: int | None, seed: int) -> list[Case]:
    """The faulty programs, or `count` of each class of them."""
    classes: dict[str, list[Case]] = {}
    for case in found:
        if case.facts.get("class") in {name for group in GROUPS.values() for name in group}:
            classes.setdefault(case.facts["class"], []).append(case)
    draw = random.Random(seed)
    chosen = [draw.sample(those, min(len(those), count or len(those))) for _, those in sorted(classes.items())]
    return [case for those in chosen for case in those]


def measured(chosen: Sequence[Case], revision: str, timeout: float, have: set[str]) -> Iterator[Row]:
    """The rows of the programs that have none yet: each run by the commit, then by this working tree."""
    with tempfile.TemporaryDirectory(prefix="beside-") as name:
        roots = dict(zip(SIDES, (clone(revision, Path(name, "commit")), HERE.parent), strict=True))
        for case in chosen:
            if case.name not in have:
                sides = {side: run(root, case, timeout) for side, root in roots.items()}
                yield {"case": case.name, "class": case.facts["class"], **sides}


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(rows: Sequence[Row], revision: str) -> str:
    """What both cost, by class."""
    told = [
        "| programs | | repaired | as good as the human fix | both repair | cost, median | 95th percentile | attempts |"
        " s, median |\n|---|---|---:|---:|---:|---:|---:|---:|---:|"
    ]
    for group, classes in GROUPS.items():
        those = [row for row in rows if row["class"] in classes]
        both = [row for row in those if all(row[side]["verdict"] == "repaired" for side in SIDES)]
        for side, label in zip(SIDES, (revision, "now"), strict=True):
            if not both:
                continue
            costs = [row[side]["cost"] for row in both]
            told.append(
                f"| {len(those)} of {group} | {label} | {sum(row[side]['verdict'] == 'repaired' for row in those)}"
                f" | {sum(row[side]['good'] for row in those)} | {len(both)} | {statistics.median(costs):.2f}"
                f" | {quantile(costs, 0.95):.2f} | {sum(row[side]['attempts'] for row in both)}"
                f" | {statistics.median(row[side]['seconds'] for row in both):.1f} |"
            )
    return "\n".join(told)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision")
    parser.add_argument("folders", nargs="*", type=Path, default=[HERE.parent / "tests" / "cases"])
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=900.0)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    kept = arguments.rows.read_text(encoding="utf-8") if arguments.rows and arguments.rows.exists() else ""
    rows: list[Row] = [json.loads(line) for line in kept.splitlines()]
    data = Path(arguments.data).resolve() if arguments.data else None
    found = [case for folder in arguments.folders for case in cases(folder, data)]
    chosen = drawn(found, arguments.sample, arguments.seed)
    for row in measured(chosen, arguments.revision, arguments.timeout, {row["case"] for row in rows}):
        rows.append(row)
        print(json.dumps(row), flush=True)
        if arguments.rows:
            with arguments.rows.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    print(table(rows, arguments.revision))
    if arguments.write:
        put(table(rows, arguments.revision), BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
