"""What a run prints while it is not known yet whether it is one that counts."""

from __future__ import annotations

import contextlib
import io
import sys
from types import TracebackType


class Muted:
    """Keeps back what is printed within; all of it comes out at once when the run turns out to count, else none of it."""

    def __init__(self) -> None:
        self._kept, self._put_back = io.StringIO(), contextlib.ExitStack()

    def __enter__(self) -> Muted:
        self._put_back.enter_context(contextlib.redirect_stdout(self._kept))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._put_back.close()

    def let_out(self) -> None:
        """Print what was kept back, once; from now on nothing is."""
        self._put_back.close()
        sys.stdout.write(self._kept.getvalue())
        sys.stdout.flush()
        self._kept = io.StringIO()
