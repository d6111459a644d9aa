"""Which of the numbers that decide do the quick tests notice?

    python -m benchmarks.mutations [FILE ...] [--least 0.9]

Moves every number in what decides (diagnosis, prescription, knowledge) up and down by a quarter, a whole number by at
least 1, runs the quick tests of it with that one number moved, and prints those whose move no test noticed. A number
counts as noticed if both of its moves are. Places in sequences and zeros are no such numbers.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
DECIDING = ("autostable/knowledge", "autostable/diagnosis", "autostable/repair/ladders.py")
TESTS = ("tests/knowledge", "tests/diagnosis", "tests/repair/test_ladders.py")


@dataclasses.dataclass(frozen=True)
class Number:
    """One number of the source; `index` is its place among the file's."""

    file: Path
    index: int
    line: int
    value: float

    def moved(self) -> tuple[float, float]:
        """A quarter less and a quarter more; whole numbers by at least 1."""
        if isinstance(self.value, int):
            step = max(1, round(abs(self.value) / 4))
            return self.value - step, self.value + step
        return self.value * 0.75, self.value * 1.25


class _Numbers(ast.NodeTransformer):
    """Meets the deciding numbers of a module in order; puts another in the place of one."""

    def __init__(self, index: int | None = None, value: float = 0.0) -> None:
        self.met: list[ast.Constant] = []
        self._index, self._value = index, value

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or node.value == 0:
            return node
        self.met.append(node)
        return ast.copy_location(ast.Constant(self._value), node) if len(self.met) - 1 == self._index else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # what is said, not what is decided


def numbers(file: Path) -> list[Number]:
    """The deciding numbers of a file."""
    visitor = _Numbers()
    visitor.visit(ast.parse(file.read_text(encoding="utf-8")))
    return [Number(file, index, node.lineno, node.value) for index, node in enumerate(visitor.met)]  # type: ignore[arg-type]


def files(given: Sequence[str] = DECIDING) -> Iterator[Path]:
    """The modules in files and folders, relative to the root of the repository."""
    for name in given:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, number: Number, value: float) -> None:
        super().__init__(name, str(number.file))
        self._number, self._value = number, value

    def get_code(self, fullname: str) -> CodeType:
        tree = ast.parse(self._number.file.read_text(encoding="utf-8"))
        changed = ast.fix_missing_locations(_Numbers(self._number.index, self._value).visit(tree))
        return compile(changed, str(self._number.file), "exec")


class _Finder:
    """Finds one module with one number moved."""

    def __init__(self, number: Number, value: float) -> None:
        parts = number.file.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self._loader = _Loader(self._name, number, value)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> Any:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._loader.path, loader=self._loader)


def unnoticed(number: Number, value: float, tests: Sequence[str] = TESTS) -> bool:
    """Whether all tests pass with the number moved; in a child of this process, which must not have imported autostable."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
                sys.meta_path.insert(0, _Finder(number, value))  # type: ignore[arg-type]
                found = [str(ROOT / test) for test in tests if (ROOT / test).exists()]
                chosen = ["-m", "not slow", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
                code = int(
                    pytest.main([*chosen, "-n0", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), *found])
                )
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=list(DECIDING))
    parser.add_argument("--least", type=float, default=0.9, help="exit with 1 if a smaller share is noticed")
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "strategies")]
    every = [number for file in files(given.files) for number in numbers(file)]
    if not every or not unnoticed(every[0], every[0].value):
        sys.exit("the tests fail as it is, or there are no numbers")
    noticed = 0
    for number in every:
        silent = [value for value in number.moved() if unnoticed(number, value)]
        noticed += not silent
        if silent:
            moves = " and ".join(f"{value:g}" for value in silent)
            print(f"{number.file.relative_to(ROOT)}:{number.line}: {number.value:g} may as well be {moves}", flush=True)
    print(f"{noticed} of {len(every)} numbers are noticed ({noticed / max(1, len(every)):.0%})")
    sys.exit(noticed < given.least * len(every))


if __name__ == "__main__":
    main()
