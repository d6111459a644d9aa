"""Whether a jump of the loss is a spike or the program's own: what is needed to go back before it, and to undo that again.

A loss term that is switched on, a weight that jumps, harder data: after a rewind the loss jumps again, at the same step. Then
the rewind is undone, to the bit, and the training goes on as if nobody had looked.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from autostable.figures import loss_figure
from autostable.judgement.spikes import LASTING, Course, Spike
from autostable.records import Intervention, Plan, Symptom
from autostable.training import seams
from autostable.training.guard import Guard
from autostable.training.snapshots import Snapshot


@dataclasses.dataclass
class Trial:
    """A rewind before a jump, until it is known whether the loss jumps again.

    Attributes:
        spike: The jump.
        now: The state that it was gone back from.
        losses, norms: What the watch had seen by then.
        course: What was usual by then.
        plan, slowed: What was in force by then.
        symptom: What was seen.
        done: What is told of it if the loss does not jump again.
        cost: What it costs, by the batches that were trained on again.
    """

    spike: Spike
    now: Snapshot
    losses: list[float]
    norms: list[float]
    course: Course
    plan: Plan
    slowed: Any
    symptom: Symptom
    done: Intervention
    cost: Callable[[int], dict[str, Any]]

    @classmethod
    def begun(cls, spike: Spike, now: Snapshot, guard: Guard, course: Course, **fields: Any) -> Trial:
        """A trial that is about to go back; `fields` are the others."""
        return cls(spike, now, list(guard.losses), list(guard.norms), copy.deepcopy(course), **fields)

    @property
    def told(self) -> Spike:
        """The jump, by the number of its batch."""
        return dataclasses.replace(self.spike, step=self.done.step)

    def came_again(self, losses: Sequence[float]) -> bool | None:
        """Whether the loss is out again at the steps that it was out at; None where these have not come yet."""
        again = losses[self.spike.step : self.spike.step + LASTING]
        return self.spike.is_again(again) if len(again) == LASTING else None

    def restore(self, guard: Guard) -> None:
        """Undo the rewind: state and watch are as they were before it."""
        self.now.restore()
        guard.back_to({**self.now.seen, "seen": (0, 0)})
        guard.losses.extend(self.losses)
        guard.norms.extend(self.norms)


def switched(variables: Collection[Any], before: Sequence[Snapshot], now: Snapshot) -> bool:
    """Whether the program has set one of these variables since: a weight of a loss term, say, that had stood still.

    A rewind would undo that as well, and nobody would set it again.

    Args:
        variables: Those that the program may set between two steps.
        before: States from before the jump, oldest first.
        now: The state at hand.
    """
    known = {id(variable) for variable in variables}
    then = [_values(state, known) for state in before if state.values is not None]
    if not then:
        return False
    for variable, value in _values(now, known).items():
        earlier = [values[variable] for values in then if variable in values]
        if earlier and all(each == earlier[0] for each in earlier) and value != earlier[-1]:
            return True
    return False


def _values(state: Snapshot, known: Collection[int]) -> dict[int, float]:
    pairs = zip(state.variables, state.values or (), strict=True)
    return {id(variable): float(np.asarray(value)) for variable, value in pairs if id(variable) in known}


def switches(variables: Collection[Any], guard: Guard, metrics: Collection[Any] = ()) -> list[Any]:
    """Those of the variables that a program may set between two steps: single numbers that nothing trains or counts with.

    Args:
        variables: All that a step may change.
        guard: What watches it.
        metrics: Variables of metrics.
    """
    others = [*guard.variables, *metrics]
    for optimizer in guard.optimizers:
        others += [*optimizer.variables, *seams.trained_variables(optimizer)]
    left_out = {id(seams.native(variable)) for variable in others}
    return [
        variable
        for variable in variables
        if not tuple(variable.shape)
        and seams.native(variable).dtype.is_floating
        and id(seams.native(variable)) not in left_out
    ]


def own_words(jumps: Sequence[Spike]) -> str:
    """What is said of jumps that are the program's own; empty where there are none."""
    if not jumps:
        return ""
    return (
        f"The loss jumps at {_which(jumps)}, and that is the program's own (a loss term or a weight that is switched on, other "
        "data): going back before it changes nothing, or would undo it. It was left alone."
    )


def stayed_words(jumps: Sequence[Spike]) -> str:
    """What is said of jumps that last, where nothing was done; empty where there are none."""
    if not jumps:
        return ""
    return (
        f"The loss jumps at {_which(jumps)}, and stays there. If the program does not switch on a loss term, a weight or other "
        "data there, --on-spike heal goes back before it."
    )


def passed_words(passed: Sequence[Spike]) -> str:
    """What is said of spikes that fell again, where nothing was done; empty where there are none."""
    if not passed:
        return ""
    worst = max(passed, key=lambda spike: spike.level)
    many = f"{len(passed)} times" if len(passed) > 1 else "once"
    return (
        f"The loss left its course {many} and stayed finite (at batch {worst.step}: {loss_figure(worst.level)}, usual was "
        f"{loss_figure(worst.usual)}); with --on-spike heal the training goes back before that."
    )


def _which(jumps: Sequence[Spike]) -> str:
    first, *others = jumps
    more = f" and at {len(others)} more" if others else ""
    return f"batch {first.step} (from {loss_figure(first.usual)} to {loss_figure(first.level)}){more}"
