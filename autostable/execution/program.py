"""What `python name` and `python -m name` do, in a `__main__` of its own in this process."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import runpy
import sys
import types
from pathlib import Path


def execute(kind: str, name: str, other_seeds: int = 0) -> None:
    """Run a script or a module as the interpreter would.

    Args:
        kind: "script" or "module".
        name: Path of the one, dotted name of the other.
        other_seeds: What is added to each seed that the script sets; of a module nothing is changed.
    """
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=sys.modules["builtins"], __annotations__={})
    sys.modules["__main__"] = module
    if kind == "module":
        _first_on_path(os.getcwd())
        runpy._run_module_as_main(name)  # type: ignore[attr-defined]
        return
    path = os.path.abspath(name)
    _first_on_path(os.path.dirname(os.path.realpath(path)))
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    module.__dict__.update(__file__=path, __cached__=None, __loader__=loader)
    source = Path(path).read_bytes()
    exec(
        compile(_reseeded(source, other_seeds) if other_seeds else source, path, "exec", dont_inherit=True),
        module.__dict__,
    )


def _reseeded(source: bytes, other_seeds: int) -> str:
    from autostable.patch.seeds import with_other_seeds  # late: LibCST is not loaded for every run

    return with_other_seeds(importlib.util.decode_source(source), other_seeds)[0]


def _first_on_path(folder: str) -> None:
    if not sys.flags.safe_path:  # with it the interpreter adds nothing either
        sys.path.insert(0, folder)
