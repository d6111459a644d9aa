"""Whether numbers were read with their bytes in the other order. NumPy only.

It is a hypothesis that is settled at once: with the bytes swapped the numbers are sane, and as they were read they are not.
Both readings of a number are equally long, so neither is favoured: the test is the same one way and the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MOST_ENTRIES = 200_000  # that are looked at
STEPS = 8  # or pixels, of a row whose neighbours are compared
FEWEST_NEIGHBOURS = 1024  # of which the ratio of numbers without an order is 1 within a tenth
FEWEST = 64  # entries, distinct ones: fewer agree by chance, or because they are codes
# Share of a type's exponents within which numbers lie that were measured, or computed of such, and share that those of
# numbers fill whose exponents are another number's last bits. Measured (5 to 95 %): logarithmic data over 30 decades fill
# 0.28, over 36 decades 0.42, random bits 0.90; spectra and tables fill 0.00 to 0.02, and in the wrong order 0.90.
NARROW, WIDE = 0.15, 0.5
# Spread of integers over what their type has; random ones have 0.29. It is what the last bits of others come to as first ones.
FILLED = 0.2
# Times by which neighbours have to agree better in the other order. Measured: 3.8 to 510 of sound, depths, pictures and series
# that were read in the wrong one, at most 0.3 of such as were read in the right one, 1.0 of numbers without an order.
FAR_BETTER = 2.0
SIXTEEN_BITS = 32768.0, 65536.0, 32767.0, 65535.0  # what 16-bit numbers are divided by to be shares
SIGNED, UNSIGNED = np.iinfo(np.int16), np.iinfo(np.uint16)
ROUNDED = 0.01  # of a step: float32 keeps shares of 65536 to 2^-24, which is 0.004 of one

Array = np.ndarray[Any, np.dtype[Any]]


def misread(values: Array) -> tuple[str, float] | None:
    """In which type numbers were stored whose bytes were taken in the wrong order, and what they were divided by since.

    Args:
        values: Rows first, as the model is given them.

    Returns:
        The type in NumPy's name and the divisor (1 where there is none); None where the order is right, or cannot be told.
    """
    if values.ndim == 0 or values.dtype.kind not in "iuf" or values.dtype.itemsize < 2 or not values.size:
        return None
    some = values[_some(values)]
    if values.dtype.kind in "iu":
        return (values.dtype.name, 1.0) if _rougher(some, some.byteswap()) else None
    if values.dtype.name in ("float32", "float64") and _insane(some) and _sane(some.byteswap()):
        return values.dtype.name, 1.0
    return _of_whole_numbers(some)


def told_apart(values: Array, others: Array) -> bool:
    """Whether the second of two readings of the same bytes makes sense and the first does not, whatever was made of them."""
    if values.shape[1:] != others.shape[1:] or values.ndim == 0 or not values.size or not others.size:
        return False
    values, others = (
        each[_some(each)].astype(np.float64 if each.dtype.kind in "iu" else each.dtype) for each in (values, others)
    )
    if values.dtype.name not in ("float32", "float64") or not np.isfinite(others).all():
        return False
    if not np.isfinite(values).all() or _reach(values) >= 2 * NARROW:
        return _sane(others)
    return _has_order(values) and _roughness(values) >= FAR_BETTER * _roughness(others) > 0.0


def restored(values: Array, stored: str, divisor: float = 1.0) -> Array:
    """The numbers as they were stored, in the type that they come in."""
    whole = values if divisor == 1.0 else np.round(values * divisor)
    found = np.asarray(whole.astype(stored).byteswap())
    return found if values.dtype.name == stored else (found / divisor).astype(values.dtype)


def _some(values: Array) -> Array:
    """The numbers of evenly spaced rows."""
    rows = min(len(values), max(8, MOST_ENTRIES // values[0].size))
    return np.linspace(0, len(values) - 1, rows).astype(int)


def _exponents(values: Array) -> tuple[Array, int]:
    """The exponents of all entries but zeros as the bits have them, and how many a type has; 0 of the least numbers."""
    whole = {4: np.uint32, 8: np.uint64}[values.dtype.itemsize]
    layout = np.finfo(values.dtype)
    raw = np.ascontiguousarray(values).view(whole).reshape(-1)
    kept = raw[(raw << whole(1)) != 0]
    count = 1 << layout.iexp
    return (kept >> whole(layout.nmant)).astype(np.int64) & (count - 1), count


def _reach(values: Array) -> float:
    """The share of a type's exponents that those of the numbers fill."""
    found, count = _exponents(values)
    low, high = np.percentile(found, (5, 95)) if len(found) else (0.0, 0.0)
    return float(high - low) / count


def _insane(values: Array) -> bool:
    """Whether exponents fill most of what the type has, or numbers are below the least that has one."""
    found, count = _exponents(values)
    if len(found) < FEWEST:
        return False
    low, high = np.percentile(found, (5, 95))
    return bool(high <= 1 or high - low >= WIDE * count)  # of whole numbers the first byte is 0 then


def _sane(values: Array) -> bool:
    """Whether all numbers are finite, there are many different ones, and their exponents lie together."""
    found, count = _exponents(values)
    if len(found) < FEWEST or not np.isfinite(values).all():
        return False
    low, middle, high = np.percentile(found, (5, 50, 95))
    far = np.abs(found - middle).max() > WIDE * count / 2
    return bool(middle > 1 and high - low <= NARROW * count and not far and len(np.unique(values)) >= FEWEST)


def _of_whole_numbers(values: Array) -> tuple[str, float] | None:
    """The same of 16-bit numbers that came to be floats, or shares of the most that they can be."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(values).all()
        most = float(np.abs(values).max()) if finite else 0.0
    if not finite or most == 0.0:
        return None
    for divisor in SIXTEEN_BITS if most <= 1.0 + 1e-6 else (1.0,):
        scaled = values.astype(np.float64) * divisor
        whole = np.round(scaled)
        if np.abs(scaled - whole).max() > ROUNDED or whole.min() < SIGNED.min or whole.max() > UNSIGNED.max:
            continue
        if whole.max() > SIGNED.max and whole.min() < 0:
            continue
        stored = whole.astype(np.int16 if whole.min() < 0 else np.uint16)
        if _rougher(stored, stored.byteswap()):
            return stored.dtype.name, divisor
    return None


def _rougher(values: Array, swapped: Array) -> bool:
    """Whether integers fill their type, and neighbours agree far better in the other order."""
    spread = float(np.std(values.astype(np.float64)))
    if spread < FILLED * 256.0**values.dtype.itemsize or not _has_order(values):
        return False
    return _roughness(values) >= FAR_BETTER * _roughness(swapped) > 0.0


def _has_order(values: Array) -> bool:
    """Whether there are neighbours, and enough of them to say how well they agree."""
    if values.ndim < 2 or values.shape[-1 if values.ndim == 2 else -2] < STEPS or values.size < FEWEST_NEIGHBOURS:
        return False
    return len(np.unique(values)) >= FEWEST


def _roughness(values: Array) -> float:
    """Von Neumann's ratio along steps or pixels, halved: 1 of numbers without an order, near 0 of smooth ones."""
    axis = -1 if values.ndim == 2 else -2
    table = values.astype(np.float64)
    table -= table.mean()
    variance = float(np.mean(np.square(table)))
    return float(np.mean(np.square(np.diff(table, axis=axis)))) / (2.0 * variance) if variance > 0.0 else 0.0
