"""The failing step in a small folder, so that it can be shown again on its own, any time later.

Kept are the operations around the birth of the first bad number (kind, place, shape and range of
their results) and the arguments of the operation that gave birth, each capped at 4 MiB. Neither the
model nor the script is needed to run that operation again.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.evidence import Finding
from autostable.records import to_json
from autostable.store import ARGUMENT, CAPSULE_SCHEMA
from autostable.training.replay.pure_operations import PURE
from autostable.training.replay.recording import Op, Replay

_log = logging.getLogger("autostable")
AROUND = 15  # operations shown before and after the birth
MOST = 1 << 30  # bytes of all results: two arguments of 4 MiB can be made a product of 4 TiB


def write(folder: str | None, replay: Replay, finding: Finding | None) -> None:
    """Keep what a replay has found.

    Args:
        folder: Where; None keeps nothing. A folder that cannot be written is passed over.
        replay: The recorded step.
        finding: What was found in it.
    """
    born = replay.born
    if folder is None or finding is None or born is None:
        return
    near = replay.ops[max(0, born.index - AROUND) : born.index + AROUND + 1]
    arguments = replay.kept(born.inputs)
    whole = all(tensor.shape.num_elements() * tensor.dtype.size <= ARGUMENT for tensor in arguments)
    told = {
        "schema": CAPSULE_SCHEMA,
        "finding": to_json(finding),
        "operation": {
            "kind": born.kind, "index": born.index, "attrs": _plain(born.attrs),
            "dtypes": [tensor.dtype.name for tensor in arguments], "whole": whole,
        },
        "operations": [_row(op, replay) for op in near],
    }  # fmt: skip
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if whole:
            values: Any = {f"argument_{index}": _saved(tensor) for index, tensor in enumerate(arguments)}
            with open(Path(folder) / "arguments.part", "wb") as stream:
                np.savez_compressed(stream, **values)
            os.replace(Path(folder) / "arguments.part", Path(folder) / "arguments.npz")
        part = Path(folder) / "capsule.part"
        part.write_text(json.dumps(told, allow_nan=False), encoding="utf-8")
        os.replace(part, Path(folder) / "capsule.json")
    except OSError:
        return


def _saved(tensor: Any) -> np.ndarray[Any, Any]:
    value: np.ndarray[Any, Any] = tensor.numpy()
    return value.astype(np.float32) if tensor.dtype == tf.bfloat16 else value


def _plain(attrs: tuple[Any, ...]) -> dict[str, Any]:
    """Attributes that JSON can hold (flags, numbers, lists of them, texts)."""
    found = {}
    for name, value in zip(attrs[::2], attrs[1::2], strict=False):
        name = name.decode() if isinstance(name, bytes) else name
        value = value.decode() if isinstance(value, bytes) else value
        if isinstance(value, bool | int | float | str) or (
            isinstance(value, list | tuple) and all(isinstance(each, int | float) for each in value)
        ):
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def _row(op: Op, replay: Replay) -> dict[str, Any]:
    values = [_saved(tensor) for tensor in replay.kept(op.outputs)[:1] if tensor.dtype.is_floating]
    row: dict[str, Any] = {
        "index": op.index, "kind": op.kind, "gradient_of": None if op.forward is None else op.forward.kind,
        "file": None, "line": None, "layer": getattr(op.layer, "name", None),
    }  # fmt: skip
    site = op.site or (op.forward.site if op.forward is not None else None)
    if site is not None:
        row.update(file=site.file, line=site.line)
    if values:
        finite = values[0][np.isfinite(values[0])].astype(np.float64)
        row.update(
            shape=list(values[0].shape), nan=int(np.isnan(values[0]).sum()), inf=int(np.isinf(values[0]).sum()),
            low=float(finite.min()) if finite.size else None, high=float(finite.max()) if finite.size else None,
        )  # fmt: skip
    return row


def reenact(kind: str, values: Sequence[np.ndarray[Any, Any]], dtypes: Sequence[str], attrs: Mapping[str, Any]) -> (
    list[np.ndarray[Any, Any]] | None
):  # fmt: skip
    """Run the operation that gave birth once more.

    Args:
        kind: Its name; only those that are listed as purely numeric are run, for a capsule may be a stranger's.
        values: Its arguments.
        dtypes: Their types by TensorFlow's names.
        attrs: Its attributes.

    Returns:
        Its results; None where it cannot be run by itself, or they would be too large.
    """
    if kind not in PURE:
        return None
    function = getattr(tf.raw_ops, kind)
    names = [name for name in inspect.signature(function).parameters if name != "name"]
    known = {name: value for name, value in attrs.items() if name in names[len(values) :]}
    try:
        tensors = [tf.constant(value, dtype) for value, dtype in zip(values, dtypes, strict=True)]

        @tf.function(autograph=False)
        def again() -> Any:
            return function(**dict(zip(names, tensors, strict=False)), **known)

        if too_large(again.get_concrete_function().outputs):
            return None
        results = tf.nest.flatten(again())
    except Exception as error:  # whatever TensorFlow says of arguments that do not suit
        _log.debug("%s cannot be run by itself", kind, exc_info=error)
        return None
    return [result.numpy() for result in results if hasattr(result, "numpy")]


def too_large(planned: Sequence[Any]) -> bool:
    """Whether results of these shapes and types, as far as they are known, would take more than `MOST` bytes."""
    known = [each for each in planned if each.shape.num_elements() is not None]
    return bool(sum(each.shape.num_elements() * each.dtype.size for each in known) > MOST)
