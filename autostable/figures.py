"""How the figure of a loss is written: one loss is one number in causes, attempts, endings, pages and notes."""

from __future__ import annotations

import math


def loss_figure(value: float | None) -> str:
    """A loss with four digits; "-" where there is none."""
    if value is None:
        return "-"
    return "nan" if math.isnan(value) else f"{value:.4g}"
