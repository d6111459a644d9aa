"""Where an operation is at work: the user's line, and the layer or loss that is being called."""

from __future__ import annotations

import sys
from typing import Any

from autostable import frames
from autostable.records import Site
from autostable.training import layers_called, seams

CALL_CODE = layers_called.followed(lambda self: None).__code__


def place_of_call() -> tuple[Site | None, Any, bool, bool]:
    """The user's line, the layer or loss at work, whether that one is built in, and whether it is the loss."""
    called = layers_called.stack()
    owner = called[-1] if called else None
    in_loss = any(isinstance(one, seams.Loss) for one in called)
    for frame in frames.outward(sys._getframe(2)):
        filename = frame.f_code.co_filename
        if frame.f_code is CALL_CODE and owner is not None and frame.f_locals.get("self") is owner:
            # the call of a layer or loss was reached before any line of the user's: it is a built-in one
            return _beyond(frame), owner, True, in_loss
        if frames.is_user_file(filename):
            return frames.line_site(filename, frame.f_lineno), owner, False, in_loss
    return None, owner, owner is not None, in_loss


def called_by_keras() -> bool:
    """Whether it is Keras that calls this operation, whoever has called Keras."""
    names = (str(frame.f_globals.get("__name__", "")) for frame in frames.outward(sys._getframe(2)))
    first = next((name for name in names if not name.startswith(("tensorflow.", "autostable."))), "")
    return first.startswith("keras.")


def _beyond(frame: Any) -> Site | None:
    for outer in frames.outward(frame.f_back):
        if frames.is_user_file(outer.f_code.co_filename):
            return frames.line_site(outer.f_code.co_filename, outer.f_lineno)
    return None


def name_of_owner(owner: Any) -> str | None:
    """What a layer or loss is called; None where there is none."""
    if owner is None:
        return None
    return str(getattr(owner, "name", type(owner).__name__))
