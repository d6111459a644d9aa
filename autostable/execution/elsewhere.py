"""Programs that a script starts and that may train: seen by what they have loaded, as far as the system tells (Linux)."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from autostable.execution.waiting import descendants

LOOK = 1.0  # seconds between two looks: TensorFlow alone takes longer to load, before anything is trained
# What a process has loaded that can train with it, and what people call that.
_LIBRARIES = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jaxlib": "JAX"}


class Elsewhere:
    """Looks at what a process starts, in a thread of its own, as long as that runs.

    What it forks, and what runs the same command, is not looked at: it has loaded what the process has, whatever it does.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._found: dict[str, None] = {}
        self._known: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def seen(self) -> tuple[str, ...]:
        """What was seen; the process has ended."""
        self._ended.set()
        self._thread.join()
        return tuple(f"a process that the script started (it had {library} loaded)" for library in self._found)

    def _look(self) -> None:
        while not self._ended.wait(LOOK):
            own = _command(self._process)
            for each in descendants(self._process):
                if each not in self._known and _command(each) not in (own, b""):
                    self._look_at(each)

    def _look_at(self, process: int) -> None:
        for library in _loaded(process):
            self._known.add(process)
            self._found[library] = None


def _command(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _loaded(process: int) -> list[str]:
    """Those of the libraries that a process has code of in its memory."""
    try:
        maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended, or is somebody else's
        return []
    return [name for library, name in _LIBRARIES.items() if f"/{library}/" in maps]
