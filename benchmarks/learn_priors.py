"""Counts how often which remedy cured which cause, from the reports of `benchmarks.reports`.

    python -m benchmarks.reports tests/cases ... --out reports
    python -m benchmarks.learn_priors reports [--write]

A remedy counts as tried for a cause where a plan of a repair held it, for the best ranked of the reported causes that
call for it. It cured where a probe with nothing else held, or where the plan that was reported holds it and the
repaired model is as good as the human fix's: what was beaten by a better plan has not failed.
With --write the counts go to autostable/repair/priors.json, where `autostable.repair.priors` reads them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autostable.records import Report, Verdict, from_json
from autostable.repair.ladders import REMEDIES
from autostable.repair.priors import Counts, in_order

KEPT = Path(__file__).resolve().parent.parent / "autostable" / "repair" / "priors.json"


def outcomes(report: Report, good: bool) -> Iterable[tuple[str, str, bool]]:
    """(cause, remedy, whether it cured) for every remedy that a repair has tried."""
    tried = {remedy.name for attempt in report.attempts for remedy in attempt.plan}
    cured = {remedy.name for remedy in report.plan} if report.verdict is Verdict.REPAIRED and good else set()
    alone = [each for each in report.attempts if each.kind == "probe" and len(each.plan) == 1]
    cured |= {attempt.plan[0].name for attempt in alone if attempt.outcome == "stable"}
    for name in sorted(tried):
        code = next((cause.code for cause in report.causes if name in REMEDIES[cause.code]), None)
        if code is not None:
            yield str(code), name, name in cured


def counted(told: Iterable[tuple[Report, bool]]) -> Counts:
    """cause -> remedy -> (tried, cured), over reports and whether each model is as good as it should be."""
    counts: dict[str, dict[str, list[int]]] = {}
    for report, good in told:
        for code, name, cured in outcomes(report, good):
            entry = counts.setdefault(code, {}).setdefault(name, [0, 0])
            entry[0] += 1
            entry[1] += cured
    return {code: dict(sorted(counts[code].items())) for code in sorted(counts)}


def read(folder: Path) -> Iterable[tuple[Report, bool]]:
    """The reports of faulty cases below a folder, with whether the case calls the model good."""
    for file in sorted(folder.glob("*/*/report.json")):
        score: Mapping[str, Any] = json.loads(file.with_name("score.json").read_text(encoding="utf-8"))
        if score["class"] != "control":
            yield from_json(json.loads(file.read_text(encoding="utf-8")), Report), score["as_good"] is not False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    counts = counted(read(given.folder))
    for code, names in REMEDIES.items():
        learnt = in_order(code, names, counts)
        changed = "" if learnt == names else f"   was {', '.join(names)}"
        print(f"{code}: {', '.join(f'{name} {counts.get(code, {}).get(name, (0, 0))}' for name in learnt)}{changed}")
    if given.write:
        made = "python -m benchmarks.reports CASES... --out reports; python -m benchmarks.learn_priors reports --write"
        lines = ",\n  ".join(f"{json.dumps(code)}: {json.dumps(counts[code])}" for code in counts)
        KEPT.write_text(f'{{\n "made": "{made}",\n "counts": {{\n  {lines}\n }}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
