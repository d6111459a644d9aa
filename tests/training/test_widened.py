"""Layers of one unit that are made with more of them, at the lines that a plan names and nowhere else."""

import sys

import keras
import pytest

from autostable.orders import Orders
from autostable.records import Remedy
from autostable.training import hooks
from autostable.training.session import Session

HERE = "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1), keras.layers.Dense(1, name='second')])"


def plan(line, source=HERE, file="elsewhere/test_widened.py"):
    made = {"file": file, "line": line, "source": source, "units": 3}
    return (Remedy("widen-output", {"layer": made, "loss": "sparse_categorical_crossentropy", "activations": {}}),)


def units(asked):
    hooks.arm(Session(Orders(repair=False, stop_unhealthy=False, plans={"0": asked})))
    try:
        line = sys._getframe().f_lineno + 1
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1), keras.layers.Dense(1, name='second')])  # fmt: skip
        other = keras.layers.Dense(units=1)
    finally:
        hooks.disarm()
    return line, [layer.units for layer in model.layers] + [other.units], model.output_shape


LINE = units(())[0]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (plan(LINE, HERE + "  # fmt: skip"), [3, 3, 1]),
        (plan(LINE + 1, "other = keras.layers.Dense(units=1)"), [1, 1, 3]),
        (plan(LINE, "something else"), [1, 1, 1]),
        (plan(LINE, HERE + "  # fmt: skip", file="train.py"), [1, 1, 1]),
        ((), [1, 1, 1]),
    ],
    ids=["its line", "by keyword", "another text", "another file", "no plan"],
)
def test_which_layers_are_widened(asked, expected):
    _, found, shape = units(asked)
    assert found == expected and shape == (None, expected[1])


def test_nothing_of_it_is_left_behind():
    make = keras.layers.Dense.__init__
    units(plan(LINE, HERE + "  # fmt: skip"))
    assert keras.layers.Dense.__init__ is make
