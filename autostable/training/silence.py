"""What is run once more prints nothing: a healthy run's output is the program's own, to the letter."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

from autostable.training import seams


class _Muted:
    """A stream that takes nothing from one thread; what others write goes on as ever."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._thread = stream, threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            return len(text)
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Within, neither what Python prints from this thread is seen nor what `tf.print` does in eager code."""
    with contextlib.ExitStack() as stack:
        if sys.stdout is not None:
            stack.enter_context(contextlib.redirect_stdout(_Muted(sys.stdout)))
        if sys.stderr is not None:
            stack.enter_context(contextlib.redirect_stderr(_Muted(sys.stderr)))
        stack.enter_context(seams.without_prints())
        yield
