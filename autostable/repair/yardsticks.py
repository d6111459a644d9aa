"""What attempts are ranked by. Pure."""

from __future__ import annotations

import math

from autostable.records import Attempt

WORTH = 0.97  # what a plan for a useless training must bring the loss down to, to be any use


def yardstick(attempt: Attempt, steps: int | None = None) -> float:
    """What plans are ranked by, at the end of an attempt or after so many of its steps."""
    value = attempt.yardstick
    if steps is not None and steps < attempt.steps and attempt.curve and value is not None:
        end = max(1, round(len(attempt.curve) * steps / attempt.steps))
        window = attempt.curve[max(0, end - max(1, end // 10)) : end]
        value = math.fsum(window) / len(window)
    return math.inf if value is None or math.isnan(value) else value


def worth_it(attempt: Attempt, baseline: Attempt) -> bool:
    """Whether an attempt is better than its baseline was after as many steps, in the same loss.

    What counts is the model as it is used: a baseline whose training loss says nothing of that (a normalisation of each
    batch by itself) is no better than what its own loss is then.
    """
    used = None if baseline.learning is None else baseline.learning.loss
    theirs = max(yardstick(baseline, attempt.steps), -math.inf if used is None else used)
    return not math.isfinite(theirs) or yardstick(attempt) < theirs - (1 - WORTH) * abs(theirs)
