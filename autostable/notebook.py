"""In a notebook: `%load_ext autostable`, then `%%autostable` over a cell whose trainings are to be watched and repaired.

%%autostable --max-attempts 8 --goal finite
model.fit(x, y, epochs=20)

%autostable show            the report of the latest run, or of the one that is named
"""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError as MagicError
from IPython.core.magic import Magics, line_cell_magic, magics_class

from autostable import api
from autostable.config import load_settings
from autostable.errors import AutostableError, UsageError, did_you_mean
from autostable.report.shown import Shown, shown
from autostable.store import RunStore

OPTIONS = tuple(f"--{name.replace('_', '-')}" for name in api.OPTIONS)
USAGE = "write %%autostable above the code of a cell, or %autostable show for the report of a past run"


def options_of(line: str) -> dict[str, Any]:
    """The options of a magic as `stabilize` takes them: "--max-attempts 8 --goal=finite".

    Raises:
        UsageError: If one is unknown or has no value.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%autostable {line}: {error}") from None
    found: dict[str, Any] = {}
    while words:
        name, equals, value = words.pop(0).partition("=")
        if name not in OPTIONS:
            raise UsageError(
                f"%%autostable has no option {name}{did_you_mean(name, OPTIONS) or '; it has ' + ', '.join(OPTIONS)}"
            )
        if not equals:
            if not words:
                raise UsageError(f"%%autostable: {name} needs a value")
            value = words.pop(0)
        found[name.removeprefix("--").replace("-", "_")] = value
    return found


@magics_class
class AutostableMagics(Magics):
    """The magic `autostable`, for lines and for cells."""

    @line_cell_magic
    def autostable(self, line: str, cell: str | None = None) -> Shown | None:
        """Watch and repair the trainings of a cell, or show the report of a past run."""
        try:
            if cell is None:
                return self._show(line.split())
            if not cell.strip():
                raise UsageError(f"there is nothing in this cell to run; {USAGE}")
            return self._run(line, cell)
        except AutostableError as error:
            raise MagicError(f"autostable: {error}") from None

    def _run(self, line: str, cell: str) -> Shown:
        """Run a cell in the notebook's namespace, again where a plan asks for that."""
        run = _compiled(self.shell, cell)
        return api.conducted(run, options_of(line), name="the cell", kind="notebook")

    def _show(self, words: Sequence[str]) -> Shown:
        if not words or words[0] != "show" or len(words) > 2:
            raise UsageError(USAGE)
        settings, _ = load_settings({}, Path.cwd(), os.environ)
        report = RunStore(settings.run_dir).find(words[1] if len(words) == 2 else None).read_report()
        return shown(report)


def _compiled(shell: Any, cell: str) -> Any:
    """The cell as a function; its last expression is displayed, as that of any cell is."""
    text = shell.transform_cell("\n" + cell)  # the lines are those that are seen, below the magic's own
    numbers = getattr(
        shell.compile, "_filename_map", {}
    ).values()  # of the cells that ran; the last is this magic's own
    name = shell.compile.cache(text, number=max(numbers, default=shell.execution_count))
    tree = ast.parse(text, name)
    last = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
    code = compile(tree, name, "exec")
    end = compile(ast.Interactive(last), name, "single") if last else None

    def run() -> None:
        exec(code, shell.user_ns)
        if end is not None:
            exec(end, shell.user_ns)

    return run


def load(shell: Any) -> None:
    """Register the magics; called by `%load_ext autostable`."""
    shell.register_magics(AutostableMagics)
