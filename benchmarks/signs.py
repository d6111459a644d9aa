"""How often each sign of the diagnosis is right, over the programs of tests/cases that fail.

    python -m benchmarks.cases --write --evidence    # the evidence of every case anew (tests/calibration/evidence)
    python -m benchmarks.signs [--write]             # the counts of it, and how good the first causes are by them

The counts are kept in autostable/knowledge/signs.json; tests/diagnosis/test_signs.py makes them again from the evidence and
fails where a rule has changed and they were not made anew. First causes are counted twice: by counts over all cases, and by
counts that leave out the case in question, which is what a new program may expect.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autostable.diagnosis import SIGNS, seen
from autostable.evidence import Evidence
from autostable.knowledge.signs import Count, Counts, Kind, Said, level
from autostable.records import from_json

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = ROOT / "tests" / "calibration" / "evidence"
CASES = ROOT / "tests" / "cases"
TABLE = ROOT / "autostable" / "knowledge" / "signs.json"
DIGITS = 6  # of a number that is kept
SURER = (Kind.PLAIN, Kind.LOCATED)
ENDS = 12  # steps at either end of a course that are kept


def shortened(text: str) -> str:
    """The JSON of an evidence: few digits, files without folders, of a long course both ends and the largest gradients.

    That is what rules read of it; where they see something else then, numbers and course stay as they are.
    """
    text = re.sub(r'/[^\s"]*/(?=[^/\s"]+\.py\b)', "", text)
    whole = json.loads(text)
    short = json.loads(text, parse_float=lambda number: float(f"{float(number):.{DIGITS}g}"))
    course = short["course"]
    largest = sorted(filter(math.isfinite, map(float, course["gradients"])))[-1:]
    for name, between in (("losses", []), ("gradients", largest)):
        values = course[name]
        course[name] = values if len(values) <= 2 * ENDS else [*values[:ENDS], *between, *values[-ENDS:]]
    kept = short if _signs(short) == _signs(whole) else whole
    return json.dumps(kept, separators=(",", ":")) + "\n"


def _signs(evidence: Any) -> list[str]:
    return [said.sign.name for said in seen(from_json(evidence, Evidence))]


def right(case: str) -> frozenset[str]:
    """The causes that the author of a case gives."""
    facts = json.loads((CASES / case / "case.json").read_text(encoding="utf-8"))
    return frozenset(facts.get("causes") or ())


def kept(folder: Path = EVIDENCE) -> Iterator[tuple[str, Evidence]]:
    """The cases whose evidence is kept and whose cause is known."""
    for file in sorted(folder.glob("*.json")):
        if right(file.stem):
            yield file.stem, from_json(json.loads(file.read_text(encoding="utf-8")), Evidence)


def counted(said: Iterable[tuple[str, Iterable[Said]]]) -> Counts:
    """Of each sign, by the cause that it spoke for: in how many cases it was right and seen, once a case.

    Many a figure follows from a contradiction, or from what was located: it counts where none of these is seen beside it.
    """
    signs: dict[str, dict[str, Count]] = {}
    for case, each in said:
        known, each = right(case), tuple(each)
        surer = any(one.sign.kind in SURER for one in each)
        counts = (one for one in each if one.sign.kind is not Kind.SEEN or not surer)
        for name, code in sorted({(one.sign.name, str(one.code)) for one in counts}):
            row = signs.setdefault(name, {})
            row[code] = row.get(code, Count()) + Count(int(code in known), 1)
    return Counts(signs, {sign.name: sign.kind for sign in SIGNS})


def first(said: Iterable[Said], counts: Counts) -> str | None:
    """The cause that would be named first by these counts; where two are as sure that of where the first bad
    number arose, then the earlier rule's.
    """
    best = max(said, key=lambda one: (level(counts.confidence(one.sign)), one.sign.kind is Kind.LOCATED), default=None)
    return None if best is None else str(best.code)


def table(counts: Counts) -> dict[str, Any]:
    """What signs.json holds."""
    return {
        sign.name: {
            "kind": str(sign.kind),
            "causes": {code: [each.right, each.seen] for code, each in sorted(counts.signs.get(sign.name, {}).items())},
        }
        for sign in SIGNS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    said = {case: tuple(seen(evidence)) for case, evidence in kept()}
    counts = counted(said.items())
    for sign in sorted(SIGNS, key=lambda sign: -counts.confidence(sign)):
        own = counts.of(sign.name)
        print(f"{counts.confidence(sign):.2f}  {own.right:3} of {own.seen:3}  {sign.kind:8}{sign.name}")
    named = {case: each for case, each in said.items() if each}
    by_all = sum(first(each, counts) in right(case) for case, each in named.items())
    alone = 0
    for case, each in named.items():
        without = counted((other, those) for other, those in said.items() if other != case)
        alone += first(each, without) in right(case)
    print(f"first cause right in {by_all} of {len(named)}; by the counts of the other cases {alone} of {len(named)}")
    if given.write:
        made = "python -m benchmarks.cases --write --evidence; python -m benchmarks.signs --write"
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table(counts).items())
        TABLE.write_text(f'{{\n "made": "{made}",\n "signs": {{\n{rows}\n }}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
