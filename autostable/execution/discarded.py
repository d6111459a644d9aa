"""The output of runs that are not shown, the first and the last of it, in the run folder: one sees why a probe crashed."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from autostable.doing import named
from autostable.errors import StoreError
from autostable.orders import Orders
from autostable.store import write_file

FOLDER = "outputs"
KEPT = 64 * 2**10  # bytes of the beginning, and as many of the end
_PATIENCE = 1.0  # seconds for what is still on its way; who inherited the descriptor may hold it open for ever


class Discarded:
    """Reads what one run prints, to its end, and keeps the first and the last of it.

    Attributes:
        theirs: The descriptor that the run writes to.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = os.pipe()
        self._lock = threading.Lock()
        self._first, self._last, self._count = bytearray(), bytearray(), 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := os.read(self._ours, KEPT):
                with self._lock:
                    self._take(chunk)
        os.close(self._ours)

    def _take(self, chunk: bytes) -> None:
        self._count += len(chunk)
        room = KEPT - len(self._first)
        self._first += chunk[:room]
        self._last += chunk[room:]
        del self._last[:-KEPT]

    def keep(self, folder: Path | None, orders: Orders) -> Path | None:
        """Write it as the next file of a folder; None where nothing was printed, or it cannot be written.

        Args:
            folder: Of the run.
            orders: What the run was asked to do.
        """
        self._thread.join(_PATIENCE)
        with self._lock:
            first, last, left_out = (
                bytes(self._first),
                bytes(self._last),
                self._count - len(self._first) - len(self._last),
            )
        if folder is None or not first:
            return None
        between = f"\n... {left_out} bytes left out ...\n".encode() if left_out else b""
        plans = "; ".join(", ".join(named(plan)) or "as it is" for plan in orders.plans.values()) or "as it is"
        head = f"autostable: output of a run that was not shown ({plans})\n".encode()
        outputs = folder / FOLDER
        with contextlib.suppress(OSError, StoreError):
            outputs.mkdir(exist_ok=True)
            number = 1 + sum(1 for _ in outputs.glob("*.txt"))
            return write_file(outputs / f"{number}.txt", head + first + between + last)
        return None


def folder_of(run_folder: Path) -> dict[str, str]:
    """Where the outputs of a run lie, as a report names its files; nothing where there are none."""
    outputs = run_folder / FOLDER
    return {"outputs": str(outputs)} if outputs.is_dir() else {}
