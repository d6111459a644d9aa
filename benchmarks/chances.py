"""Counts how often which remedy was part of the cure, for `autostable.repair.chances`.

    python -m benchmarks.cases --write --evidence    # the plan of every case anew, and what it rests on
    python -m benchmarks.chances [--write]

A case counts with the remedies that are prescribed on its evidence (tests/calibration/evidence), and with the plan of
tests/cases/expected.json where that is as good as the human fix's. Chances rise with what speaks for a remedy (an isotonic
fit, then Laplace's rule of succession). `together` is what makes the plans of all cured cases the likeliest.
`tests/repair/test_chances.py` makes the table anew.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sklearn.isotonic import IsotonicRegression

from autostable.diagnosis import diagnose
from autostable.knowledge.signs import TIES
from autostable.repair import chances
from autostable.repair.ladders import Ladder, prescribe
from benchmarks.signs import kept

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "autostable" / "repair" / "chances.json"
EXPECTED = ROOT / "tests" / "cases" / "expected.json"
FACTORS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1.0)
ALIKE = 0.02  # shares that differ by less are one step
WIDEST = 8  # remedies of a case among which its plan is looked for
Count = list[int]
Case = tuple[Sequence[Ladder], frozenset[str]]


def cases() -> list[Case]:
    """The remedies of every faulty case, and the names of those that cured it (none where none did)."""
    rows = json.loads(EXPECTED.read_text(encoding="utf-8"))
    found = []
    for case, evidence in kept():
        found.append((prescribe(diagnose(evidence), evidence), cured_by(rows[case])))
    return found


def cured_by(row: Mapping[str, Any]) -> frozenset[str]:
    """The remedies that cured a case: of a plan that was run in full, has passed, and is as good as the human fix.

    What a probe alone showed is no cure: nobody has asked what was learnt under it.
    """
    return frozenset(row["plan"] if row["verdict"] == "repaired" and row["as_good"] else ())


def counted(found: Sequence[Case]) -> dict[str, dict[float, Count]]:
    """By rank and by what speaks for a remedy: how often it cured, and how often it was prescribed."""
    counts: dict[str, dict[float, Count]] = {"first": {}, "later": {}, "resort": {}}
    for ladders, cured in found:
        for ladder, rank in chances.ranks(ladders):
            weight = min(1.0, round(ladder.weight * TIES) / TIES)
            count = counts[rank].setdefault(weight, [0, 0])
            count[0] += ladder.name in cured
            count[1] += 1
    return counts


def rising(counts: Mapping[float, Count]) -> list[dict[str, Any]]:
    """The chance from each weight on, where it changes."""
    weights = sorted(counts)
    shares = [counts[weight][0] / counts[weight][1] for weight in weights]
    fitted = IsotonicRegression().fit_transform(
        weights, shares, sample_weight=[counts[weight][1] for weight in weights]
    )
    steps: list[dict[str, Any]] = []
    level = -1.0
    for weight, share in zip(weights, fitted, strict=True):
        if share > level + ALIKE:
            steps.append({"from": weight, "right": 0, "seen": 0})
            level = share
        steps[-1]["right"] += counts[weight][0]
        steps[-1]["seen"] += counts[weight][1]
    return [{**step, "chance": round((step["right"] + 1) / (step["seen"] + 2), 3)} for step in steps]


def factor(found: Sequence[Case], table: Mapping[str, list[dict[str, Any]]]) -> float:
    """What the chance of remedies together is to the product of their odds: the likeliest of FACTORS."""
    return max(FACTORS, key=lambda each: sum(_log_likelihood(case, table, each) for case in found if case[1]))


def _log_likelihood(case: Case, table: Mapping[str, list[dict[str, Any]]], together: float) -> float:
    ladders, cured = case
    first = list(chances.ranks(ladders))[:WIDEST]
    odds = [(ladder.name, chances.odds(chances.read(table[rank], ladder.weight))) for ladder, rank in first]
    sets = {
        frozenset(name for name, _ in chosen): together ** (count - 1) * math.prod(each for _, each in chosen)
        for count in (1, 2, 3)
        for chosen in itertools.combinations(odds, count)
    }
    return math.log(sets[cured] / sum(sets.values())) if cured in sets else 0.0


def made() -> dict[str, Any]:
    """The table."""
    found = cases()
    steps = {rank: rising(counts) for rank, counts in counted(found).items()}
    return {"made": "python -m benchmarks.chances --write", **steps, "together": factor(found, steps)}


def written(table: Mapping[str, Any]) -> str:
    """The text of the table: a row a line."""
    lines = [f' "made": {json.dumps(table["made"])}']
    for rank in ("first", "later", "resort"):
        rows = ",\n  ".join(json.dumps(step) for step in table[rank])
        lines.append(f' "{rank}": [\n  {rows}\n ]')
    lines.append(f' "together": {table["together"]}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = written(made())
    print(text)
    if given.write:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
