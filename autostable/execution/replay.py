"""Shows the failing step of a past run again, from its capsule alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from autostable.errors import StoreError


def replay(run: Path) -> int:
    """Show the operations around the birth of the first bad number and run the guilty one once more.

    Args:
        run: A run's folder.

    Returns:
        0 where the operation gives a bad number again, 1 where it does not (or cannot be run by itself).

    Raises:
        StoreError: If the run has no capsule, or it is damaged.
    """
    folder = run / "capsule"
    try:
        told: dict[str, Any] = json.loads((folder / "capsule.json").read_text(encoding="utf-8"))
        operation = told["operation"]
    except FileNotFoundError:
        raise StoreError(f"{run} holds no capsule: no step of it went non-finite, or none could be replayed") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder / 'capsule.json'} is damaged: {error}") from None
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140)
    table = Table(box=None, pad_edge=False)
    for heading in ("#", "operation", "where", "shape", "finite values", "bad"):
        table.add_column(heading, no_wrap=True)
    for row in told["operations"]:
        guilty = row["index"] == operation["index"]
        table.add_row(
            ("> " if guilty else "  ") + str(row["index"]),
            row["kind"] + (f" (gradient of {row['gradient_of']})" if row["gradient_of"] else ""),
            f"{row['file']}:{row['line']}" if row["file"] else (row["layer"] or ""),
            str(tuple(row["shape"])) if "shape" in row else "",
            f"{row['low']:.4g} .. {row['high']:.4g}" if row.get("low") is not None else "",
            _bad(row),
            style="bold red" if guilty else None,
        )
    console.print(table)
    return _again(console, folder, told)


def _bad(row: dict[str, Any]) -> str:
    counts = [f"{row[kind]} {name}" for kind, name in (("nan", "NaN"), ("inf", "Inf")) if row.get(kind)]
    return ", ".join(counts)


def _again(console: Console, folder: Path, told: dict[str, Any]) -> int:
    import numpy as np

    from autostable.training import capsule

    results = capsule.reenact(folder, told)
    kind = told["operation"]["kind"]
    if results is None:
        console.print(f"\n{kind} cannot be run by itself here; above is what it gave in the run.")
        return 1
    bad = sum(int((~np.isfinite(result)).sum()) for result in results if result.dtype.kind == "f")
    of = sum(result.size for result in results)
    console.print(f"\n{kind}, run again with the kept arguments: {bad} of {of} results are not finite.")
    return 0 if bad else 1
