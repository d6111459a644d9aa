"""What rules can see. A sign speaks for a cause, and is believed as often as it was right in the cases. Pure.

The counts lie in signs.json, made by `python -m benchmarks.signs`: over the programs of tests/cases that fail, how often a
sign was seen, and how often the cause it spoke for was one of those that the program's author gives. A test makes the
counts again from the evidence that is kept of these programs, so a rule that changes without them is noticed.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
from collections.abc import Iterable, Mapping
from importlib import resources

from autostable.records import Cause, Code, Site

# What is known of its kind weighs as much as so many cases of a sign's own: the two of Laplace's rule of succession.
BELIEF = 2.0
TIES = 20  # shares that come to the same twentieth are as sure: one case more or less is no reason to prefer one
SURE = 1 - 1 / TIES  # what was only seen is no surer: one case more or less would do it, too
SUREST = 0.99  # nothing that was counted is certain
LIKELY = 0.5  # a cause that is more likely right than wrong


def level(confidence: float) -> float:
    """A confidence as far as it orders causes and remedies; of two that come to the same the earlier rule's goes first."""
    return round(confidence * TIES) / TIES


class Kind(enum.StrEnum):
    """How a sign is come by. One that was met in few cases is believed nearly as its kind is."""

    PLAIN = "plain"  # a contradiction in what was asked for, known before the first step: no training is sound with it
    LOCATED = "located"  # the first bad number arose there, in the data or in an operation of the program's own
    SEEN = "seen"  # a figure of data, layers or course that is out of order
    GUESS = "guess"  # what is left to say


@dataclasses.dataclass(frozen=True)
class Count:
    """In how many cases something was right, of those in which it was seen."""

    right: int = 0
    seen: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.seen + other.seen)

    def share(self, believed: float) -> float:
        """The share of right ones, drawn towards what is believed without them."""
        return (self.right + BELIEF * believed) / (self.seen + BELIEF)


@dataclasses.dataclass(frozen=True)
class Counts:
    """The table of signs.json: of each sign, by the cause that it spoke for."""

    signs: Mapping[str, Mapping[str, Count]]
    kinds: Mapping[str, Kind]

    def of_kind(self, kind: Kind) -> Count:
        """All signs of a kind together."""
        return _sum(self.of(name) for name, known in self.kinds.items() if known is kind)

    def of(self, name: str) -> Count:
        """A sign, whatever cause it spoke for."""
        return _sum(self.signs.get(name, {}).values())

    def confidence(self, sign: Sign) -> float:
        """How often what a sign says is right."""
        share = self.of(sign.name).share(self.of_kind(sign.kind).share(0.5))
        return share if sign.kind in (Kind.PLAIN, Kind.LOCATED) else min(SURE, share)


def _sum(each: Iterable[Count]) -> Count:
    return sum(each, Count())


@dataclasses.dataclass(frozen=True)
class Sign:
    """One thing that a rule can see.

    Attributes:
        name: Unique; its row in signs.json.
        kind: How it is come by.
    """

    name: str
    kind: Kind = Kind.SEEN

    def of(self, code: Code, evidence: str, site: Site | None = None) -> Said:
        """That it was seen, and speaks for this cause."""
        return Said(self, code, evidence, site)


@dataclasses.dataclass(frozen=True)
class Said:
    """What a rule says: the sign, the cause that it speaks for, the words and the place."""

    sign: Sign
    code: Code
    evidence: str
    site: Site | None = None

    @property
    def confidence(self) -> float:
        """How often the sign was right in the cases."""
        return counts().confidence(self.sign)

    @property
    def cause(self) -> Cause:
        return Cause(self.code, min(SUREST, round(self.confidence, 2)), self.evidence, self.site)


@functools.cache
def counts() -> Counts:
    """The table as it is installed."""
    text = resources.files("autostable.knowledge").joinpath("signs.json").read_text(encoding="utf-8")
    rows = json.loads(text)["signs"]
    return Counts(
        {name: {code: Count(*each) for code, each in row["causes"].items()} for name, row in rows.items()},
        {name: Kind(row["kind"]) for name, row in rows.items()},
    )
