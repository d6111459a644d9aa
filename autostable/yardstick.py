"""How a course of losses is judged: finite, bounded, still falling. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autostable.story import mean

DIVERGED = 10.0  # a baseline whose positive loss ends so many times above its start is not bounded
SUNK = 100.0  # nor may it sink so far below zero: a guarded operation then gives what no error can be
RISEN = 1.25  # a plan must do better: its loss may not end above its start by more than noise


def ends(losses: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean loss of the first steps (at most 5) and of the last tenth (at most 50 steps)."""
    count = min(50, max(1, len(losses) // 10))
    return mean(losses[: max(1, min(5, count))]), mean(losses[-count:]) if losses else None


def unbounded(losses: Sequence[float], *, planned: bool) -> str | None:
    """Why a finite course is not bounded; None where it is.

    Args:
        losses: Loss of every step, oldest first.
        planned: The course is that of a plan, not of the user's unchanged program, which gets
            the benefit of the doubt.
    """
    first, last = ends(losses)
    if first is None or last is None or not math.isfinite(first):
        return None
    if not math.isfinite(last):
        return "the loss is not finite"
    if planned:
        first = min(first, losses[0])
    if planned and losses[0] > 0 and last < -SUNK * max(1.0, losses[0]):
        return f"the loss sinks from {losses[0]:.4g} to {last:.4g}: under this plan it no longer measures an error"
    limit = RISEN if planned else DIVERGED
    if first > 0 and last > limit * first and (planned or last > 1.0):
        return f"the loss ends at {last:.4g}, above its start at {first:.4g}"
    return None


def still_falling(losses: Sequence[float]) -> bool:
    """Whether the last third still falls, by more than noise explains."""
    return has_fallen(losses[-max(6, len(losses) // 3) :])


def has_fallen(losses: Sequence[float]) -> bool:
    """Whether the second half lies below the first, by more than noise explains."""
    half = len(losses) // 2
    early, late = losses[:half], losses[half:]
    if not early or not late:
        return False
    centre = math.fsum(losses) / len(losses)
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in losses) / len(losses))
    drop = math.fsum(early) / len(early) - math.fsum(late) / len(late)
    return drop > 2 * spread / math.sqrt(max(1, half)) and drop > 1e-3 * abs(centre)
