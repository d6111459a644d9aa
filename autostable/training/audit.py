"""The audit of data: what is not finite, constant, far out or out of scale. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from autostable.evidence import ArrayFacts, MisreadFacts, WindowFacts
from autostable.judgement import byte_order, levels

WIDEST = 4096  # features beyond which statistics are pooled
MOST_ENTRIES = 4_000_000  # statistics of larger arrays are taken from evenly spaced rows
LISTED = 20
GAP = 3.0  # so many times further from the median than the entry before it
FAR_SPREADS = 100.0
MOST_FAR = 0.01  # of the entries: more than that are no outliers, but what the data are like
FEWEST_VALUES = 20  # that a column must hold beside a code: of classes and counts any may be rare and far off
FOLLOWS = 0.5  # share of the target's own spread that may be left once the last value of its window is taken off
SHORTEST = 4  # steps of a window
MOST_FEATURES = 64

Floats = np.ndarray[Any, np.dtype[np.float64]]


def audit(name: str, values: Any, *, whole_shape: tuple[int, ...] | None = None) -> ArrayFacts | None:
    """Audit one array.

    Args:
        name: How reports call it.
        values: Array of any shape, rows first; numbers or booleans.
        whole_shape: Shape of the data where `values` is only a part of it.

    Returns:
        The facts, or None where the values are not numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        return None
    if array.ndim == 0:
        array = array[None]
    shape = tuple(int(size) for size in (whole_shape or array.shape))
    dtype = array.dtype.name
    if array.size == 0:
        return ArrayFacts(name=name, shape=shape, dtype=dtype, rows_read=len(array))
    table = _table(array)
    finite = np.isfinite(table)
    bad_rows = np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))
    features = table.shape[1]
    bad_columns = np.flatnonzero(~finite.all(axis=0)) if features <= WIDEST else np.zeros(0, int)
    sample = _sampled(table)
    low, high, mean, std, median, iqr = _statistics(sample if features <= WIDEST else sample.reshape(-1, 1))
    outliers, count, kept_low, kept_high = _outliers(table) if array.dtype.kind == "f" else ((), 0, (), ())
    each = array[0].size if features > WIDEST else len(table) // len(array)  # rows of the table for one of the array
    outliers = tuple(
        (row // each, row % features if features > WIDEST else column, value) for row, column, value in outliers
    )
    constant = np.flatnonzero(np.asarray(low) == np.asarray(high)) if len(sample) > 1 else np.zeros(0, int)
    flat = sample[np.isfinite(sample)]
    integers = bool(flat.size) and bool((flat == np.round(flat)).all())
    distinct, counts = np.unique(flat[:200_000], return_counts=True)
    return ArrayFacts(
        name=name,
        shape=shape,
        dtype=dtype,
        rows_read=len(array),
        nan=int(np.isnan(table).sum()),
        inf=int(np.isinf(table).sum()),
        bad_rows=_listed(bad_rows),
        bad_row_count=len(bad_rows),
        bad_columns=_listed(bad_columns),
        constant_columns=_listed(constant),
        constant_count=len(constant),
        mean=mean,
        std=std,
        median=median,
        iqr=iqr,
        low=low,
        high=high,
        within=_within(array),
        outliers=outliers,
        outlier_count=count,
        kept_low=kept_low,
        kept_high=kept_high,
        integers=integers,
        distinct=min(len(distinct), 1001),
        whole=_whole(sample, np.asarray(low), np.asarray(high)) if features <= WIDEST else (),
        one_hot=is_one_hot(array),
        classes=tuple((float(v), int(c)) for v, c in zip(distinct, counts, strict=True))
        if len(distinct) <= 100
        else (),
        misread=misread(name, array, shape),
    )


def misread(name: str, array: Any, shape: tuple[int, ...]) -> MisreadFacts | None:
    """What the numbers are in the other order of their bytes, where that is the one in which they make sense."""
    found = byte_order.misread(array)
    facts = None if found is None else audit(name, byte_order.restored(array, *found), whole_shape=shape)
    return None if found is None or facts is None else MisreadFacts(*found, facts)


def _within(array: Any) -> tuple[float, ...]:
    """What the entries of one row spread, feature by feature, in the median of some rows; nothing of tables."""
    if array.ndim < 3 or array.shape[-1] > MOST_FEATURES or array.dtype.kind not in "iuf":
        return ()
    rows = min(len(array), max(2, MOST_ENTRIES // array[0].size))
    some = array[np.linspace(0, len(array) - 1, rows).astype(int)].astype(np.float64)
    spread = np.median(some.reshape(len(some), -1, array.shape[-1]).std(axis=1), axis=0)
    return tuple(float(value) for value in spread) if np.isfinite(spread).all() else ()


def _whole(sample: Floats, low: Floats, high: Floats) -> tuple[int, ...]:
    """Features (of at most 20) that hold whole numbers from 0 on, more than two of them."""
    whole = (sample == np.round(sample)).all(axis=0) & (low >= 0.0) & (high - low > 1.0)
    return _listed(np.flatnonzero(whole))


def windows(x: Any, y: Any) -> WindowFacts | None:
    """Whether `x` holds windows of a series and `y` what comes next, in the same units.

    Args:
        x: Numbers, (rows, steps) or (rows, steps, features).
        y: Numbers, (rows,), (rows, horizon) or (rows, horizon, 1).

    Returns:
        The facts of the feature whose last value is nearest to the target; None where none is near.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim not in (2, 3) or len(x) != len(y) or x.dtype.kind not in "iuf" or y.dtype.kind not in "iuf":
        return None
    if not x.size or x.shape[1] < SHORTEST or (x.ndim == 3 and x.shape[2] > MOST_FEATURES):
        return None
    if y.ndim > 3 or (y.ndim == 3 and y.shape[2] != 1):
        return None
    rows = min(len(x), max(2, MOST_ENTRIES // x[0].size))
    some = np.linspace(0, len(x) - 1, rows).astype(int)
    series: Floats = x[some].astype(np.float64).reshape(len(some), x.shape[1], -1)
    target: Floats = y[some].astype(np.float64).reshape(len(some), -1)
    if not (np.isfinite(series).all() and np.isfinite(target).all()):
        return None
    if x.ndim == 2 and not _one_unit(series[:, :, 0]):
        return None
    spread = _rms(target - target.mean(axis=0))
    errors = [_rms(target - series[:, -1:, feature]) for feature in range(series.shape[2])]
    feature = int(np.argmin(errors))
    reach = _rms(series[:, :, feature] - series[:, -1:, feature])
    if not 0 < errors[feature] <= FOLLOWS * spread or reach == 0:
        return None
    return WindowFacts(feature, errors[feature], spread, reach, x.ndim)


def _one_unit(table: Floats) -> bool:
    """Whether the columns are alike enough to be steps of one series."""
    means, spreads, whole = table.mean(axis=0), table.std(axis=0), float(table.std())
    alike = bool((spreads > 0.5 * whole).all() and (spreads < 2 * whole).all())
    return alike and bool((np.abs(means - means.mean()) <= whole).all())


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _table(array: Any) -> Floats:
    """Rows of all axes but the last against features."""
    values: Floats = array.astype(np.float64)
    return values.reshape(-1, 1) if array.ndim == 1 else values.reshape(-1, array.shape[-1])


def _listed(numbers: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers[:LISTED])


def _sampled(table: Floats) -> Floats:
    rows = max(1, MOST_ENTRIES // table.shape[1])
    if len(table) <= rows:
        return table
    kept: Floats = table[np.linspace(0, len(table) - 1, rows).astype(int)]
    return kept


def _numbers(table: Floats) -> Floats:
    """NaN for what is not finite, zeros for a feature that holds no number: NumPy would warn of its statistics.

    To silence a warning is to have Python forget which ones of the user's it has shown.
    """
    clean: Floats = np.where(np.isfinite(table), table, np.nan)
    clean[:, np.isnan(clean).all(axis=0)] = 0.0
    return clean


def _statistics(table: Floats) -> tuple[tuple[float, ...], ...]:
    """low, high, mean, std, median, interquartile range per feature over finite entries."""
    clean = _numbers(table)
    with np.errstate(all="ignore"):
        quartiles = _percentiles(clean, 25, 50, 75)
        columns = (
            np.nanmin(clean, axis=0),
            np.nanmax(clean, axis=0),
            np.nanmean(clean, axis=0),
            np.nanstd(clean, axis=0),
            quartiles[1],
            quartiles[2] - quartiles[0],
        )
    return tuple(tuple(float(v) for v in np.nan_to_num(column, nan=0.0, posinf=1e300)) for column in columns)


def _percentiles(table: Floats, *percents: float) -> list[Floats]:
    """Percentiles per feature over what is no NaN; NumPy's own for such tables asks for one column after the other."""
    ordered = np.sort(table, axis=0)  # NaN last
    last = np.maximum(len(table) - np.isnan(table).sum(axis=0) - 1, 0)
    found = []
    for percent in percents:
        place = last * (percent / 100)
        below = np.floor(place).astype(int)
        low, high = (np.take_along_axis(ordered, row[None], axis=0)[0] for row in (below, np.minimum(below + 1, last)))
        found.append(low + (high - low) * (place - below))
    return found


def _outliers(table: Floats) -> tuple[tuple[tuple[int, int, float], ...], int, tuple[float, ...], tuple[float, ...]]:
    """Entries far from the rest of their feature: Tukey's fences, far out, and far beyond the usual magnitude."""
    pooled = table if table.shape[1] <= WIDEST else table.reshape(-1, 1)
    clean = _numbers(pooled)
    with np.errstate(all="ignore"):
        sample = _numbers(_sampled(clean))
        lower, median, upper = _percentiles(sample, 25, 50, 75)
        spread = (upper - lower) / 1.349
        (usual,) = _percentiles(np.abs(sample - median), 95)
        # a feature that is mostly one value has no spread of its own: all features together lend theirs
        pooled_spread = float(np.nanstd(np.clip(sample, *_percentiles(sample.reshape(-1, 1), 1, 99)))) or 1.0
        spread = np.where(spread > 0, spread, max(pooled_spread, 1e-12))
        reach = np.maximum(FAR_SPREADS * spread, FAR_SPREADS * usual)
        far = np.abs(clean - median) > reach
        far &= np.isfinite(clean)
        for column in np.flatnonzero(far.any(axis=0)):
            far[:, column] = _beyond_a_gap(np.abs(clean[:, column] - median[column]), far[:, column])
    if far.sum() > MOST_FAR * pooled.size:
        far[:] = False
    for place in _may_be_coded(clean, sample):
        far[:, place] |= _coded(clean[:, place])
    places = np.argwhere(far)
    if len(places) == 0:
        return (), 0, (), ()
    kept = np.where(far, np.nan, clean)
    low, high = np.nanmin(kept, axis=0), np.nanmax(kept, axis=0)
    listed = tuple((int(row), int(column), float(pooled[row, column])) for row, column in places[:10])
    return listed, len(places), tuple(map(float, np.nan_to_num(low))), tuple(map(float, np.nan_to_num(high)))


def _may_be_coded(table: Floats, sample: Floats) -> list[int]:
    """Columns that may hold a code: what holds of all rows holds of some as well."""
    found = np.zeros(table.shape[1], bool)
    with np.errstate(all="ignore"):
        for end in (np.nanmax(table, axis=0), np.nanmin(table, axis=0)):
            here = sample == end
            rest = np.where(here, np.nan, sample)
            rest[:, np.isnan(rest).all(axis=0)] = 0.0
            low, high = np.nanmin(rest, axis=0), np.nanmax(rest, axis=0)
            rare = here.mean(axis=0) <= 2 * levels.TENTH  # of some rows the share is not quite that of all
            found |= rare & (np.minimum(np.abs(end - low), np.abs(end - high)) > high - low)
    return [int(place) for place in np.flatnonzero(found)]


def _coded(values: Floats) -> Any:
    """Entries of a column that stand for something else ("no reading"): one extreme value, met again and again, far off.

    Farther from all others than these are from each other, in no more than a tenth of the rows.
    """
    finite = np.isfinite(values)
    coded = np.zeros(len(values), bool)
    for end in {float(values[finite].max()), float(values[finite].min())} if finite.any() else ():
        here = values == end
        rest = values[finite & ~here]
        if not 2 <= here.sum() <= levels.TENTH * finite.sum() or not len(rest):
            continue
        low, high = rest.min(), rest.max()
        if min(abs(end - low), abs(end - high)) > high - low and len(np.unique(rest)) >= FEWEST_VALUES:
            coded |= here
    return coded


def _beyond_a_gap(distance: Floats, far: Any) -> Any:
    """Of the entries that are far from the median those that lie beyond a gap: a long tail has none."""
    kept = distance[~far & np.isfinite(distance)]
    ladder = np.concatenate([[kept.max(initial=0.0)], np.sort(distance[far])])
    gaps = np.flatnonzero(ladder[1:] > GAP * ladder[:-1])
    return far & (distance >= ladder[gaps[0] + 1]) if len(gaps) else np.zeros_like(far)


def is_one_hot(array: Any) -> bool:
    """Whether rows are zeros and a single one."""
    if array.ndim < 2 or array.shape[-1] < 2:
        return False
    part = array[:10_000]
    return bool(((part == 0) | (part == 1)).all() and (part.sum(axis=-1) == 1).all())
