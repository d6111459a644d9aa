"""How often a remedy is part of the cure, counted over the programs of tests/cases. Pure.

The counts lie in chances.json, made by `python -m benchmarks.chances --write` from the evidence that is kept of the faulty
programs and the plans that cured them; a test makes them anew. What counts is whether a remedy is the first one for its
cause (it cures in about as many cases as its cause is right), or one that comes after another for the same cause (then
hardly ever), and how much speaks for it.
"""

from __future__ import annotations

import bisect
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from autostable.records import Code
from autostable.repair.ladders import Ladder

# Counted over the attempts of the same programs (a remedy on top of a plan that holds, in probes): it spoils 34 of 168.
HARM = 0.2
# Likewise a strength beyond one that holds: in 8 of 20 where strengths may lie in other places (guards). Of a remedy of pace it
# nearly always holds, but one that is slower than needed may learn too little to show it.
BEYOND = {True: HARM, False: 0.4}
# The best strength of a remedy of pace, counted in strengths from the first one towards the faster: -1 in 2 of 27, ...
PACE = {-1: 2 / 27, 0: 13 / 27, 1: 9 / 27, 2: 3 / 27}
FALL = 0.5  # beyond those, each further strength is half as likely
STRONGER = 0.1  # that a remedy cures, but not with its first strength (a stronger guard did in 3 of 30)


@functools.cache
def table() -> dict[str, Any]:
    """The counts as they are installed."""
    text = resources.files("autostable.repair").joinpath("chances.json").read_text(encoding="utf-8")
    known: dict[str, Any] = json.loads(text)
    return known


def chance(weight: float, rank: str) -> float:
    """How likely a remedy is part of the cure.

    Args:
        weight: How much speaks for it (`Ladder.weight`).
        rank: "first" for its cause, "later", or a last "resort" where no cause is known.
    """
    return read(table()[rank], weight)


def read(steps: Sequence[Mapping[str, Any]], weight: float) -> float:
    """The chance that a rank's steps give to a weight."""
    place = bisect.bisect_right([step["from"] for step in steps], weight + 1e-9)
    return float(steps[max(0, place - 1)]["chance"])


def odds(chance: float) -> float:
    """How often it is so for each time that it is not."""
    return chance / (1 - chance)


def chances(ladders: Sequence[Ladder]) -> list[float]:
    """How likely each of these remedies is part of the cure."""
    return [chance(ladder.weight, rank) for ladder, rank in ranks(ladders)]


def ranks(ladders: Sequence[Ladder]) -> Iterator[tuple[Ladder, str]]:
    """Each remedy with its rank, for `chance`."""
    resort = "later" if any(ladder.cause is not None for ladder in ladders) else "resort"
    seen: set[Code] = set()
    for ladder in ladders:
        if ladder.cause is None:
            yield ladder, resort
        else:
            yield ladder, "later" if ladder.cause in seen else "first"
            seen.add(ladder.cause)


def together() -> float:
    """What the chance of two remedies being needed together is to the product of their odds."""
    return float(table()["together"])
