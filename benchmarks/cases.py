"""What `autostable run` makes of the programs in tests/cases, kept in tests/cases/expected.json.

    python -m benchmarks.cases                       # run all again, tell what is no longer as in the table
    python -m benchmarks.cases --write               # and write the table, and its figures into RESULTS.md
    python -m benchmarks.cases --only 23,50 --write  # these alone; the other rows stay
    python -m benchmarks.cases --write --evidence    # and keep what the causes rest on, for benchmarks/signs.py

A row holds the verdict, the first cause, the line, the plan, and whether the metric is as good as the human fix's: as
they are, what autostable gets wrong included (`right_cause` and `right_line` say so). `tests/cases/test_cases.py` runs
a few of them with each run of the tests. Processes begin with TensorFlow loaded (see tests/warm.py). Some programs need
pandas, which is no dependency.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import signs
from benchmarks.attempts import Case, as_good, cases, metric_of

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "cases"
TABLE = FOLDER / "expected.json"
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"
Row = dict[str, Any]


def environment(case: Case) -> dict[str, str]:
    """That in which a case is run: of a user who has set nothing."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOSTABLE_", "PYTEST_"))}
    env |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "strategies")]), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return env | ({} if case.data is None else {"CASE_DATA": str(case.data)})


def outcome_of(case: Case, python: str, scratch: Path, timeout: float = 600.0) -> Row:
    """Run a case under `autostable run` as a user does; its row of the table."""
    report_file = scratch / "report.json"
    options = ("--output-format", "json", "--output-file", str(report_file), "--run-dir", str(scratch / "runs"))
    try:
        done = subprocess.run(
            [python, "-m", "autostable", "run", *options, str(case.folder / "train.py")], cwd=scratch, env=environment(case),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace",
            timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"verdict": f"not ended after {timeout:.0f} s"}
    if not report_file.exists():
        return {"verdict": f"no report, status {done.returncode}: {done.stderr[-300:]}"}
    report = json.loads(report_file.read_text(encoding="utf-8"))
    cause = report["causes"][0] if report["causes"] else None
    sites = [report["site"], None if cause is None else cause["site"]]
    return {
        "verdict": report["verdict"],
        "cause": None if cause is None else cause["code"],
        "line": next((site["line"] for site in sites if site is not None), None),
        "plan": [remedy["name"] for remedy in report["plan"]],
        "as_good": as_good(metric_of(done.stdout), case.facts),
        "right_cause": (cause["code"] in case.facts["causes"]) if cause and case.facts.get("causes") else None,
        "right_line": _right_line(sites, case),
    }


def _right_line(sites: list[Any], case: Case) -> bool | None:
    """Whether the failure's site, or that of the first cause, is the line that the case names; None: it names none."""
    if not case.facts.get("site"):
        return None
    lines = (case.folder / "train.py").read_text(encoding="utf-8").splitlines()
    wanted = {number for number, line in enumerate(lines, 1) if case.facts["site"] in line}
    return any(site is not None and site["line"] in wanted and site["file"].endswith("train.py") for site in sites)


def keep_evidence(case: Case, runs: Path) -> None:
    """Keep what the causes of a run rest on; a run that had none takes an older one's away."""
    kept = signs.EVIDENCE / f"{case.name}.json"
    kept.unlink(missing_ok=True)
    for file in runs.glob("runs/*/evidence.json"):
        signs.EVIDENCE.mkdir(parents=True, exist_ok=True)
        kept.write_text(signs.shortened(file.read_text(encoding="utf-8")), encoding="utf-8")


def table() -> dict[str, Row]:
    """Rows by the name of their case."""
    found: dict[str, Row] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    return found


def write(rows: dict[str, Row]) -> None:
    """Write the table, a case a line."""
    lines = [f" {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items())]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def figures(rows: dict[str, Row], all_cases: list[Case]) -> str:
    """The section of RESULTS.md."""
    kinds: dict[str, list[Row]] = {}
    for case in all_cases:
        if case.name in rows:
            kinds.setdefault(case.facts.get("class", "control"), []).append(rows[case.name])
    told = [
        "| class | programs | repaired | healthy | unrepaired or failed | right cause first | right line | as good |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, those in sorted(kinds.items()):
        verdicts = [row["verdict"] for row in those]
        counts = [verdicts.count("repaired"), verdicts.count("healthy")]
        right = [
            f"{sum(row.get(key) is True for row in those)} of {sum(row.get(key) is not None for row in those)}"
            for key in ("right_cause", "right_line", "as_good")
        ]
        cells = [kind, len(those), *counts, len(those) - sum(counts), *right]
        told.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(told)


def put(text: str, begin: str, end: str) -> None:
    """Put a text between two marks of RESULTS.md, at its end where they are not there yet."""
    old = RESULTS.read_text(encoding="utf-8")
    new = f"{begin}\n{text}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    changed = pattern.sub(lambda _: new, old) if pattern.search(old) else old.rstrip("\n") + f"\n\n{new}\n"
    RESULTS.write_text(changed, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="comma-separated prefixes of case names")
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"), help="the folder of data files")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--evidence", action="store_true", help="keep the evidence in tests/calibration/evidence")
    parser.add_argument("--reports", type=Path, help="a folder for the reports")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="programs side by side, a thread each")
    arguments = parser.parse_args()
    from tests import warm

    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    only = tuple(arguments.only.split(",")) if arguments.only else ()
    python = warm.python()
    if arguments.reports:
        arguments.reports.mkdir(parents=True, exist_ok=True)

    def row_of(case: Case) -> Row:
        with tempfile.TemporaryDirectory(prefix="case-") as scratch:
            row = outcome_of(case, python, Path(scratch))
            if arguments.evidence:
                keep_evidence(case, Path(scratch) / "runs")
            for file in Path(scratch).glob("report.json") if arguments.reports else ():
                shutil.copy(file, arguments.reports / f"{case.name}.json")
            return row

    rows = table()
    changed = 0
    chosen = cases(FOLDER, arguments.data, only)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for case, row in zip(chosen, pool.map(row_of, chosen), strict=True):
            if row != rows.get(case.name):
                changed += 1
                print(f"{case.name}\n  was {json.dumps(rows.get(case.name))}\n  is  {json.dumps(row)}", flush=True)
            rows[case.name] = row
            if arguments.write:
                write(rows)
    if arguments.write:
        head = "## Cases\n\n`python -m benchmarks.cases --write`: every program of tests/cases under `autostable run`"
        whole = cases(FOLDER, None)
        put(f"{head}; {len(rows)} of {len(whole)} are in the table so far.\n\n{figures(rows, whole)}",
            BEGIN, END)  # fmt: skip
    print(f"{changed} not as in the table")
    return 0 if arguments.write or not changed else 1


if __name__ == "__main__":
    sys.exit(main())
