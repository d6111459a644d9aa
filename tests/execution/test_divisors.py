"""What stands in the place of a divisor that holds 0, and the script that is compiled with it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from autostable.execution import divisors
from autostable.execution.divisors import NAME, compiled, misplaced, without_zeros
from autostable.records import Remedy
from autostable.setup import Division

TEXT = "import numpy as np\n\n\ndef scaled(x):\n    return x / x.std(axis=0)\n"
AT = Division("train.py", 5, "return x / x.std(axis=0)")


@pytest.mark.parametrize(
    ("divisor", "expected"),
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (0, 1),
        (False, True),
        (np.float32(0), np.float32(1)),
        (np.float64(0), np.float64(1)),
        (np.int16(0), np.int16(1)),
        (np.array([2.0, 0.0, np.nan], "float32"), np.array([2.0, 1.0, np.nan], "float32")),
        (np.array([[0], [3]], "int64"), np.array([[1], [3]], "int64")),
        (np.array(0.0), np.array(1.0)),
        (np.array([Fraction(0), Fraction(1, 2)], object), np.array([1, Fraction(1, 2)], object)),
    ],
)
def test_one_takes_the_place_of_zero(divisor: Any, expected: Any) -> None:
    before = divisor.copy() if isinstance(divisor, np.ndarray) else divisor
    found = without_zeros(divisor)
    assert type(found) is type(expected) and np.asarray(found).dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(divisor, before)


def test_series_and_tables_stay_what_they_are() -> None:
    total = pd.Series([4.0, 0.0, np.nan], index=["a", "b", "c"], name="total")
    pd.testing.assert_series_equal(
        without_zeros(total), pd.Series([4.0, 1.0, np.nan], index=["a", "b", "c"], name="total")
    )
    table = pd.DataFrame({"n": [0, 2], "x": [0.5, 0.0]})
    pd.testing.assert_frame_equal(without_zeros(table), pd.DataFrame({"n": [1, 2], "x": [0.5, 1.0]}))


@pytest.mark.parametrize(
    "divisor",
    [
        2.5, np.float32(3), np.ones(3), np.array([np.nan, np.inf]), pd.Series([1.0, 2.0]), pd.DataFrame({"x": [1]}),
        np.ma.masked_equal([0.0, 1.0], 0.0), np.array(["0"]), "0", None, np.timedelta64(0, "s"), [0.0],
    ],
    ids=repr,
)  # fmt: skip
def test_what_holds_no_zero_or_divides_its_own_way_is_handed_on_itself(divisor: Any) -> None:
    assert without_zeros(divisor) is divisor


def test_tensors_are_left_alone() -> None:
    import tensorflow as tf

    for tensor in (tf.zeros(2), tf.Variable(0.0)):
        assert without_zeros(tensor) is tensor


def test_the_script_divides_by_it() -> None:
    names: dict[str, Any] = {NAME: without_zeros}
    exec(compiled(TEXT, "/there/train.py", [AT]), names)
    scaled = names["scaled"](np.array([[7.0, 1.0], [7.0, 3.0]]))
    np.testing.assert_array_equal(scaled, [[7.0, 1.0], [7.0, 3.0]])
    assert names["scaled"].__code__.co_filename == "/there/train.py" and names["scaled"].__code__.co_firstlineno == 4


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("/there/train.py", TEXT, ""),
        ("train.py", TEXT.replace("\n", "\r\n"), ""),
        ("train.py", TEXT + "\n", ""),
        ("other.py", TEXT, "train.py:5"),
        ("train.py", "\n" + TEXT, "train.py:5 (return x / x.std(axis=0))"),
        ("train.py", TEXT.replace("std", "var"), "none in the script"),
        ("train.py", "", "none in the script"),
    ],
)
def test_a_plan_for_another_text_is_told(path: str, text: str, why: str) -> None:
    assert why in misplaced([AT], path, text) if why else misplaced([AT], path, text) == ""


def test_each_division_of_several_plans_is_asked_for_once() -> None:
    guard = Remedy("guard-division", {"divisions": [{"file": AT.file, "line": AT.line, "source": AT.source}]})
    slower = Remedy("lower-learning-rate", {"factor": 0.1})
    assert divisors.asked_for([(slower, guard), (guard,), (slower,)]) == (AT,)
    assert divisors.asked_for([(slower,)]) == ()
