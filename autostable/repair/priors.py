"""How often which remedy cured which cause in the cases that autostable is developed with. Pure.

The counts lie in priors.json, made by `python -m benchmarks.learn_priors`. The hand-written order of a cause's remedies
is what is believed before any count; counts move a remedy only as far as they outweigh that.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from importlib import resources

from autostable.records import Code

BELIEF = 10.0  # the hand-written order weighs as much as so many trials: what was never tried must not look best
FALL = 0.8  # and gives each further remedy this share of the one before

Counts = Mapping[str, Mapping[str, Sequence[int]]]


@functools.cache
def counts() -> Counts:
    """Cause -> remedy -> how often it was tried, and how often it was in the plan that cured."""
    text = resources.files("autostable.repair").joinpath("priors.json").read_text(encoding="utf-8")
    known: Counts = json.loads(text)["counts"]
    return known


def chance(rank: int, tried: int, cured: int) -> float:
    """How likely a remedy is believed to cure: smoothed towards its place in the hand-written order."""
    return (cured + BELIEF * FALL**rank) / (tried + BELIEF)


def in_order(code: Code, remedies: Sequence[str], known: Counts | None = None) -> tuple[str, ...]:
    """The remedies for a cause, the likeliest cure first; the hand-written order where nothing is known."""
    seen = (counts() if known is None else known).get(code, {})
    chances = {name: chance(rank, *seen.get(name, (0, 0))) for rank, name in enumerate(remedies)}
    return tuple(sorted(remedies, key=lambda name: -chances[name]))
