"""Inputs without influence: what each look may cost is counted, so the same program always says the same."""

from __future__ import annotations

import time

import numpy as np
import pytest

from autostable.training.examine.influence import MOST_WORK, affordable_rows, idle_inputs
from autostable.training.examine.rows import Rows


def rows(*shapes: tuple[int, ...], count: int = 2000, batch: int = 32, kind: str = "f4") -> Rows:
    drawn = np.random.default_rng(0)
    x = [(10 * drawn.normal(size=(count, *shape))).astype(kind) for shape in shapes]
    return Rows(x, drawn.normal(size=count), None, batch)


@pytest.mark.parametrize(
    ("some", "weights", "steps", "most"),
    [
        (rows((4,), (3,)), 100, 40, 512),  # a small network: all that is of use
        (rows(*[(1,)] * 24), 100, 40, 128),  # of many inputs: a hundred calls in all, 4 batches each
        (rows(*[(1,)] * 99), 100, 40, 64),  # two batches of each at least
        (rows((4,), (3,), batch=600), 100, 40, 512),
        (rows((4,), (3,)), int(MOST_WORK / 3 / 64), 40, 64),  # as much work as may be, and a little more
        (rows((4,), (3,)), int(MOST_WORK / 3 / 64) + 1, 40, 0),
        (
            rows((4,), (3,)),
            int(MOST_WORK),
            299,
            0,
        ),  # a fiftieth of the steps is not enough for three looks of two batches
        (rows((4,), (3,)), int(MOST_WORK), 300, 64),
        (rows((50, 8), (3,), count=99), 18753, 40, 0),  # each of 50 steps meets the weights
        (rows((50,), (50,), count=99), 18753, 40, 512),  # of tables no column is a step
        (rows((50,), (50,), count=99, kind="i4"), 18753, 40, 0),  # of texts each id is
    ],
)
def test_how_many_rows_a_look_may_take(some: Rows, weights: int, steps: int, most: int) -> None:
    assert affordable_rows(some, weights, steps) == most


@pytest.mark.parametrize("slow", [False, True])
def test_a_busy_machine_says_the_same(slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def loss(each: Rows) -> float:
        asked.append(each.count)
        return float(np.mean(each.x[0] * each.y[:, None] + each.x[3] * each.y[:, None] ** 2))

    now = iter(range(0, 10**6, 1000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(now) if slow else 0.0)
    assert idle_inputs(loss, rows((1,), (1,), (1,), (1,)), 100) == (1, 2)
    assert asked == [100] * 5


def test_nothing_is_asked_where_nothing_is_affordable() -> None:
    assert idle_inputs(lambda each: pytest.fail("asked"), rows((1,), (1,)), 0) == ()


@pytest.mark.parametrize(("weights", "rows"), [(520_000, 64), (522_000, 0)])
def test_looks_take_no_more_multiplications_than_are_cheap(weights: int, rows: int) -> None:
    """Three looks at 64 rows, two batches, of two tables: each row meets each weight once in each, 1e8 in all at most."""
    tables = [np.zeros((200, 3), np.float32)] * 2
    some = Rows(tables, np.zeros(200), None, 32)
    assert affordable_rows(some, weights, steps=100) == rows
