"""What a recorded step learns from: numbers it was given, other networks, what it has drawn itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autostable.records import Site
from autostable.training.replay.numbers import handle_of, key_of
from autostable.training.replay.recording import Op, Replay, reads_variable


def loss_line(replay: Replay) -> Site | None:
    """The user's line that computes the loss; None where it is not known."""
    made = next((replay.made.get(key_of(loss)) for loss in replay.loss), None)
    return None if made is None else made.site


def compared(replay: Replay, answer: Any) -> tuple[str, Any] | None:
    """The loss in Keras that a step takes of numbers it was given, and these numbers, of one batch.

    That is where its only error is taken: the difference of an answer from what came as it is, row by row. None where there
    is no such, or several.

    Args:
        replay: The step.
        answer: What a model has answered in this step, or one of several times.
    """
    found: dict[Site, tuple[str, Any]] = {}
    held = replay.held()
    for op in replay.ops:
        if op.kind not in ("Sub", "SquaredDifference") or op.forward is not None or op.updating or op.site is None:
            continue
        shapes = [replay.shape(key) for key in op.inputs]
        if len(shapes) != 2 or not shapes[0].rank or shapes[0][0] < 2 or shapes[0] != shapes[1]:
            continue
        if op.site in found or (error := _error(replay, op, held)) is None:
            continue
        for said, target in (op.inputs, op.inputs[::-1]):
            if replay.came(target) and key_of(answer) in replay.made_of(said):
                found.setdefault(op.site, (error, held[target]))
    return next(iter(found.values())) if len(found) == 1 else None


def _error(replay: Replay, difference: Op, held: Mapping[int, Any]) -> str | None:
    """The loss in Keras that a difference is the error of."""
    (key,) = difference.outputs
    takers = {kind: replay.takers.get((kind, key)) for kind in ("Square", "Abs", "Mul", "Pow")}
    power, product = takers["Pow"], takers["Mul"]
    squared = (
        difference.kind == "SquaredDifference" or takers["Square"] is not None
        or (product is not None and set(product.inputs) == {key})
        or (power is not None and bool(np.all(np.equal(held[power.inputs[1]], 2.0))))
    )  # fmt: skip
    if squared:
        return "mean_squared_error"
    return None if takers["Abs"] is None else "mean_absolute_error"


def weighs_both_ways(replay: Replay) -> bool:
    """Whether the loss weighs log-likelihoods of what was chosen by numbers of both signs that were given: advantages.

    Such a loss has no floor and no aim of its own: it is the slope that counts (R. J. Williams, 1992).
    """
    held = replay.held()
    last = set().union(*(replay.made_of(key_of(loss)) for loss in replay.loss))
    for op in replay.ops:
        if op.kind != "Mul" or op.forward is not None or op.updating or not last & set(op.outputs):
            continue
        shapes = [replay.shape(key) for key in op.inputs]
        if shapes[0] != shapes[1] or not shapes[0].rank or shapes[0].num_elements() != shapes[0][0] or shapes[0][0] < 2:
            continue
        for said, given in (op.inputs, op.inputs[::-1]):
            if said in held and given in held and replay.came(given) and not replay.came(said):
                likelihoods, weights = np.asarray(held[said]), np.asarray(held[given])
                one_sided = bool((likelihoods <= 0).all() or (likelihoods >= 0).all())
                if one_sided and weights.min() < 0 < weights.max():
                    return True
    return False


def reads_others(replay: Replay, trained: Sequence[Any]) -> bool:
    """Whether the step reads matrices besides those that it trains: a teacher's, or a target network's."""
    own = {key_of(handle_of(variable)) for variable in trained}
    reads = [op for op in replay.ops if reads_variable(op) and op.inputs and op.inputs[0] not in own]
    return any(len(shape) >= 2 for op in reads for key in op.outputs for shape in [replay.shape(key)])


def draws(replay: Replay) -> bool:
    """Whether the step draws random numbers, so that another replay may go another way."""
    return any("Random" in op.kind or op.kind in ("Multinomial", "TruncatedNormal") for op in replay.ops)


def acts(replay: Replay) -> bool:
    """Whether the step draws from its own outputs: what it is then rewarded for is no pair that was given."""
    return any("Multinomial" in op.kind or "Categorical" in op.kind for op in replay.ops)
