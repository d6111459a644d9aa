"""The learning-rate schedules of Keras: which of their arguments are rates.

All of these times a factor is the schedule times that factor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Rate:
    """One argument that is a rate (or a list of rates).

    Attributes:
        name: Its keyword.
        place: Its position.
        default: What it is where it is not given; None where it then counts for nothing, or has to be given.
    """

    name: str
    place: int
    default: float | None = None


_INITIAL = Rate("initial_learning_rate", 0)

SCHEDULES: Mapping[str, tuple[Rate, ...]] = {
    "ExponentialDecay": (_INITIAL,),
    "InverseTimeDecay": (_INITIAL,),
    "CosineDecay": (_INITIAL, Rate("warmup_target", 4)),
    "CosineDecayRestarts": (_INITIAL,),
    "PolynomialDecay": (_INITIAL, Rate("end_learning_rate", 2, 1e-4)),
    "PiecewiseConstantDecay": (Rate("values", 1),),
}
