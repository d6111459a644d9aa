"""Which region of the space a group of failures lies in, in words. Pure; time grows as n log n.

For every hyperparameter the one test (`rate >= 0.3`, `activation = relu`) is sought that tells the
group from the sound configurations best; then a second one within the first.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

Config = Mapping[str, Any]
WORTH = 0.03  # a second test must raise the score by so much


@dataclasses.dataclass(frozen=True)
class Test:
    """One condition on one hyperparameter: `relation` is ">=", "<=" or "="."""

    name: str
    relation: str
    value: Any

    def holds(self, config: Config) -> bool:
        """Whether a configuration meets it."""
        value = config.get(self.name)
        if self.relation == "=":
            return bool(value == self.value)
        if not _number(value):
            return False
        return bool(value >= self.value if self.relation == ">=" else value <= self.value)

    def __str__(self) -> str:
        shown = f"{self.value:.4g}" if isinstance(self.value, float) else str(self.value)
        return f"{self.name} {self.relation} {shown}"


@dataclasses.dataclass(frozen=True)
class Region:
    """A conjunction of tests, with how many of the group and of the sound ones lie in it."""

    tests: tuple[Test, ...]
    inside: int
    group: int
    sound_inside: int
    sound: int

    def __str__(self) -> str:
        return " with ".join(str(test) for test in self.tests)

    @property
    def score(self) -> float:
        """Harmonic mean of coverage and purity (F1)."""
        return 2 * self.inside / max(1, self.group + self.inside + self.sound_inside)


def region(group: Sequence[Config], sound: Sequence[Config]) -> Region | None:
    """The region that holds a group and as few sound configurations as possible; None where nothing tells them."""
    first = _best(group, sound, len(group), len(sound))
    if first is None:
        return None
    inside = [config for config in group if first.tests[0].holds(config)]
    outside = [config for config in sound if first.tests[0].holds(config)]
    second = _best(inside, outside, len(group), len(sound)) if outside else None
    if second is None or second.score <= first.score + WORTH:
        return first
    test = second.tests[0]  # within it, the first threshold may lie better elsewhere
    again = _best([c for c in group if test.holds(c)], [c for c in sound if test.holds(c)], len(group), len(sound))
    if again is not None and again.score >= second.score and again.tests[0].name == first.tests[0].name:
        first, second = again, again
    return dataclasses.replace(second, tests=(first.tests[0], test))


def _best(group: Sequence[Config], sound: Sequence[Config], all_group: int, all_sound: int) -> Region | None:
    names = dict.fromkeys(name for config in group for name in config)
    found = [
        Region((test,), inside, all_group, outside, all_sound)
        for name in names
        for test, inside, outside in _tests(name, group, sound)
    ]
    telling = [each for each in found if each.sound_inside < len(sound)]
    return max(telling, key=lambda each: each.score, default=None)


def _tests(name: str, group: Sequence[Config], sound: Sequence[Config]) -> list[tuple[Test, int, int]]:
    """The best test of each relation on one hyperparameter, with the numbers inside."""
    bad = [config[name] for config in group if name in config]
    good = [config[name] for config in sound if name in config]
    values = [*bad, *good]
    if not values:
        return []
    if not all(_number(value) for value in values):
        counts, others = collections.Counter(map(repr, bad)), collections.Counter(map(repr, good))
        shown = {repr(value): value for value in bad}
        best = max(counts, key=lambda key: 2 * counts[key] / (len(bad) + counts[key] + others[key]))
        return [(Test(name, "=", shown[best]), counts[best], others[best])]
    return [_threshold(name, bad, good, sign) for sign in (1, -1)]


def _threshold(name: str, bad: Sequence[float], good: Sequence[float], sign: int) -> tuple[Test, int, int]:
    """The threshold at or above (sign 1) or at or below (-1) which the group lies: one sweep over sorted values."""
    marked = sorted([(sign * value, True) for value in bad] + [(sign * value, False) for value in good], reverse=True)
    inside = outside = 0
    best: tuple[float, float, int, int] = (-1.0, 0.0, 0, 0)
    for index, (value, is_bad) in enumerate(marked):
        inside, outside = inside + is_bad, outside + (not is_bad)
        if index + 1 < len(marked) and marked[index + 1][0] == value:
            continue
        score = 2 * inside / (len(bad) + inside + outside)
        if score > best[0]:
            best = (score, value, inside, outside)
    return Test(name, ">=" if sign > 0 else "<=", sign * best[1]), best[2], best[3]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
