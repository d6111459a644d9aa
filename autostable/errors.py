"""What autostable raises when it cannot do what it was asked to: one clear sentence each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AutostableError(Exception):
    """Base of all errors that are the caller's to mend; its text is one sentence."""


class UsageError(AutostableError):
    """What was asked for makes no sense: no such script, an unknown name, contradicting options."""


class SettingsError(AutostableError):
    """A setting has an unknown key, or a value of the wrong type or out of its range."""


class RegistryError(AutostableError, ValueError):
    """A remedy of a third party cannot be loaded, or is none."""


class StoreError(AutostableError):
    """A run folder or a file in it cannot be written, found or understood."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the closest known name, or an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
