"""What is believed to be the cure, and how attempts change it. Pure.

A *cure* is a set of at most three remedies, each with the mildest strength that is enough. Before anything was tried it is
as likely as its remedies are (`chances`). A plan holds if it contains the cure, unless something in it spoils it. So a plan
that failed was not the cure, and makes all cures less likely that it contains, and with them the plans that contain no
other: Bayes' rule.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from autostable.repair import chances
from autostable.repair.ladders import Ladder

# Cures of so many remedies are looked for in this share of the ladders, the first ones.
REACH = {1: 1.0, 2: 1 / 3, 3: 1 / 5}
ABSENT = -1  # the strength of a remedy that is not in a plan
SAME_CAUSE = 0.3  # two remedies for one cause are needed together so much less often

Levels = npt.NDArray[np.int_]


class Beliefs:
    """Which cures are possible, and how likely each is.

    Args:
        ladders: The remedies, the most promising first.
        width: How many of them are considered.
    """

    def __init__(self, ladders: Sequence[Ladder], width: int) -> None:
        self._ladders, self._width = tuple(ladders[:width]), width
        self.chances = chances.chances(self._ladders)
        cures = list(self._possible())
        self.cures: Levels = np.array([levels for levels, _ in cures], dtype=int).reshape(
            len(cures), len(self._ladders)
        )
        self._likely = np.array([mass for _, mass in cures])
        self._holds = self._held_by(self.cures)

    def _possible(self) -> Iterator[tuple[list[int], float]]:
        """Every cure, with how likely it is beside the others."""
        for count, share in REACH.items():
            reach = max(round(share * self._width), count)
            for chosen in itertools.combinations(range(min(reach, len(self._ladders))), count):
                if self._complete(chosen):
                    yield from self._with_strengths(chosen, self._odds(chosen))

    def _complete(self, chosen: Sequence[int]) -> bool:
        """Whether what each of these remedies waits for is among them."""
        names = {self._ladders[place].name for place in chosen}
        return all(self._ladders[place].after in (None, *names) for place in chosen)

    def _odds(self, chosen: Sequence[int]) -> float:
        odds = math.prod(chances.odds(self.chances[place]) for place in chosen)
        causes = [self._ladders[place].cause for place in chosen]
        again = len(causes) - len(set(causes))
        return odds * chances.together() ** (len(chosen) - 1) * SAME_CAUSE**again

    def _with_strengths(self, chosen: Sequence[int], odds: float) -> Iterator[tuple[list[int], float]]:
        """These remedies at their first strengths, then one of them at each other strength."""
        first = [ABSENT] * len(self._ladders)
        for place in chosen:
            first[place] = self._ladders[place].start
        shares = {place: strengths(self._ladders[place]) for place in chosen}
        usual = float(np.prod([shares[place][self._ladders[place].start] for place in chosen]))
        yield first, odds * usual
        for place in chosen:
            for level, share in enumerate(shares[place]):
                if level != self._ladders[place].start:
                    other = [level if index == place else each for index, each in enumerate(first)]
                    yield other, odds * usual / shares[place][self._ladders[place].start] * share

    def _held_by(self, plans: Levels) -> npt.NDArray[np.float64]:
        """How likely each plan holds (rows) if a cure is the one (columns)."""
        plan, cure = plans[:, None, :], self.cures[None, :, :]
        contained = ((cure == ABSENT) | (plan >= cure)).all(axis=2)
        spare = ((plan != ABSENT) & (cure == ABSENT)).sum(axis=2)
        further = np.where(cure == ABSENT, 0, np.maximum(plan - cure, 0))
        kept = np.array([1 - chances.BEYOND[ladder.pace is not None] for ladder in self._ladders])
        return np.asarray(contained * (1 - chances.HARM) ** spare * (kept**further).prod(axis=2), dtype=float)

    def failed(self, levels: Sequence[int]) -> None:
        """A plan with these strengths (ABSENT where it has none of a ladder's) has failed."""
        self._likely = self._likely * (1 - self._held_by(np.array([levels]))[0])

    def found(self, favoured: Sequence[bool], odds: float) -> None:
        """What was seen speaks for the cures that have one of these remedies."""
        having = (self.cures[:, np.array(favoured)] != ABSENT).any(axis=1)
        if having.any() and (lacking := odds * (1 + self._likely[~having].sum()) / self._likely[having].sum()) > 1:
            self._likely = np.where(having, self._likely * lacking, self._likely)

    def holds(self, levels: Sequence[int]) -> float:
        """How likely a plan with these strengths holds."""
        return float(self._held_by(np.array([levels]))[0] @ self._likely / self._all)

    def each_holds(self) -> npt.NDArray[np.float64]:
        """How likely each possible cure is, as a plan, to hold: of the shape of `cures`' first axis."""
        return np.asarray(self._holds @ self._likely / self._all)

    def more(self, place: int) -> float:
        """How likely a remedy is needed beside one that holds."""
        odds = chances.together() * chances.odds(self.chances[place])
        return odds / (1 + odds)

    @property
    def _all(self) -> float:
        """All that may be: each cure, or none of them (the odds of which are 1)."""
        return float(self._likely.sum()) + 1.0


def strengths(ladder: Ladder) -> list[float]:
    """How likely each strength of a remedy is the mildest that is enough, mild to strong.

    Of a remedy of pace one of them is. Of others the first is as likely enough whether there are more or not.
    """
    shares = [_share(ladder, level - ladder.start) for level in range(len(ladder.strengths))]
    return shares if ladder.pace is None else _normal(shares)


def _share(ladder: Ladder, further: int) -> float:
    if ladder.pace is None:
        return 1 - chances.STRONGER if further == 0 else chances.STRONGER * chances.FALL ** abs(further)
    faster = further if ladder.pace.faster else -further
    if faster in chances.PACE:
        return chances.PACE[faster]
    edge = max(chances.PACE) if faster > 0 else min(chances.PACE)
    return chances.PACE[edge] * chances.FALL ** abs(faster - edge)


def _normal(shares: Sequence[float]) -> list[float]:
    return [share / sum(shares) for share in shares]
