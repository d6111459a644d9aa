"""Runs autostable over folders of cases and keeps every report, for `learn_priors.py`.

    python -m benchmarks.reports tests/cases --out reports [--data FOLDER] [--only 02,17]

Writes `reports/PARENT-FOLDER/CASE/report.json` and beside it `score.json` (what the case says about it). A case whose
report is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from autostable.config import Settings
from autostable.records import Report, to_json
from benchmarks.attempts import Case, as_good, autostable_on, cases, guilty, metric_of


def score(report: Report, output: str, seconds: float, case: Case) -> dict[str, Any]:
    """What the case's own facts say about a report."""
    metric = metric_of(output)
    first = report.causes[0] if report.causes else None
    return {
        "case": case.name,
        "class": case.facts.get("class", "control"),
        "verdict": str(report.verdict),
        "metric": metric,
        "fixed": case.facts.get("fixed_metric"),
        "as_good": as_good(metric, case.facts),
        "right_causes": case.facts.get("causes", []),
        "cause": None if first is None else str(first.code),
        "confidence": None if first is None else first.confidence,
        "cause_right": first is not None and first.code in case.facts.get("causes", []),
        "site_right": guilty(report, case),
        "cost": report.cost.ratio,
        "seconds": round(seconds, 1),
        "plan": [remedy.name for remedy in report.plan],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"), help="the folder of data files")
    parser.add_argument("--only", help="comma-separated prefixes of case names")
    parser.add_argument("--timeout", type=float, default=300.0)
    arguments = parser.parse_args()
    only = tuple(arguments.only.split(",")) if arguments.only else ()
    for folder in arguments.folders:
        for case in cases(folder, arguments.data, only):
            place = arguments.out.resolve() / "-".join(folder.resolve().parts[-2:]) / case.name
            if (place / "score.json").exists():
                continue
            report, output, seconds = autostable_on(case, Settings(output_format="json"), arguments.timeout)
            row = score(report, output, seconds, case)
            place.mkdir(parents=True, exist_ok=True)
            (place / "report.json").write_text(json.dumps(to_json(report), indent=1), encoding="utf-8")
            (place / "score.json").write_text(json.dumps(to_json(row), indent=1), encoding="utf-8")
            print(json.dumps(to_json(row)), flush=True)


if __name__ == "__main__":
    main()
