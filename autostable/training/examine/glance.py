"""An audit of any array at a bounded cost: statistics of some of its entries, one pass over what is bounded, too.

Statistics want few entries, spread over the whole. An outlier of 1e10 or a NaN may lie in a single row: so the least and
the largest entry of each column are taken over all of it, block by block, as far as `Glance` may read. NumPy only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from autostable.evidence import ArrayFacts
from autostable.training.audit import LISTED, WIDEST, audit, is_one_hot, misread

SAMPLE = 200_000  # entries that statistics are made of
PASS = 20_000_000  # entries of all arrays of a run of which the least and the largest are taken
BLOCK = 2**20  # entries looked at in one go
FAR = 3.0  # times the range of the sample beyond it: what may be an outlier
WIDE = 256  # columns that NumPy reduces at full speed

Array = np.ndarray[Any, Any]


class Glance:
    """Audits the arrays of one run.

    Args:
        most: Entries that may be passed over in all.
    """

    def __init__(self, most: int = PASS) -> None:
        self._left = most

    def at(self, name: str, values: Any) -> ArrayFacts | None:
        """Audit one array (see `audit`); None where the values are not numbers."""
        array = np.asarray(values)
        if array.size <= SAMPLE:
            return audit(name, array)
        if array.dtype.kind not in "biuf":  # texts, or numbers that NumPy has no fast ways for
            return audit(name, array[: max(1, SAMPLE // array[0].size)], whole_shape=array.shape)
        if array.ndim > 2 and not array.flags.c_contiguous:  # to lay it out as a table would copy all of it
            rows = max(1, SAMPLE // array[0].size)
            array = array[np.linspace(0, len(array) - 1, rows).astype(int)]
        width = 1 if array.ndim == 1 or array.shape[-1] > WIDEST else array.shape[-1]
        table = array if array.ndim == 2 and width > 1 else array.reshape(-1, width)
        seen = _Pass(table, self._left)
        self._left -= seen.rows * width
        found, rows = _facts(name, array, table, seen), max(8, SAMPLE // array[0].size)
        some = array[np.linspace(0, len(array) - 1, min(rows, len(array))).astype(int)]
        return None if found is None else dataclasses.replace(found, misread=misread(name, some, array.shape))


class _Pass:
    """The least and the largest entry of each column, where entries are not finite, and where they may be far out."""

    def __init__(self, table: Array, most: int) -> None:
        self.table = table
        self.blocks = list(_blocks(len(table), table.shape[1], most))
        self.rows = sum(stop - start for start, stop in self.blocks)
        self.bad_rows: list[Array] = []
        self.bad_columns: set[int] = set()
        self.nan = self.inf = 0
        width = table.shape[1]
        self.low, self.high = np.full((2, len(self.blocks), width), np.nan)
        with np.errstate(all="ignore"):
            for number, (start, stop) in enumerate(self.blocks):
                block = table[start:stop]
                self.low[number], self.high[number] = _extreme(np.min, block), _extreme(np.max, block)
                if not (np.isfinite(self.low[number]) & np.isfinite(self.high[number])).all():
                    self._look(number, block)

    def _look(self, number: int, block: Array) -> None:
        """A block that holds entries which are not finite."""
        good = np.isfinite(block)
        nan = int(np.isnan(block).sum())
        self.nan, self.inf = self.nan + nan, self.inf + int(block.size - good.sum()) - nan
        self.bad_rows.append(self.blocks[number][0] + np.flatnonzero(~good.all(axis=1)))
        self.bad_columns |= set(np.flatnonzero(~good.all(axis=0)).tolist())
        self.low[number] = np.where(good, block, np.inf).min(axis=0)
        self.high[number] = np.where(good, block, -np.inf).max(axis=0)

    def far(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Row and column of the entries beyond the range of a sample, of columns where one is far beyond it."""
        room = FAR * (high - low)
        rows, columns = [], []
        with np.errstate(all="ignore"):
            beyond = (self.low < low - room) | (self.high > high + room)
            wanted = np.flatnonzero(beyond.any(axis=0))
            outside = (self.low[:, wanted] < low[wanted]) | (self.high[:, wanted] > high[wanted])
            for number in np.flatnonzero(outside.any(axis=1)):
                start, stop = self.blocks[number]
                some = wanted[outside[number]]
                part = self.table[start:stop][:, some]
                row, column = np.nonzero(((part < low[some]) | (part > high[some])) & np.isfinite(part))
                rows.append(start + row)
                columns.append(some[column])
        return (np.concatenate(rows), np.concatenate(columns)) if rows else (np.zeros(0, int), np.zeros(0, int))


def _facts(name: str, array: Array, table: Array, seen: _Pass) -> ArrayFacts | None:
    count = max(1, SAMPLE // table.shape[1])
    even = np.linspace(0, len(table) - 1, count).astype(int)
    bad = np.concatenate(seen.bad_rows) if seen.bad_rows else np.zeros(0, int)
    sample = table[even].astype(np.float64)
    with np.errstate(all="ignore"):
        good = np.isfinite(sample)
        low = np.where(good, sample, np.inf).min(axis=0)
        high = np.where(good, sample, -np.inf).max(axis=0)
    rows, columns = seen.far(low, high) if array.dtype.kind == "f" else (np.zeros(0, int), np.zeros(0, int))
    values = table[rows, columns].astype(np.float64)
    some = _some(np.maximum(low[columns] - values, values - high[columns]), count)
    rows, columns, values = rows[some], columns[some], values[some]
    # each entry far out in a row of its own: what else is in its row is no part of the sample
    added = np.full((len(rows), table.shape[1]), np.nan)
    added[np.arange(len(rows)), columns] = values
    with_far = np.concatenate([sample, added]) if len(rows) else table[even]
    found = audit(name, with_far, whole_shape=array.shape)
    if found is None:
        return None
    each = len(table) // len(array)  # rows of the table that one of the array's makes
    chosen = np.concatenate([even, rows])
    if not seen.rows:  # nothing is left to be passed over: what the sample holds has to do
        bad = chosen[list(found.bad_rows)]
    bad_rows = np.unique(bad // each)
    whole = seen.rows == len(table)
    pooled = array.ndim > 1 and table.shape[1] == 1 < array.shape[-1]
    constant = (
        np.flatnonzero(seen.low.min(axis=0) == seen.high.max(axis=0)) if whole and not pooled else np.zeros(0, int)
    )
    return dataclasses.replace(
        found,
        rows_read=(seen.rows or count) // each,
        dtype=array.dtype.name,
        nan=seen.nan if seen.rows else found.nan,
        inf=seen.inf if seen.rows else found.inf,
        bad_rows=tuple(bad_rows[:LISTED].tolist()),
        bad_row_count=len(bad_rows),
        bad_columns=() if pooled else tuple(sorted(seen.bad_columns)[:LISTED]),
        constant_columns=tuple(constant[:LISTED].tolist()),
        constant_count=len(constant),
        outliers=tuple(_place(int(chosen[row]), column, value, array, pooled) for row, column, value in found.outliers),
        one_hot=is_one_hot(array),
    )


def _some(distance: Array, most: int) -> Array:
    """Of entries that are far out so many at most: the farthest, and as many evenly from near to far, to see gaps."""
    order = np.argsort(-distance)
    if len(order) <= most:
        return order
    rest = order[most // 2 :]
    return np.concatenate([order[: most // 2], rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(int)]])


def _place(row: int, column: int, value: float, array: Array, pooled: bool) -> tuple[int, int, float]:
    """Row and column of the array for those of its table."""
    if pooled:
        column, row = row % array.shape[-1], row // array.shape[-1]
    rows = array.size // len(array) // (array.shape[-1] if array.ndim > 1 else 1)
    return row // max(1, rows), column, value


def _blocks(rows: int, width: int, most: int) -> Iterator[tuple[int, int]]:
    """Stretches of rows, all of them, or as many as may be read, spread evenly."""
    length = max(1, BLOCK // width)
    count = -(-rows // length)
    allowed = min(count, most // (length * width)) if rows * width > most else count
    for number in range(allowed):
        start = (number * count // allowed) * length
        yield start, min(rows, start + length)


def _extreme(reduce: Any, block: Array) -> Array:
    """The least or the largest of each column; narrow tables are reduced as wide ones."""
    width = block.shape[1]
    times = WIDE // width
    if times < 2 or not block.flags.c_contiguous or len(block) < 2 * times:
        found: Array = reduce(block, axis=0)
        return found
    even = len(block) // times * times
    head = reduce(block[:even].reshape(-1, times * width), axis=0).reshape(times, width)
    return np.asarray(reduce(np.concatenate([head, block[even:]]), axis=0))
