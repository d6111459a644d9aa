"""Where a decision turns: what is just within a border and just beyond it, for tests that notice when the border moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def turns_at(decides: Callable[[float], bool], border: float, width: float = 0.005) -> bool:
    """Whether a decision is another on either side of a border, by this share of it."""
    return decides(border - width * abs(border)) != decides(border + width * abs(border))


def noise(count: int) -> NDArray[np.float64]:
    """Numbers between -1 and 1 without an order, the same on every machine and for every NumPy."""
    return np.sin(1.7 * np.arange(count) ** 2)
