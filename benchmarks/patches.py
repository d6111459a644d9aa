"""Whether the source edits of a repaired run do what the plan did: each program patched, and run by plain python.

    python -m benchmarks.patches tests/cases examples --keep FOLDER           # run all, apply their edits, run them again
    python -m benchmarks.patches tests/cases --keep FOLDER --only 23,50       # these alone
    python -m benchmarks.patches tests/cases --keep FOLDER --remedy rescale-inputs --write

Each program is copied, run under `autostable run`, and where that repaired it the diff of the report is applied with
`git apply` and the patched program run without autostable. It holds if its metric is as good as that of the repaired run:
within 5 points (25 % for an error). What a run gave (report, evidence, metric) is kept in `--keep`; where it is there
already, only the edits are made anew, from plan and evidence, so that a change of the edits costs no search.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from autostable.evidence import Evidence
from autostable.execution.edits import edits_of
from autostable.records import Edit, Remedy, Verdict, from_json, to_json
from autostable.story import Story
from benchmarks.attempts import Case, as_good, cases, metric_of
from benchmarks.cases import environment, put

BEGIN, END = "<!-- patches: begin -->", "<!-- patches: end -->"
TIMEOUT = 600.0
HOLDS, WORSE, BROKEN, NONE, INCOMPLETE = "holds", "worse", "does not run", "no edit", "said to be incomplete"
Kept = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Program:
    """A case, or an example: a script without facts."""

    case: Case
    script: Path

    @property
    def name(self) -> str:
        return self.case.name if self.case.facts else self.script.stem

    def figure(self, output: str) -> float | None:
        """What is compared: the metric of a case, the last number that an example prints."""
        if self.case.facts:
            return metric_of(output)
        found = re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", output)
        return float(found[-1]) if found else None

    def as_good(self, patched: float, repaired: float | None) -> bool:
        """Whether the patched program is as good as the repaired run."""
        if repaired is None or repaired != repaired:
            return patched == patched
        if self.case.facts and not self.case.facts.get("higher_is_better", True):
            return patched <= repaired + 0.25 * abs(repaired) + 1e-9  # an error may be below 0
        if self.case.facts:
            return bool(as_good(patched, {**self.case.facts, "fixed_metric": repaired}))
        return abs(patched - repaired) <= max(0.05, 0.25 * abs(repaired) if abs(repaired) > 1.0 else 0.0)


@dataclasses.dataclass(frozen=True)
class Row:
    """What became of one program's edits.

    Attributes:
        repaired, patched: The metric under autostable, and that of the patched program by itself.
        human: Whether the patched program is as good as the human fix; None where the repaired run was not either.
    """

    name: str
    plan: tuple[str, ...]
    outcome: str
    repaired: float | None = None
    patched: float | None = None
    human: bool | None = None
    said: str = ""


def programs(folders: Sequence[Path], data: Path | None, only: tuple[str, ...]) -> Iterator[Program]:
    """The cases and scripts of some folders."""
    for folder in folders:
        found = cases(folder, data, only)
        yield from (Program(case, case.folder / "train.py") for case in found)
        for script in [] if found else sorted(folder.resolve().glob("*.py")):
            if not only or script.stem.startswith(only):
                yield Program(Case(folder.resolve(), data, {}), script)


def repaired_run(program: Program, python: str, keep: Path) -> Kept:
    """What a run under autostable gave; from the folder where it has been run before."""
    file = keep / f"{program.name}.json"
    if file.exists():
        kept: Kept = json.loads(file.read_text(encoding="utf-8"))
        return kept
    with _copied(program) as scratch:
        options = ("--output-format", "json", "--output-file", "report.json", "--run-dir", "runs")
        output = _run([python, "-m", "autostable", "run", *options, program.script.name], program, scratch)[1]
        report, runs = scratch / "report.json", sorted(scratch.glob("runs/runs/*/evidence.json"))
        kept = {
            "report": json.loads(report.read_text(encoding="utf-8")) if report.exists() else None,
            "evidence": json.loads(runs[-1].read_text(encoding="utf-8")) if runs else None,
            "metric": to_json(program.figure(output)),
        }
    file.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    return kept


def edits_made(kept: Kept, scratch: Path, root: str) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits for a run's plan as they are made now; those of its report where it takes more than one evidence."""
    report = kept["report"]
    plans = {int(number): plan for number, plan in report["plans"].items() if plan}
    if len(plans) != 1 or kept["evidence"] is None:
        return tuple(from_json(edit, Edit) for edit in report["edits"]), tuple(report["notes"])
    ((number, plan),) = plans.items()
    text = json.dumps(kept["evidence"]).replace(root, str(scratch))
    steps = tuple(from_json(json.loads(json.dumps(step).replace(root, str(scratch))), Remedy) for step in plan)
    story = Story(number, "fit", Verdict.REPAIRED, plan=steps, evidence=from_json(json.loads(text), Evidence))
    others = [Story(each, "fit", Verdict.HEALTHY) for each in range(len(report["plans"])) if each != number]
    return edits_of([story, *others], scratch)


def row_of(program: Program, python: str, keep: Path, show: Path | None) -> Row | None:
    """Patch a program and run it; None where it was not repaired."""
    kept = repaired_run(program, python, keep)
    report = kept["report"]
    if report is None or report["verdict"] != "repaired":
        return None
    plan = tuple(dict.fromkeys(step["name"] for each in report["plans"].values() for step in each))
    repaired = None if kept["metric"] is None else float(kept["metric"])
    with _copied(program) as scratch:
        root = str(Path(report["target"]["path"]).parent)
        if not os.path.isabs(root):
            root = str(Path(report["files"]["report"]).parents[3])
        edits, notes = edits_made(kept, scratch, root)
        if show is not None:
            told = "".join(edit.diff for edit in edits) + "".join(f"# {note}\n" for note in notes)
            (show / f"{program.name}.diff").write_text(told, encoding="utf-8")
        if not edits:
            return Row(program.name, plan, NONE, repaired, said=" ".join(notes))
        (scratch / "edit.diff").write_text("".join(edit.diff for edit in edits), encoding="utf-8")
        applied = subprocess.run(
            ["git", "apply", "edit.diff"], cwd=scratch, capture_output=True, text=True, check=False
        )
        if applied.returncode:
            return Row(program.name, plan, BROKEN, repaired, said=applied.stderr[-200:])
        status, output, errors = _run([python, program.script.name], program, scratch)
    patched = program.figure(output)
    complete = all(edit.complete for edit in edits)
    if not complete:
        return Row(program.name, plan, INCOMPLETE, repaired, patched, said=" ".join(notes))
    if status or patched is None:
        return Row(program.name, plan, BROKEN, repaired, patched, said=errors[-300:])
    facts = program.case.facts
    holds = program.as_good(patched, repaired)
    human = as_good(patched, facts) if as_good(repaired, facts) else None
    return Row(program.name, plan, HOLDS if holds else WORSE, repaired, patched, human)


class _copied(tempfile.TemporaryDirectory[str]):
    """A copy of a program's folder (of an example's file) that is gone afterwards."""

    def __init__(self, program: Program) -> None:
        super().__init__(prefix="patch-")
        self._program = program

    def __enter__(self) -> Path:  # type: ignore[override]
        scratch = Path(super().__enter__()).resolve()
        folder = self._program.case.folder
        if self._program.case.facts:
            shutil.copytree(folder, scratch, dirs_exist_ok=True)
        else:
            shutil.copy(self._program.script, scratch)
        return scratch


def _run(command: list[str], program: Program, scratch: Path) -> tuple[int, str, str]:
    try:
        done = subprocess.run(
            command, cwd=scratch, env=environment(program.case), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, encoding="utf-8", errors="replace", timeout=TIMEOUT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 124, "", f"not ended after {TIMEOUT:.0f} s"
    return done.returncode, done.stdout, done.stderr


def figures(rows: Sequence[Row]) -> str:
    """The section of RESULTS.md."""
    said = [row for row in rows if row.outcome in (INCOMPLETE, NONE)]
    compared = [row for row in rows if row.human is not None]
    told = [
        f"{len(rows)} repaired programs: the diffs of {len(rows) - len(said)} are said to be complete, and "
        f"{sum(row.outcome == HOLDS for row in rows)} of these hold. As good as the human fix, where the repaired run was: "
        f"{sum(row.human is True for row in compared)} of {len(compared)}.",
        "",
        "| remedy in the plan | programs | holds | worse | does not run | incomplete | no edit |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    by_remedy: dict[str, list[Row]] = collections.defaultdict(list)
    for row in rows:
        for remedy in row.plan:
            by_remedy[remedy].append(row)
    for remedy, those in sorted(by_remedy.items(), key=lambda item: (-len(item[1]), item[0])):
        counts = collections.Counter(row.outcome for row in those)
        cells = [remedy, len(those), *(counts[kind] for kind in (HOLDS, WORSE, BROKEN, INCOMPLETE, NONE))]
        told.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(told)


def _chosen(found: Iterable[Program], remedies: set[str], keep: Path, sample: int | None) -> list[Program]:
    """Those whose plan, as far as it is known, holds one of some remedies; some of them, drawn with a fixed seed."""
    chosen = list(found)
    if remedies:
        chosen = [program for program in chosen if remedies & _planned(keep / f"{program.name}.json")]
    return chosen if sample is None else random.Random(0).sample(chosen, min(sample, len(chosen)))


def _planned(file: Path) -> set[str]:
    report = json.loads(file.read_text(encoding="utf-8"))["report"] if file.exists() else None
    return {step["name"] for plan in report["plans"].values() for step in plan} if report else set()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, required=True, help="the folder of what the runs under autostable gave")
    parser.add_argument("--only", help="comma-separated prefixes of names")
    parser.add_argument("--remedy", default="", help="comma-separated remedies, one of which the plan is to hold")
    parser.add_argument("--sample", type=int, help="so many of them")
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"), help="the folder of data files")
    parser.add_argument("--show", type=Path, help="a folder for the diffs")
    parser.add_argument("--write", action="store_true", help="write the figures into RESULTS.md")
    arguments = parser.parse_args()
    from tests import warm

    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    for folder in filter(None, (arguments.keep, arguments.show)):
        folder.mkdir(parents=True, exist_ok=True)
    python = warm.python()
    only = tuple(arguments.only.split(",")) if arguments.only else ()
    remedies = set(filter(None, arguments.remedy.split(",")))
    rows = []
    found = programs(arguments.folders, arguments.data, only)
    for program in _chosen(found, remedies, arguments.keep, arguments.sample):
        row = row_of(program, python, arguments.keep, arguments.show)
        if row is not None:
            rows.append(row)
            print(json.dumps(to_json(row)), flush=True)
    print(figures(rows))
    if arguments.write:
        put(f"## Patches\n\n`python -m benchmarks.patches {' '.join(map(str, arguments.folders))} --write`\n\n"
            f"{figures(rows)}", BEGIN, END)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
