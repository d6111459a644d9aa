"""How often the first cause is right, against the confidence that it is given.

    python -m benchmarks.reports tests/cases ... --out reports
    python -m benchmarks.calibration reports [--write]

Reads the `score.json` of every case below a folder that `benchmarks.reports` has made, prints the bins, and with --write
keeps the rows in tests/calibration/confidence.json, which tests/diagnosis/test_calibration.py holds the diagnosis to.
Rows of cases that lie in other folders stay: those called held-out were measured when no rule had seen their cases yet
(57 to 76 of tests/cases), which cannot be done again.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "tests" / "calibration" / "confidence.json"
EDGES = (0.0, 0.5, 0.7, 0.85, 0.92, 1.01)
Row = dict[str, Any]


def rows(folder: Path) -> list[Row]:
    """One row a faulty case in which a cause was named; the folder's name tells which cases they are."""
    found = []
    for file in sorted(folder.glob("*/*/score.json")):
        score = json.loads(file.read_text(encoding="utf-8"))
        if score["class"] != "control" and score["cause"] is not None:
            found.append({
                "cases": file.parent.parent.name, "case": score["case"], "cause": score["cause"],
                "confidence": round(score["confidence"], 4), "right": score["cause_right"],
            })  # fmt: skip
    return found


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The new rows, and the old ones of folders that they know nothing of."""
    known = {row["cases"] for row in new}
    return sorted(
        [*new, *(row for row in old if row["cases"] not in known)], key=lambda row: (row["cases"], row["case"])
    )


def bins(found: Sequence[Row], edges: Sequence[float] = EDGES) -> Iterator[tuple[float, int, int]]:
    """Mean confidence, number of rows and number of right ones, a bin at a time, empty ones left out."""
    for low, high in zip(edges, edges[1:], strict=False):  # noqa: RUF007
        own = [row for row in found if low <= row["confidence"] < high]
        if own:
            yield statistics.fmean(row["confidence"] for row in own), len(own), sum(row["right"] for row in own)


def at_most(right: int, count: int, share: float) -> float:
    """The chance of at most so many right ones among `count`, if each were right with this probability."""
    return math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(right + 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = rows(given.folder)
    for confidence, count, right in bins(found):
        low, high = at_most(right, count, confidence), 1 - at_most(right - 1, count, confidence)
        print(f"says {confidence:.2f}: right {right} of {count} ({right / count:.2f}); "
              f"so few or fewer by chance {low:.3f}, so many or more {high:.3f}")  # fmt: skip
    if given.write:
        made = "python -m benchmarks.reports CASES... --out reports; python -m benchmarks.calibration reports --write"
        KEPT.parent.mkdir(exist_ok=True)
        old = json.loads(KEPT.read_text(encoding="utf-8"))["rows"] if KEPT.exists() else []
        lines = ",\n  ".join(json.dumps(row) for row in merged(old, found))
        KEPT.write_text(f'{{\n "made": "{made}",\n "rows": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
