"""Shows the failing step of a past run again, from its capsule alone."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autostable.errors import StoreError
from autostable.execution.capsules import Capsule, Row, read_arguments, read_capsule


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
    if not (folder / "capsule.json").exists():
        raise StoreError(f"{run} holds no capsule: no step of it went non-finite, or none could be replayed")
    told = read_capsule(folder)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140)
    table = Table(box=None, pad_edge=False)
    for heading in ("#", "operation", "where", "shape", "finite values", "bad"):
        table.add_column(heading, no_wrap=True)
    for row in told.operations:
        guilty = row.index == told.operation.index
        cells = (
            ("> " if guilty else "  ") + str(row.index),
            row.kind + (f" (gradient of {row.gradient_of})" if row.gradient_of else ""),
            f"{row.file}:{row.line}" if row.file else (row.layer or ""),
            "" if row.shape is None else str(row.shape),
            "" if row.low is None or row.high is None else f"{row.low:.4g} .. {row.high:.4g}",
            _bad(row),
        )
        table.add_row(*(Text(_shown(cell)) for cell in cells), style="bold red" if guilty else None)
    console.print(table)
    return _again(console, folder, told)


def _shown(text: str) -> str:
    """A text of the capsule's, which shall not move the cursor or set colours."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _bad(row: Row) -> str:
    counts = [f"{count} {name}" for count, name in ((row.nan, "NaN"), (row.inf, "Inf")) if count]
    return ", ".join(counts)


def _again(console: Console, folder: Path, told: Capsule) -> int:
    values = read_arguments(folder) if told.operation.whole else None
    kind = _shown(told.operation.kind)
    results = None
    if values is not None:
        from autostable.training.replay import capsule  # late: it loads TensorFlow

        results = capsule.reenact(told.operation.kind, values, told.operation.dtypes, told.operation.attrs)
    if results is None:
        console.print(Text(f"\n{kind} cannot be run by itself here; above is what it gave in the run."))
        return 1
    import numpy as np

    bad = sum(int((~np.isfinite(result)).sum()) for result in results if result.dtype.kind == "f")
    of = sum(result.size for result in results)
    console.print(Text(f"\n{kind}, run again with the kept arguments: {bad} of {of} results are not finite."))
    return 0 if bad else 1
