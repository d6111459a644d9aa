"""The settings, and where each of them came from.

Later sources win: defaults, `[tool.autostable]` in pyproject.toml, `AUTOSTABLE_*` in the
environment, the command line (or keyword arguments). A key nobody knows is an error: a setting
that is silently ignored costs its owner a training.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autostable.errors import SettingsError, did_you_mean
from autostable.records import Code

GOALS = ("healthy", "finite")
ON_FAILURE = ("restart", "heal")
ON_SPIKE = ("log", "heal")
FORMATS = ("full", "concise", "json", "github")
PREFIX = "AUTOSTABLE_"
INTERNAL = "AUTOSTABLE_INTERNAL_"


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a target is to be run, judged and reported.

    Attributes:
        goal: "healthy" also repairs what is finite but useless; "finite" only reports that.
        on_failure: "restart" repairs a training that fails from its start; "heal" goes back to its last healthy state.
        on_spike: With "heal": a loss that leaves its course and stays finite is told ("log") or gone back from ("heal").
        max_attempts: At most so many plans are tried.
        budget: All attempts together may cost so many times one full run.
        time_limit: Seconds after which no further attempt is started; None is no limit.
        stall_timeout: Seconds without a training step after which the script is taken to hang, and ended; None is never.
        select: Only these remedies, or the remedies of these causes; empty means all.
        ignore: Neither these remedies nor these causes.
        seed: Seed of whatever is random in a remedy.
        run_dir: Folder that holds the run folders.
        resume: Go on with the latest run of the same target and settings that was cut off; without one, begin.
        diff: Print only the source edits.
        check: Run the patched program by plain python, and compare it with the repaired run.
        fix: Write the source edits into the files, if the patched program holds by itself.
        unsafe: With `fix`, write edits that do only a part of the plan, or do not hold, as well.
        tune: After a repair, run the target at most so many times more in search of better strengths; 0 is off.
        verify: Run the patched program by plain python in so many fresh processes, each with seeds of its own; where there
            are no complete edits, the program with its plan.
        output_format: "full", "concise", "json" or "github".
        output_file: Where the report goes instead of the terminal; "-" is the standard output.
        quiet: Nothing is shown but the verdict, and errors.
        verbose: The report ends with all that is known.
        tensorboard: Folder that the attempts are written to as runs, for TensorBoard.
    """

    goal: str = "healthy"
    on_failure: str = "restart"
    on_spike: str = "log"
    max_attempts: int = 16
    budget: float = 3.0
    time_limit: float | None = None
    stall_timeout: float | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    seed: int = 0
    run_dir: Path = Path(".autostable")
    resume: bool = False
    diff: bool = False
    check: bool = False
    fix: bool = False
    unsafe: bool = False
    tune: int = 0
    verify: int = 0
    output_format: str = "full"
    output_file: Path | None = None
    quiet: bool = False
    verbose: bool = False
    tensorboard: Path | None = None


class _Wrong(Exception):
    """Carries what would have been allowed."""


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if isinstance(value, str) and value in allowed:
            return str(value)
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        raise _Wrong(f"one of {', '.join(allowed)}{hint}")

    return read


def _integer(low: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, str):
            try:
                value = int(value)
            except ValueError:
                value = None
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            return value
        raise _Wrong(f"a whole number of at least {low}")

    return read


def _positive(unit: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = None
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0:
            return float(value)
        raise _Wrong(f"a number above 0 ({unit})")

    return read


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("1", "true", "yes", "on"):
        return True
    if isinstance(value, str) and value.lower() in ("0", "false", "no", "off", ""):
        return False
    raise _Wrong("true or false")


def _path(value: Any) -> Path:
    if isinstance(value, str | Path) and str(value):
        return Path(value).expanduser()
    raise _Wrong("a path")


def _names(value: Any) -> tuple[str, ...]:
    """Names of causes and remedies: a list, or one text with commas in between."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise _Wrong("a list of names of remedies or causes")
    names = tuple(name.strip() for text in texts for name in text.split(",") if name.strip())
    known = _known_names()
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise _Wrong(f"names of remedies or causes (autostable explain lists them), not {name!r}{hint}")
    return names


def _known_names() -> tuple[str, ...]:
    from autostable import registry  # late: most commands never ask, and third-party remedies may be slow to load

    return (*registry.remedies(), *(code.value for code in Code))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "goal": _choice(*GOALS),
    "on_failure": _choice(*ON_FAILURE),
    "on_spike": _choice(*ON_SPIKE),
    "max_attempts": _integer(1),
    "budget": _positive("times the cost of one run"),
    "time_limit": _positive("seconds"),
    "stall_timeout": _positive("seconds"),
    "select": _names,
    "ignore": _names,
    "seed": _integer(0),
    "run_dir": _path,
    "resume": _switch,
    "diff": _switch,
    "check": _switch,
    "fix": _switch,
    "unsafe": _switch,
    "tune": _integer(0),
    "verify": _integer(0),
    "output_format": _choice(*FORMATS),
    "output_file": _path,
    "quiet": _switch,
    "verbose": _switch,
    "tensorboard": _path,
}
_PATHS = ("run_dir", "output_file", "tensorboard")
STDOUT = Path("-")


def checked(key: str, value: Any, shown: str) -> Any:
    """The value of a setting as the engine takes it.

    Args:
        key: Name of a setting that there is.
        value: As it was given.
        shown: How the message calls it.

    Raises:
        SettingsError: If it has the wrong type or is not allowed.
    """
    try:
        return _READERS[key](value)
    except _Wrong as wrong:
        raise SettingsError(f"{shown} is not allowed: it takes {wrong}") from None
    except ValueError as error:  # the registry refused a third-party remedy
        raise SettingsError(f"{shown} cannot be checked: {error}") from None


def load_settings(
    overrides: Mapping[str, Any], cwd: Path, environ: Mapping[str, str]
) -> tuple[Settings, dict[str, str]]:
    """Collect the settings from all sources.

    Args:
        overrides: From the command line or keyword arguments; None means not given.
        cwd: Where the search for pyproject.toml starts, and what relative paths refer to.
        environ: The environment.

    Returns:
        The settings, and for each key where its value came from.

    Raises:
        SettingsError: If a key is unknown, or a value has the wrong type or is not allowed.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(_READERS, "default")

    def take(key: str, value: Any, shown: str, origin: str, base: Path) -> None:
        known = key.replace("-", "_")
        if known not in _READERS:
            raise SettingsError(_unknown(key, shown, origin))
        read = checked(known, value, f"{shown} = {value!r} ({origin})")
        values[known] = base / read if known in _PATHS and read != STDOUT else read
        origins[known] = origin

    table, file = _pyproject(cwd)
    for key, value in table.items():
        take(key, value, key, f"[tool.autostable] in {file}", file.parent)
    for variable, text in sorted(environ.items()):
        if variable.startswith(PREFIX) and not variable.startswith(INTERNAL):
            take(variable.removeprefix(PREFIX).lower(), text, variable, "environment", cwd)
    for key, value in overrides.items():
        if value is not None:
            take(key, value, "--" + key.replace("_", "-"), "command line", cwd)
    values.setdefault("run_dir", cwd / Settings.run_dir)
    return Settings(**values), origins


def _unknown(key: str, shown: str, origin: str) -> str:
    if shown.startswith(PREFIX):
        known = [PREFIX + name.upper() for name in _READERS]
    elif shown.startswith("--"):
        known = ["--" + name.replace("_", "-") for name in _READERS]
    else:
        known = [name.replace("_", "-") for name in _READERS]
        key = key.replace("_", "-")
    hint = did_you_mean(shown if shown.startswith((PREFIX, "--")) else key, known)
    return f"there is no setting {shown} ({origin}){hint or '; known are ' + ', '.join(known)}"


def _pyproject(cwd: Path) -> tuple[Mapping[str, Any], Path]:
    """The table [tool.autostable] of the nearest pyproject.toml, from `cwd` upwards, that has one."""
    for folder in (cwd, *cwd.parents):
        file = folder / "pyproject.toml"
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"cannot read {file}: {error}") from None
        try:
            tool = tomllib.loads(text).get("tool", {})
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{file} is not valid TOML: {error}") from None
        table = tool.get("autostable") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return table, file
        if table is not None:
            raise SettingsError(f"tool.autostable in {file} must be a table, [tool.autostable]")
    return {}, cwd / "pyproject.toml"
