"""Which stack frames are the user's, and what stands on their lines. Knows no TensorFlow."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import linecache
import os
import site as site_module
import sys
import sysconfig
from collections.abc import Collection, Iterator
from importlib import metadata
from types import FrameType

from autostable.records import Site

OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep


@functools.cache
def _library_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots.update(site_module.getsitepackages())
    roots.add(site_module.getusersitepackages())
    usual = {os.path.realpath(root) for root in roots if root}
    return (*(root + os.sep for root in usual), *_installed_elsewhere(usual))


def _installed_elsewhere(usual: Collection[str]) -> Iterator[str]:
    """What was installed into other folders that Python looks in (`pip install --target`): packages and single modules.

    The user's own files may lie beside them. What is installed to be edited has no record there, and stays the user's.
    """
    for folder in {os.path.realpath(entry) for entry in sys.path if entry} - set(usual):
        tops = {path.parts[0] for found in metadata.distributions(path=[folder]) for path in found.files or ()}
        for top in tops - {".."}:
            place = os.path.join(folder, top)
            yield place + os.sep if os.path.isdir(place) else place


@functools.cache
def is_user_file(filename: str) -> bool:
    """Whether a frame of this file is the user's own code (not a library's, Python's or ours)."""
    if filename.startswith("<") and not filename.startswith("<ipython"):
        return False
    if "/tensorflow/python/" in filename or "__autograph_generated_file" in filename:
        return False
    real = os.path.realpath(filename)
    if real.startswith(OWN) or f"{os.sep}autostable_strategies{os.sep}" in real:
        return False
    return not real.startswith(_library_roots())


def display(filename: str) -> str:
    """The file as the user would type it: relative to the working directory where it lies below; a cell as "In [3]"."""
    cell = _cell(filename)
    if cell is not None:
        return cell
    try:
        relative = os.path.relpath(filename)
    except OSError:  # the working directory is gone
        return filename
    return filename if relative.startswith("..") else relative


def _cell(filename: str) -> str | None:
    """The name of a notebook's cell, by which `linecache` gives its text as well; None of a file."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    number = None if shell is None else getattr(shell.compile, "_filename_map", {}).get(filename)
    if number is None:
        return None
    name = f"In [{number}]"
    lines = linecache.getlines(filename)
    linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
    return name


def cell_text(name: str | None) -> str | None:
    """The text of a notebook's cell by the name that `display` gave it; None of anything else."""
    if name is None or not name.startswith("In ["):
        return None
    return "".join(linecache.getlines(name)) or None


def outward(frame: FrameType | None) -> Iterator[FrameType]:
    """The frame and its callers, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


MINIMIZERS = ("scipy.optimize",)  # packages that ask the user's function for values and gradients wherever they like


def is_asked_by_minimizer() -> bool:
    """Whether a function minimiser has called back what is running now."""
    names = (str(frame.f_globals.get("__name__", "")) for frame in outward(sys._getframe(1)))
    return any(name == package or name.startswith(f"{package}.") for name in names for package in MINIMIZERS)


def line_site(filename: str, line: int, *, op: str | None = None, layer: str | None = None) -> Site:
    """The site of a line, with its text."""
    source = linecache.getline(filename, line).strip() or None
    return Site(op=op, layer=layer, file=display(filename), line=line, source=source)


def call_site(depth: int = 1) -> Site | None:
    """As `user_site`, with the column of the call: of several on one line it names one."""
    frame = _user_frame(sys._getframe(depth))
    if frame is None:
        return None
    return dataclasses.replace(line_site(frame.f_code.co_filename, frame.f_lineno), column=_column(frame))


def user_frame(depth: int = 1) -> FrameType | None:
    """The innermost frame of the user's that leads to the caller; None where there is none."""
    return _user_frame(sys._getframe(depth))


def _user_frame(frame: FrameType) -> FrameType | None:
    return next((each for each in outward(frame) if is_user_file(each.f_code.co_filename)), None)


def _column(frame: FrameType) -> int | None:
    line, _, start, _ = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    if line is None or start is None or line != frame.f_lineno:
        return None
    text = linecache.getline(frame.f_code.co_filename, line)
    return len(text.encode()[:start].decode(errors="ignore"))


def user_site(depth: int = 1) -> Site | None:
    """The innermost user line that leads to the caller; None where there is none."""
    frame = _user_frame(sys._getframe(depth))
    return None if frame is None else line_site(frame.f_code.co_filename, frame.f_lineno)
