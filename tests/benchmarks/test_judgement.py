"""The tables of the judgement, from what was measured."""

from __future__ import annotations

from unittest import mock

import pytest

from benchmarks import judgement

NAMES = judgement.MOVED


def row(what, states, *, key, variant="", calibrated=0.5, seconds=0.1):
    """A program whose only training is judged like this: by the values of SIGNAL, and so by all others."""
    moved = {name: [states[min(place, len(states) - 1)] for place in range(len(NAMES[name]))] for name in NAMES}
    run = {"state": states[NAMES["SIGNAL"].index(3.5)], "states": moved, "calibrated": calibrated, "seconds": seconds,
           "cpu": seconds, "told": {name: ["yes", calibrated, ""] for name in judgement.STATEMENTS}}  # fmt: skip
    return {"what": what, "variant": variant, "of": key, "rows": [run], "kinds": [], "seconds": 10.0, "audits": 0.05}


def test_the_tables() -> None:
    rows = {
        "a/train.py": row("faulty", ["sick"] * 5 + ["healthy"] * 2, key="a/train.py", calibrated=0.1),
        "a/fixed.py": row("mended", ["healthy"] * 7, key="a/fixed.py", calibrated=0.35),
        "b/train.py": row("healthy", ["sick"] + ["suspect"] * 6, key="b/train.py"),
        "b/train.py clip": row("healthy", ["healthy"] * 7, key="b/train.py", variant="clip", calibrated=0.56),
        "b/train.py seed 1": row("healthy", ["sick"] * 7, key="b/train.py", variant="seed 1", seconds=0.4),
    }
    told = judgement.tables(rows).splitlines()
    assert "| 1 faulty | 1 | 0 | 0 |" in told and "| 1 healthy | 0 | 1 | 0 |" in told
    signal = next(line for line in told if line.startswith("| SIGNAL"))
    assert "| 2: 1, 1, 0 |" in signal and "| **3.5: 1, 1, 1** |" in signal and "| 6: 0, 1, 1 |" in signal
    assert "| 1 human fixes gain as much | 1 | 1 | 1 | 1 | 0 |" in told
    assert "| 2 harmless plans gain as much | 1 | 1 | 0 | 0 | 0 |" in told
    assert "2 runs of healthy programs with a harmless plan: 1 sick (b (seed 1)), 0 suspect, the rest healthy." in told
    assert "| signal | 1, 0, 0 |  | 1, 0, 0 |  | 1, 0, 0 |  |" in told  # of so few programs there are no quartiles
    assert told[-1].startswith("Judging and audits of 2 of these runs") and "1 beyond 2 %" in told[-1]


def test_the_statements_of_every_program() -> None:
    rows = {
        "x/a/train.py": row("faulty", ["sick"] * 7, key="x/a/train.py", calibrated=0.123456),
        "x/a/train.py clip": row("faulty", ["sick"] * 7, key="x/a/train.py", variant="clip"),
    }
    head, line = judgement.table(rows).splitlines()
    assert head.split("\t")[:4] == ["program", "what", "state", "finite"]
    assert line.split("\t")[:4] == ["a/train.py", "faulty", "sick", "yes 0.1235"]


@pytest.mark.slow
def test_another_order_of_batches_is_another_order_of_the_same_rows() -> None:
    import keras
    import numpy as np
    import tensorflow as tf

    given = []
    kept = mock.patch.object(keras.Model, "fit", lambda self, x, y, **kwargs: given.append((x, y)))
    x = np.arange(8.0)
    pipeline = tf.data.Dataset.range(8)
    with kept, judgement._orders(1):
        keras.Model.fit(None, x, 2 * x, shuffle=True)
        keras.Model.fit(None, x, 2 * x, shuffle=False)
        shuffled = [int(each) for each in pipeline.shuffle(8, seed=0)]
    (moved, targets), (left, _) = given
    assert list(moved) != list(x) and sorted(moved) == list(x) and list(targets) == list(2 * moved)
    assert list(left) == list(x)
    assert shuffled == [int(each) for each in pipeline.shuffle(8, seed=1)]


def test_a_program_that_failed_before_it_was_judged_is_sick() -> None:
    assert judgement.state_of({"rows": [], "kinds": ["nonfinite"]}) == "sick"
    assert judgement.state_of({"rows": [], "kinds": []}) == "healthy"
