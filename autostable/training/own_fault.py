"""A fault of autostable's own: whoever goes on without it notes it here."""

from __future__ import annotations

import logging
import os

_log = logging.getLogger("autostable")


def noted(error: Exception, said: str) -> None:
    """Note a fault for who looks for it.

    Raises:
        Exception: The fault itself, where that is asked for.
    """
    if os.environ.get("AUTOSTABLE_INTERNAL_RAISE"):
        raise error
    _log.debug(said, exc_info=error)
