"""What is read from anybody: any text gives a value or one clear sentence, never our traceback."""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autostable import jsontext
from autostable.config import load_settings
from autostable.errors import AutostableError, SettingsError, StoreError
from autostable.evidence import Evidence
from autostable.execution.job import Outcome, Told
from autostable.orders import Orders
from autostable.records import Report, from_json, to_json
from autostable.store import StablePlans, read_stable, stable_plans, write_stable
from tests import samples

OFTEN = settings(
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NUMBERS = st.floats() | st.integers(-(10**30), 10**30)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
KEYS = [
    "goal",
    "max_attempts",
    "budget",
    "time_limit",
    "stall_timeout",
    "select",
    "seed",
    "run_dir",
    "resume",
    "tune",
    "no-such",
]


@OFTEN
@given(st.text() | st.text(alphabet='[]{}",:0123456789eE.-nullNaN \\u', max_size=60))
def test_any_text_is_a_value_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        jsontext.loads(text)


@OFTEN
@given(VALUES)
def test_what_json_holds_comes_back(value: Any) -> None:
    back = jsontext.loads(json.dumps(value))
    assert repr(back) == repr(json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 200_000 + "]" * 200_000, "nested more than 100 levels deep"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested more than 100 levels deep"),
        ("9" * 5_000, "a number of 5000 digits"),
        ("[-" + "9" * 60 + "]", "a number of 61 digits"),
    ],
)  # fmt: skip
def test_what_is_too_deep_or_too_long_is_said_so(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        jsontext.loads(text)


@OFTEN
@given(VALUES, st.sampled_from([Report, Outcome, Told, Orders, Evidence, StablePlans]))
def test_any_value_is_a_record_or_a_value_error(value: Any, kind: type[Any]) -> None:
    with contextlib.suppress(ValueError):
        to_json(from_json(value, kind))


@OFTEN
@given(st.data())
def test_a_report_with_any_part_replaced_is_read_or_refused(data: st.DataObject) -> None:
    told = to_json(samples.repaired)
    holder: Any = told
    while True:
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    holder[key] = data.draw(VALUES)
    with contextlib.suppress(ValueError):
        from_json(told, Report)


@OFTEN
@given(st.sampled_from(KEYS), VALUES)
def test_any_setting_is_taken_or_refused_in_one_sentence(tmp_path: Path, key: str, value: Any) -> None:
    for overrides, environ in (({key: value}, {}), ({}, {f"AUTOSTABLE_{key.upper()}": str(value)})):
        try:
            found, _ = load_settings(overrides, tmp_path, environ)
        except SettingsError as error:
            assert "\n" not in str(error)
        else:
            assert found.max_attempts >= 1 and math.isfinite(found.budget) and found.budget > 0


@OFTEN
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"[tool.autostable]\n{text}".encode("utf-8", "replace"))
)
def test_any_pyproject_is_taken_or_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    try:
        load_settings({}, tmp_path, {})
    except AutostableError as error:
        assert "\n" not in str(error).strip()


@OFTEN
@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=3))
def test_any_parameters_of_a_plan_come_back_from_stable_json(tmp_path: Path, parameters: dict[str, Any]) -> None:
    file = tmp_path / "stable.json"
    plans = to_json(stable_plans(samples.repaired))
    first = next(iter(plans["plans"]))
    plans["plans"][first] = [{"name": "lower-learning-rate", "parameters": parameters}]
    write_stable(file, from_json(plans, StablePlans))
    with contextlib.suppress(StoreError):
        assert to_json(read_stable(file).plans)[first][0]["parameters"] == to_json(parameters)
