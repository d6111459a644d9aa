"""Which of the numbers that decide do the quick tests notice?

    python -m benchmarks.mutations [FILE ...] [--least 0.9]

Moves every number in what decides up and down by a quarter, a whole number by at least 1, runs the quick tests of its module
with that one number moved (`TESTS`), and prints those whose move no test noticed. A number counts as noticed if both of its
moves are. Which numbers decide is in `deciding`.

Each move is a fork of this process, which has loaded the libraries but nothing of autostable, and has computed nothing. The
first test that fails ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from benchmarks.deciding import ROOT, Number, changed, files, numbers

DECIDING = ("autostable/knowledge", "autostable/diagnosis", "autostable/repair/ladders.py", "autostable/judgement",
            "autostable/training/audit.py")  # fmt: skip


def _of(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/judgement/test_{name}.py" for name in names)


# Of a module, or of all modules of a folder; the longest name counts. `*` is the module's own name.
TESTS = {
    "autostable/knowledge": ("tests/knowledge", "tests/diagnosis", "tests/repair/test_ladders.py"),
    "autostable/diagnosis": ("tests/diagnosis", "tests/knowledge", "tests/repair/test_ladders.py"),
    "autostable/repair": ("tests/repair/test_*.py",),
    "autostable/repair/ladders.py": ("tests/repair/test_ladders.py", "tests/diagnosis", "tests/knowledge"),
    "autostable/judgement": ("tests/judgement/test_*.py",),
    "autostable/training/audit.py": ("tests/audit",),
    "autostable/judgement/astray.py": _of("astray_borders", "astray"),
    "autostable/judgement/bounds.py": _of("bounds", "course", "levels", "breaks"),
    "autostable/judgement/calibrated.py": _of("calibrated", "reference", "breaks"),
    "autostable/judgement/certainty.py": _of("certainty", "bounds", "course_borders", "reference", "levels", "course"),
    "autostable/judgement/course.py": _of("course_borders", "course", "bounds", "levels", "breaks"),
    "autostable/judgement/dummy.py": _of("dummy", "levels", "breaks"),
    "autostable/judgement/figures.py": _of("figures", "reference"),
    "autostable/judgement/gain.py": _of("gain", "levels"),
    "autostable/judgement/kinds.py": _of("kinds", "breaks"),
    "autostable/judgement/levels.py": _of("levels", "course", "gain", "signal", "verdict"),
    "autostable/judgement/output.py": _of("output", "fits", "parts", "reference"),
    "autostable/judgement/plain_models.py": _of("plain_models", "words", "summaries", "reference"),
    "autostable/judgement/reference.py": _of("reference", "levels"),
    "autostable/judgement/signal.py": _of("signal", "levels", "breaks"),
    "autostable/judgement/verdict.py": _of("verdict", "levels", "breaks"),
}  # fmt: skip
# No plugins, whose imports cost more than most tests, and asserts as they stand: only whether one fails is asked.
_ARGUMENTS = (
    "-o", "addopts=", "--import-mode=importlib", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"),
    "-m", "not slow", "-x", "-q", "-p", "no:cacheprovider", "--assert=plain",
)  # fmt: skip
LONGEST = 120  # seconds that a move may take: one by which a loop does not end is noticed
_LIBRARIES = (
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "scipy.sparse",
    "sklearn.ensemble",
    "sklearn.feature_extraction.text",
)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, number: Number, value: float) -> None:
        super().__init__(name, str(number.file))
        self._number, self._value = number, value

    def get_code(self, fullname: str) -> CodeType:
        return compile(changed(self._number, self._value), str(self._number.file), "exec")


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


def tests_of(file: Path) -> tuple[str, ...]:
    """The tests of a module, in the order in which they are run; those that do not exist are left out."""
    name = file.relative_to(ROOT).as_posix()
    known = max((each for each in TESTS if name == each or name.startswith(f"{each}/")), key=len)
    found = (test.replace("*", file.stem) for test in TESTS[known])
    return tuple(test for test in found if (ROOT / test).exists())


def unnoticed(number: Number, value: float, tests: Sequence[str]) -> bool:
    """Whether all tests pass with the number moved; in a child of this process, which must not have imported autostable."""
    child = os.fork()
    if child == 0:
        code = 1
        signal.alarm(LONGEST)
        try:
            with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
                sys.meta_path.insert(0, _Finder(number, value))  # type: ignore[arg-type]
                found = [str(ROOT / test) for test in tests]
                code = int(pytest.main([*_ARGUMENTS, *found]))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def load(names: Iterable[str]) -> None:
    """Import libraries once for all moves; a fork has none of the threads that a computation would start."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _fails_as_it_is(every: Sequence[Number]) -> list[str]:
    """Modules without tests, or whose tests fail with nothing moved."""
    first = {number.file: number for number in reversed(every)}
    return [
        file.relative_to(ROOT).as_posix()
        for file, number in sorted(first.items())
        if not tests_of(file) or not unnoticed(number, number.value, tests_of(file))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=list(DECIDING))
    parser.add_argument("--least", type=float, default=0.9, help="exit with 1 if a smaller share is noticed")
    given = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "strategies")]
    every = [number for file in files(given.files) for number in numbers(file)]
    load(_LIBRARIES)
    broken = _fails_as_it_is(every)
    if not every or broken:
        sys.exit(
            f"there are no tests, or they fail as it is: {', '.join(broken)}" if broken else "there are no numbers"
        )
    noticed = 0
    for number in every:
        silent = [value for value in number.moved() if unnoticed(number, value, tests_of(number.file))]
        noticed += not silent
        if silent:
            moves = " and ".join(f"{value:g}" for value in silent)
            print(f"{number.file.relative_to(ROOT)}:{number.line}: {number.value:g} may as well be {moves}", flush=True)
    print(f"{noticed} of {len(every)} numbers are noticed ({noticed / max(1, len(every)):.0%})")
    sys.exit(noticed < given.least * len(every))


if __name__ == "__main__":
    main()
