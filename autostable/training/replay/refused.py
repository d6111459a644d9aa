"""Where an operation refused what it was given."""

from __future__ import annotations

import dataclasses
import re

import tensorflow as tf

from autostable import frames
from autostable.evidence import Finding
from autostable.knowledge.operations import OF_CLASS_NUMBERS
from autostable.training import created, seams
from autostable.training.replay.place import CALL_CODE, name_of_owner

_LISTED = re.compile(r"Label values:((?: -?\d+)+)")  # TensorFlow says all that it was given


def refused(error: BaseException) -> Finding | None:
    """Where an operation refused its arguments (labels out of range, on a CPU)."""
    if not isinstance(error, tf.errors.InvalidArgumentError):
        return None
    name = re.search(r"__wrapped__(\w+?)_device_", str(error))
    frame, owner, in_loss, builtin, site = error.__traceback__, None, False, False, None
    while frame is not None:
        code, line = frame.tb_frame.f_code, frame.tb_lineno
        if code is CALL_CODE:
            owner, builtin = frame.tb_frame.f_locals.get("self"), True
            in_loss = in_loss or isinstance(owner, seams.Loss)
        elif frames.is_user_file(code.co_filename):
            site, builtin = frames.line_site(code.co_filename, line), False
        frame = frame.tb_next
    if owner is None and site is None:
        return None
    said = re.search(r"\blabel\b.*?\[-?\d+, (-?\d+)\)", str(error))
    op = name.group(1) if name else OF_CLASS_NUMBERS if said else "InvalidArgument"
    listed = _LISTED.search(str(error)) if said else None
    values = [] if listed is None else [int(value) for value in listed.group(1).split()]
    return Finding(
        op=op, born="forward", site=None if site is None else dataclasses.replace(site, op=op), layer=name_of_owner(owner),
        layer_kind=None if owner is None else type(owner).__name__, in_loss=in_loss, builtin=builtin,
        layer_site=None if owner is None else created.site_of(owner),
        check=said and f"Received a {said.group(0)}",
        input_low=float(min(values)) if values else None, input_high=float(max(values)) if values else None,
        labels=(len(values), int(said.group(1))) if values and said else None,
    )  # fmt: skip
