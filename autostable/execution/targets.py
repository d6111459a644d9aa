"""What is run: a script or a module, checked before anything is started."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.machinery
import sys
import tokenize
import warnings
from pathlib import Path
from typing import Any, Literal

from autostable.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Target:
    """A script or a module with its own arguments."""

    kind: Literal["script", "module"]
    path_or_name: str
    arguments: tuple[str, ...] = ()

    def validate(self) -> None:
        """See that it can be run.

        Raises:
            UsageError: If it does not exist, is a folder, or is not valid Python.
        """
        path = self.source()
        try:
            with tokenize.open(path) as stream, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the run itself will show them
                compile(stream.read(), str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            raise UsageError(f"{path}:{error.lineno}: syntax error: {error.msg}") from None
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise UsageError(f"cannot read {path}: {error}") from None

    def source(self) -> Path:
        """The file that will be run.

        Raises:
            UsageError: If there is none.
        """
        if self.kind == "module":
            return self._module_file()
        path = Path(self.path_or_name)
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the script in it")
        if not path.exists():
            raise UsageError(f"there is no file {path}")
        if path.suffix == ".ipynb":
            raise UsageError(
                f"{path} is a notebook, which is not run from here: write %load_ext autostable in it and %%autostable above "
                f"the cell that trains, or make a script of it (jupyter nbconvert --to script {path})"
            )
        return path

    def _module_file(self) -> Path:
        """Where `python -m` would look, found without importing the packages around it."""
        for name in (self.path_or_name, f"{self.path_or_name}.__main__"):
            spec = _spec(name)
            if spec is not None and spec.origin is not None and not spec.submodule_search_locations:
                return Path(spec.origin)
        raise UsageError(f"there is no module {self.path_or_name} that can be run (looked from {Path.cwd()})")

    def described(self) -> dict[str, Any]:
        """The target as it stands in a report, but for its exit status."""
        key = "path" if self.kind == "script" else "module"
        digest = hashlib.sha256(self.source().read_bytes()).hexdigest()[:16]
        return {
            "kind": self.kind,
            key: self.path_or_name,
            "arguments": list(self.arguments),
            "fingerprint": {"source": digest, "arguments": list(self.arguments)},
        }


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    """The spec of a dotted name, from the working directory and then `sys.path`."""
    path: list[str] | None = [str(Path.cwd()), *sys.path]
    spec = None
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        if path is None or not parts[end - 1]:
            return None
        spec = importlib.machinery.PathFinder.find_spec(".".join(parts[:end]), path)
        locations = None if spec is None else spec.submodule_search_locations
        path = None if locations is None else list(locations)
    return spec
