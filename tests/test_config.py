from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autostable.config import Settings, load_settings
from autostable.errors import SettingsError


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_without_sources_all_is_default(tmp_path: Path) -> None:
    settings, origins = load_settings({}, tmp_path, {})
    assert settings == dataclasses.replace(Settings(), run_dir=tmp_path / ".autostable")
    assert set(origins) == {field.name for field in dataclasses.fields(Settings)}
    assert set(origins.values()) == {"default"}


def test_later_sources_win_and_each_is_remembered(tmp_path: Path) -> None:
    project(tmp_path, '[tool.autostable]\ngoal = "finite"\nbudget = 2\nmax-attempts = 4\nseed = 1')
    environ = {"AUTOSTABLE_BUDGET": "5.5", "AUTOSTABLE_SEED": "2", "HOME": "/x"}
    settings, origins = load_settings({"seed": 3, "verify": None}, tmp_path, environ)
    assert (settings.goal, settings.budget, settings.max_attempts, settings.seed) == ("finite", 5.5, 4, 3)
    assert origins["goal"] == f"[tool.autostable] in {tmp_path / 'pyproject.toml'}"
    assert origins["budget"] == "environment"
    assert origins["seed"] == "command line"
    assert origins["verify"] == "default"


def test_pyproject_is_found_upwards_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    project(tmp_path, '[tool.autostable]\nrun_dir = "runs"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    project(tmp_path / "a", "[tool.other]\nx = 1")
    settings, _ = load_settings({"output_file": "out.txt"}, below, {})
    assert settings.run_dir == tmp_path / "runs"
    assert settings.output_file == below / "out.txt"


def test_internal_variables_are_not_settings(tmp_path: Path) -> None:
    load_settings({}, tmp_path, {"AUTOSTABLE_INTERNAL_CHILD": "1"})


@pytest.mark.parametrize(
    ("toml", "environ", "overrides", "parts"),
    [
        ("gaol = 1", {}, {}, ["gaol", "[tool.autostable] in", "did you mean 'goal'"]),
        ("", {"AUTOSTABLE_BUGDET": "1"}, {}, ["AUTOSTABLE_BUGDET", "environment", "did you mean 'AUTOSTABLE_BUDGET'"]),
        ("", {}, {"max_atempts": 1}, ["--max-atempts", "command line", "did you mean '--max-attempts'"]),
        ("zzzz = 1", {}, {}, ["zzzz", "known are goal, on-failure, on-spike, max-attempts"]),
        ('goal = "helthy"', {}, {}, ["goal = 'helthy'", "one of healthy, finite", "did you mean 'healthy'"]),
        ('on-failure = "heel"', {}, {}, ["on-failure = 'heel'", "one of restart, heal", "did you mean 'heal'"]),
        ("", {}, {"on_spike": "mend"}, ["--on-spike = 'mend'", "one of log, heal"]),
        ("max-attempts = 0", {}, {}, ["max-attempts = 0", "at least 1"]),
        ("max-attempts = 2.5", {}, {}, ["max-attempts = 2.5", "whole number"]),
        ("seed = true", {}, {}, ["seed = True", "whole number"]),
        ("", {"AUTOSTABLE_BUDGET": "-1"}, {}, ["AUTOSTABLE_BUDGET = '-1'", "environment", "above 0"]),
        ("", {"AUTOSTABLE_BUDGET": "nan"}, {}, ["above 0"]),
        ("", {}, {"time_limit": 0.0}, ["--time-limit = 0.0", "command line", "seconds"]),
        ("", {}, {"tune": -1}, ["--tune = -1", "command line", "a whole number of at least 0"]),
        ("", {"AUTOSTABLE_TUNE": "few"}, {}, ["AUTOSTABLE_TUNE = 'few'", "whole number"]),
        ("fix = 3", {}, {}, ["fix = 3", "true or false"]),
        ("select = 3", {}, {}, ["a list of names"]),
        ("", {}, {"ignore": ["unsafe-lgo"]}, ["'unsafe-lgo'", "did you mean 'unsafe-log'"]),
        ("run_dir = 1", {}, {}, ["run_dir = 1", "a path"]),
    ],
)
def test_wrong_settings_are_one_clear_sentence(
    tmp_path: Path, toml: str, environ: dict[str, str], overrides: dict[str, object], parts: list[str]
) -> None:
    project(tmp_path, f"[tool.autostable]\n{toml}")
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides, tmp_path, environ)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(("text", "part"), [("[tool", "not valid TOML"), ("[tool]\nautostable = 3", "must be a table")])
def test_broken_pyproject(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(SettingsError, match=part):
        load_settings({}, project(tmp_path, text), {})


@pytest.mark.parametrize("value", [["unsafe-log", "dead-relu"], "unsafe-log,dead-relu", ["unsafe-log, dead-relu"]])
def test_names_come_as_lists_or_with_commas(tmp_path: Path, value: object) -> None:
    assert load_settings({"select": value}, tmp_path, {})[0].select == ("unsafe-log", "dead-relu")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("off", False), ("TRUE", True)])
def test_switches_in_the_environment(tmp_path: Path, text: str, value: bool) -> None:
    assert load_settings({}, tmp_path, {"AUTOSTABLE_FIX": text})[0].fix is value
