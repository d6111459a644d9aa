"""Which states of a training are kept to go back to: the older, the farther apart. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def superfluous(steps: Sequence[int], most: int) -> int | None:
    """Place of the state to let go of; None where there are not too many.

    The newest and the oldest stay. Of the others that one goes whose neighbours lie closest together for their age, so that
    the distances grow with the age, as those of a logarithmic scale do.

    Args:
        steps: When the states were taken, oldest first.
        most: So many may be kept, at least two.
    """
    if len(steps) <= most:
        return None
    if most <= 2:
        return 1 if most == 2 else 0
    now = steps[-1]
    gaps = [(steps[at + 1] - steps[at - 1]) / (now - steps[at - 1]) for at in range(1, len(steps) - 1)]
    return 1 + gaps.index(min(gaps))
