"""How far the answers of a model lie apart: one that says the same of every row has learnt nothing, or lost it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import tree

from autostable.training import facts
from autostable.training.examine import learning
from autostable.training.examine.judge import Judge
from autostable.training.fits.at_rest import AtRest

FIRST_ROWS = 64  # that outputs are compared of
# Of the spread that the first weights give. Measured: 0.002 and less where a loss of distances has driven all answers to one.
TOGETHER = 0.01


def says_one_thing(judge: Judge, patient: AtRest, losses: Sequence[float]) -> bool:
    """Whether one of the model's outputs is the same for all of some rows; False where there are none to ask it of.

    Args:
        judge: Knows the rows that the fit is judged on.
        patient: The model.
        losses: Those of the run at hand.
    """
    return any(map(learning.has_equal_targets, _answers(judge, patient, losses)))


def spreads(judge: Judge, patient: AtRest, losses: Sequence[float]) -> tuple[float, ...]:
    """The standard deviation of each output over some rows, the mean of its entries; empty where there are none.

    Args:
        judge: Knows the rows that the fit is judged on.
        patient: The model.
        losses: Those of the run at hand.
    """
    return tuple(float(each.std(axis=0).mean()) for each in _answers(judge, patient, losses))


def dead_units(judge: Judge, patient: AtRest, losses: Sequence[float]) -> dict[str, float]:
    """The share of each layer's units that are zero for all of some rows; empty where there are none to ask it of.

    Args:
        judge: Knows the rows that the fit is judged on.
        patient: The model.
        losses: Those of the run at hand.
    """
    some = judge.rows_of(losses)
    if some is None:
        return {}
    with patient.at_rest():
        return facts.died(patient.model, some.first(FIRST_ROWS).x)


def collapsed(began: Sequence[float], ended: Sequence[float]) -> bool:
    """Whether the answers to different rows have come together to one, by their spreads at the start and at the end."""
    return any(first > 0 and last <= TOGETHER * first for first, last in zip(began, ended, strict=False))


def _answers(judge: Judge, patient: AtRest, losses: Sequence[float]) -> list[np.ndarray[Any, Any]]:
    some = judge.rows_of(losses)
    if some is None:
        return []
    with patient.at_rest():
        outputs = tree.flatten(patient.model(some.first(FIRST_ROWS).x, training=False))
    return [np.asarray(each) for each in outputs]
