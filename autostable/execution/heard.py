"""What a program shows of how it went: what it prints, and the last loss that each `fit` gives back."""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable
from typing import Any

MOST = 200_000  # characters that are kept, the last ones


class Heard:
    """Listens while a program runs in this process, and changes nothing of what it shows."""

    def __init__(self) -> None:
        self._said: collections.deque[str] = collections.deque()
        self._length = 0
        self.losses: list[float] = []

    @property
    def printed(self) -> str:
        """The end of what was printed."""
        return "".join(self._said)[-MOST:]

    def listen(self) -> None:
        """Keep what goes to the standard output from now on, beside showing it."""
        stream: Any = sys.stdout
        if stream is not None:
            stream.write = self._passed_on(stream.write)

    def fits(self) -> None:
        """Keep what each `fit` gives back from now on; Keras is there."""
        from autostable.training.given_back import note_losses

        note_losses(self.losses.append)

    def _passed_on(self, write: Callable[[str], int]) -> Callable[[str], int]:
        def heard(text: str) -> int:
            self._said.append(text)
            self._length += len(text)
            while self._length > 2 * MOST:
                self._length -= len(self._said.popleft())
            return write(text)

        return heard
