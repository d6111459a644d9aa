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
from autostable.store import write_file
from autostable.sweeps.items import Item, Outcome, Sweep

KINDS = (".jsonl", ".csv", ".yaml", ".yml")
RESULTS = ("score", "result", "loss", "val_loss", "metric", "value")  # names a results column may have
NOTE = "autostable"  # the column that says what was done to a row


def is_table(path: Path) -> bool:
    """Whether this is a file of a kind that can be read as a table."""
    return path.suffix in KINDS


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a table.

    Raises:
        UsageError: If it cannot be read or is empty.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            found: Any = [_typed(row) for row in csv.DictReader(io.StringIO(text))]
        elif path.suffix == ".jsonl":
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read {path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        raise UsageError(f"{path} holds no configurations (wanted: a list of mappings, one a configuration)")
    keys = [key for key in found[0] if key != NOTE]
    for number, row in enumerate(found):
        missing = [key for key in keys if key not in row and key not in RESULTS]
        if missing:
            raise UsageError(f"{path}: row {number + 1} has no {', '.join(missing)}")
    return found


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    """The cells of a CSV row as numbers, booleans or texts."""
    return {key: _value(cell) for key, cell in row.items() if key is not None}


def _value(cell: str | None) -> Any:
    if cell is None or cell == "":
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
    return next((name for name in RESULTS if any(name in row for row in table) and _numbers(table, name)), None)


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
        config = {key: value for key, value in row.items() if key not in (column, NOTE)}
        result = None if column is None else row.get(column)
        if isinstance(result, int | float) and math.isfinite(result):
            sound.append((config, float(result)))
            repaired += bool(row.get(NOTE))
        else:
            reason = "no result yet" if column is None or result is None else f"{column} is {result}"
            bad.append(Item(str(number), config, reason))
    return Sweep(f"table {path}", tuple(bad), tuple(sound), repaired)


def write_back(path: Path, outcomes: Mapping[str, Outcome], column: str | None) -> Path:
    """Fill the results of repaired rows in; the original is kept beside, the new table put in its place."""
    table = rows(path)
    name = results_column(table, column) or "score"
    for number, row in enumerate(table):
        outcome = outcomes.get(str(number))
        if outcome is not None:
            row[name] = objective(outcome.metrics, name) if outcome.usable else row.get(name)
            row[NOTE] = outcome.message
        else:
            row.setdefault(NOTE, None)
    backup = path.with_name(f"{path.name}.backup-{datetime.datetime.now():%Y%m%dT%H%M%S}")
    shutil.copy2(path, backup)
    write_file(path, _text(path, table))
    return backup


def objective(metrics: Mapping[str, float], name: str) -> float | None:
    """The metric of that name, else the only one or the first of the usual ones."""
    for each in (name, "score", "val_loss", "loss"):
        if each in metrics:
            return metrics[each]
    return next(iter(metrics.values()), None)


def _text(path: Path, table: list[dict[str, Any]]) -> str:
    if path.suffix == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in table)
    if path.suffix == ".csv":
        out = io.StringIO()
        names = list(dict.fromkeys(key for row in table for key in row))
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return out.getvalue()
    return str(yaml.safe_dump(table, sort_keys=False))
