"""What `python name` and `python -m name` do, in a `__main__` of its own in this process."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import runpy
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autostable.setup import Division


class OtherSeeds:
    """Adds a number to the seeds that a program sets.

    Attributes:
        places: How many places of it were found that set one.
    """

    def __init__(self, root: str, shift: int) -> None:
        """Take the folder of the program's own modules, and the number."""
        self._root = os.path.realpath(root) + os.sep
        self._shift = shift
        self.places = 0

    def text(self, source: bytes) -> str:
        """A file's text with other seeds."""
        from autostable.patch.seeds import with_other_seeds  # late: LibCST is not loaded for every run

        text, places = with_other_seeds(importlib.util.decode_source(source), self._shift)
        self.places += places
        return text

    def imports(self) -> None:
        """Have the program's own modules compiled with other seeds; what was compiled before is not looked at."""
        kind: Any = importlib.machinery.SourceFileLoader
        original = kind.get_code

        def get_code(loader: Any, fullname: str) -> Any:
            path = loader.get_filename(fullname)
            if not os.path.realpath(path).startswith(self._root):
                return original(loader, fullname)
            return compile(self.text(loader.get_data(path)), path, "exec", dont_inherit=True)

        kind.get_code = get_code


def execute(
    kind: str, name: str, seeds: OtherSeeds | None = None, *, source: bytes | None = None,
    divided: Sequence[Division] = (),
) -> None:  # fmt: skip
    """Run a script or a module as the interpreter would.

    Args:
        kind: "script" or "module".
        name: Path of the one, dotted name of the other.
        seeds: Those that it is to draw from instead of its own.
        source: The script's text, where it is not what the file holds now.
        divided: Divisions of the script whose divisors are kept from 0.
    """
    if seeds is not None:
        seeds.imports()
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=sys.modules["builtins"], __annotations__={})
    sys.modules["__main__"] = module
    if kind == "module":
        _first_on_path(os.getcwd())
        runpy._run_module_as_main(name)  # type: ignore[attr-defined]
    else:
        path = os.path.abspath(name)
        _first_on_path(os.path.dirname(os.path.realpath(path)))
        loader = importlib.machinery.SourceFileLoader("__main__", path)
        module.__dict__.update(__file__=path, __cached__=None, __loader__=loader)
        source = Path(path).read_bytes() if source is None else source
        text = source if seeds is None else seeds.text(source)
        exec(_compiled(text, path, divided, module), module.__dict__)


def _compiled(text: str | bytes, path: str, divided: Sequence[Division], module: types.ModuleType) -> types.CodeType:
    if not divided:
        return compile(text, path, "exec", dont_inherit=True)
    from autostable.execution import divisors  # late: NumPy is not loaded for every run

    module.__dict__[divisors.NAME] = divisors.without_zeros
    return divisors.compiled(text, path, divided)


def _first_on_path(folder: str) -> None:
    if not sys.flags.safe_path:  # with it the interpreter adds nothing either
        sys.path.insert(0, folder)
