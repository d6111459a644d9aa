"""Layers that disturb what they are given while a model trains, and what weaker forms of them there are. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Setting = str | float | Sequence[float]
"""The mode of a flip, or one number, or both ends of a range."""
Settings = Mapping[str, Setting]

_FACTOR, _FACTORS = ("factor",), ("height_factor", "width_factor")
STRENGTHS: Mapping[str, tuple[str, ...]] = {
    "RandomRotation": _FACTOR,
    "RandomBrightness": _FACTOR,
    "RandomContrast": _FACTOR,
    "RandomZoom": _FACTORS,
    "RandomTranslation": _FACTORS,
    "GaussianNoise": ("stddev",),
    "GaussianDropout": ("rate",),
    "AlphaDropout": ("rate",),
    "Dropout": ("rate",),
    "SpatialDropout1D": ("rate",),
    "SpatialDropout2D": ("rate",),
    "SpatialDropout3D": ("rate",),
}
"""The arguments by which a layer does more or less; at 0 it does nothing, but for those that clip."""
NOISE = frozenset(kind for kind, (first, *_) in STRENGTHS.items() if first in ("stddev", "rate"))
CLIPPING = frozenset({"RandomBrightness", "RandomContrast"})
RESHAPING = frozenset({"RandomCrop"})  # as it is used it cuts out the middle: without it rows have another shape
UNITS: Mapping[str, tuple[float, ...]] = {"RandomRotation": (2 * math.pi, 360.0), "RandomBrightness": (255.0,)}
"""What a setting may have been given in: of a full turn radians and degrees, of the whole range of brightness bytes."""
PER_CENT = (100.0,)
TENTH = 0.1
_DIGITS = 4


def disturbs(kind: str) -> bool:
    """Whether a layer of Keras' of this class changes what it is given at random while a model trains, row by row."""
    return kind in STRENGTHS or (kind.startswith("Random") and kind not in RESHAPING)


def weaker(kind: str, settings: Settings) -> tuple[Settings, ...]:
    """Weaker settings of a layer, mild to strong; the last ones, which may be empty, switch it off.

    Args:
        kind: Class name of the layer.
        settings: Those that it has.
    """
    if settings.get("mode") == "horizontal_and_vertical":
        return {"mode": "horizontal"}, {"mode": "vertical"}, {}
    if not settings or any(isinstance(value, str) for value in settings.values()):
        return ({},)
    shares = sorted((TENTH, *(1 / whole for whole in UNITS.get(kind, PER_CENT))), reverse=True)
    found: list[Settings] = [{name: _times(value, share) for name, value in settings.items()} for share in shares]
    rate = settings.get("rate")
    if isinstance(rate, float):
        found = [{"rate": _rounded(1 - rate if rate > 1 - rate else TENTH * rate)}]  # it may say what was to be kept
    off: Settings = {} if kind in CLIPPING else dict.fromkeys(settings, 0.0)
    return *found, off


def _times(value: Setting, share: float) -> Setting:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _rounded(value * share)
    return [_rounded(end * share) for end in value]


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
