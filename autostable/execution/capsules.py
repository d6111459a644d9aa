"""Reads a capsule, which may be a stranger's: bounded in size, no pickle, and whatever is wrong with it is one sentence."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autostable.errors import StoreError
from autostable.records import from_json
from autostable.store import ARGUMENT, CAPSULE_SCHEMA, read_json

if TYPE_CHECKING:
    import numpy as np

ARGUMENTS, LARGEST = 64, ARGUMENT + 4096  # how many there may be, and bytes of one with its header
ADVICE = "run the training again to get a new one"


@dataclasses.dataclass(frozen=True)
class Operation:
    """The operation that gave birth to the first bad number.

    Attributes:
        attrs: Its attributes, as far as JSON can hold them.
        dtypes: The types of its arguments.
        whole: They are kept, all of them.
    """

    kind: str
    index: int
    attrs: Mapping[str, Any]
    dtypes: tuple[str, ...]
    whole: bool


@dataclasses.dataclass(frozen=True)
class Row:
    """One operation near it, and what its result was."""

    index: int
    kind: str
    gradient_of: str | None = None
    file: str | None = None
    line: int | None = None
    layer: str | None = None
    shape: tuple[int, ...] | None = None
    nan: int = 0
    inf: int = 0
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class Capsule:
    """A failing step."""

    operation: Operation
    operations: tuple[Row, ...]


def read_capsule(folder: Path) -> Capsule:
    """Read what a capsule tells.

    Raises:
        StoreError: If it is damaged, or of another version.
    """
    file = folder / "capsule.json"
    told = read_json(file, ADVICE)
    if not isinstance(told, dict) or told.get("schema") != CAPSULE_SCHEMA:
        raise StoreError(f"{file} is damaged, or of another version: it does not say {CAPSULE_SCHEMA}; {ADVICE}")
    try:
        return from_json(told, Capsule)
    except ValueError:
        raise StoreError(f"{file} is damaged: what it tells of the operations is not complete; {ADVICE}") from None


def read_arguments(folder: Path) -> list[np.ndarray[Any, Any]] | None:
    """The arguments of the guilty operation; None where they were too large to be kept.

    Raises:
        StoreError: If they are damaged, or larger than what is ever kept.
    """
    import numpy as np

    file = folder / "arguments.npz"
    if not file.exists():
        return None
    try:
        with zipfile.ZipFile(file) as kept:
            names = kept.namelist()
            if len(names) > ARGUMENTS or any(each.file_size > LARGEST for each in kept.infolist()):
                raise ValueError("it holds more than an operation takes")
            parts = [kept.read(f"argument_{index}.npy") for index in range(len(names))]
        for part in parts:
            _check_header(part)
        return [np.lib.format.read_array(io.BytesIO(part), allow_pickle=False) for part in parts]
    except Exception as error:  # a damaged archive raises errors of a dozen kinds
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise StoreError(f"{file} is damaged: {said}; {ADVICE}") from None


def _check_header(part: bytes) -> None:
    """That an array is as large as its header says: room for it is made before it is read."""
    import numpy as np

    stream = io.BytesIO(part)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    size = dtype.itemsize
    for length in shape:
        size *= length
    if dtype.hasobject or size != len(part) - stream.tell():
        raise ValueError("an array is not as large as it says")
