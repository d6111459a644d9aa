"""Tables of configurations (jsonl, csv, yaml): reading them, telling the bad rows, writing repaired ones back."""

from __future__ import annotations

import ast
import csv
import datetime
import io
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from autostable.errors import UsageError
from autostable.records import to_json
from autostable.store import write_file
from autostable.story import HEALED
from autostable.sweeps.items import Item, Outcome, Sweep

KINDS = (".jsonl", ".csv", ".yaml", ".yml")
RESULTS = (  # names that a results column may have, the likeliest first
    "score", "result", "loss", "val_loss", "metric", "value", "objective", "accuracy", "acc", "auc", "mae", "mse", "rmse",
    "r2", "f1",
)  # fmt: skip
PARTS = ("val_", "test_")  # what may stand before them
ANY = frozenset({"score", "result", "metric", "value", "objective"})  # columns whose name tells no metric
NOTE = "autostable"  # the column that says what was done to a row


def is_table(path: Path) -> bool:
    """Whether this is a file of a kind that can be read as a table."""
    return _kind(path) in KINDS


def _kind(path: Path) -> str:
    return path.suffix.lower()


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a table.

    Raises:
        UsageError: If it cannot be read or is empty.
    """
    kind = _kind(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a byte order mark in front
        if kind == ".csv":
            header, lines = _cells(path, text)
            found: Any = [dict(zip(header, map(_value, cells), strict=True)) for cells in lines]
        elif kind == ".jsonl":
            found = [_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        else:
            found = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, list) or not found:
        raise UsageError(f"{path} holds no configurations (wanted: a list of mappings, one a configuration)")
    for number, row in enumerate(found, 1):
        if not isinstance(row, dict):
            raise UsageError(
                f"{path}: row {number} is no mapping of names to values, but {json.dumps(row, default=str)}"
            )
    return found


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number} is not JSON ({error})") from None


def _cells(path: Path, text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file as they stand there.

    Raises:
        UsageError: If a row has not as many cells as the header, or two columns one name.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    twice = next((name for place, name in enumerate(header) if name in header[:place]), None)
    if twice is not None:
        raise UsageError(f"{path}: two columns are called {twice!r}; give each a name of its own")
    found = []
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            raise UsageError(f"{path}: line {reader.line_num} has {len(cells)} cells, the header has {len(header)}")
        found.append(cells)
    return header, found


def _value(cell: str) -> Any:
    """A cell as a number, a boolean or a text."""
    if cell == "":
        return None
    if cell.lower() in ("nan", "inf", "-inf", "true", "false"):
        return {"true": True, "false": False}.get(cell.lower()) if cell[0] in "tTfF" else float(cell)
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError):
        return cell


def results_column(table: Sequence[Mapping[str, Any]], wanted: str | None) -> str | None:
    """The column that holds the results, if there is one.

    Raises:
        UsageError: If the wanted one is not there.
    """
    if wanted is not None:
        if not any(wanted in row for row in table):
            raise UsageError(f"the table has no column {wanted!r}; it has {', '.join(table[0])}")
        return wanted
    columns = dict.fromkeys(key for row in table for key in row)
    named = [name for name in RESULTS if name in columns]
    named += [name for name in columns if name.startswith(PARTS) and name not in named]
    return next((name for name in named if _numbers(table, name)), None)


def _numbers(table: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a column holds nothing but numbers and gaps: a hyperparameter may be called `loss` as well."""
    return all(_is_number(row.get(name)) for row in table)


def _is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        return cell.lower().lstrip("+-") in ("nan", "inf", "infinity")  # as JSON has to write them
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def read(path: Path, column: str | None) -> Sweep:
    """Look through a table: rows without a finite result are bad; without a results column, all are."""
    table = rows(path)
    column = results_column(table, column)
    bad, sound, repaired = [], [], 0
    for number, row in enumerate(table):
        config = config_of(row, column)
        result = None if column is None else row.get(column)
        if isinstance(result, int | float) and math.isfinite(result):
            sound.append((config, float(result)))
            repaired += str(row.get(NOTE) or "").startswith(HEALED)
        else:
            reason = "no result yet" if column is None or result is None else f"{column} is {result}"
            bad.append(Item(str(number), config, reason))
    return Sweep(f"table {path}", tuple(bad), tuple(sound), repaired)


def config_of(row: Mapping[str, Any], column: str | None) -> dict[str, Any]:
    """What a row says of how to train: all but its result and what was done to it."""
    return {key: value for key, value in row.items() if key not in (column, NOTE)}


def shapes(path: Path, column: str | None) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Name of the column of results, and the names that rows have besides, each set of them once."""
    table = rows(path)
    known = results_column(table, column)
    return known or "score", tuple(dict.fromkeys(tuple(config_of(row, known)) for row in table))


def write_back(path: Path, outcomes: Mapping[str, Outcome], column: str | None) -> Path:
    """Fill the results of repaired rows in; the original is kept beside, the new table put in its place.

    A row that is not any more what was trained (the table was edited meanwhile) is left as it is.
    """
    table = rows(path)
    known = results_column(table, column)
    name = known or "score"
    changes: dict[int, dict[str, Any]] = {}
    for number, row in enumerate(table):
        outcome = outcomes.get(str(number))
        if outcome is not None and to_json(outcome.config) == to_json(config_of(row, known)):
            result = objective(outcome.metrics, name) if outcome.usable else row.get(name)
            changes[number] = {name: result, NOTE: outcome.message}
    text = _csv(path, changes, name) if _kind(path) == ".csv" else _text(path, table, changes)
    backup = path.with_name(f"{path.name}.backup-{datetime.datetime.now():%Y%m%dT%H%M%S}")
    shutil.copy2(path, backup)
    write_file(path, text)
    return backup


def objective(metrics: Mapping[str, float], name: str) -> float | None:
    """The metric that a column of this name wants: the one called so; where the name tells none, the loss or the only one."""
    if name in metrics:
        return metrics[name]
    if len(metrics) == 1 and (name in ANY or "score" in metrics):  # a bare number comes under "score"
        return next(iter(metrics.values()))
    usual = ("score", "val_loss", "loss") if name in ANY else ()
    return next((metrics[each] for each in usual if each in metrics), None)


def _text(path: Path, table: list[dict[str, Any]], changes: Mapping[int, Mapping[str, Any]]) -> str:
    changed = [{**row, NOTE: row.get(NOTE), **changes.get(number, {})} for number, row in enumerate(table)]
    if _kind(path) == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in changed)
    return str(yaml.safe_dump(changed, sort_keys=False))


def _csv(path: Path, changes: Mapping[int, Mapping[str, Any]], name: str) -> str:
    """The file with the cells that change changed, and every other one as it stood there."""
    raw = path.read_bytes().decode("utf-8-sig")
    header, lines = _cells(path, raw)
    columns = [*header, *(each for each in (name, NOTE) if each not in header)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if "\r\n" in raw else "\n")
    writer.writerow(columns)
    for number, cells in enumerate(lines):
        row = dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=True))
        row.update({key: "" if value is None else str(value) for key, value in changes.get(number, {}).items()})
        writer.writerow(row.values())
    return out.getvalue()
