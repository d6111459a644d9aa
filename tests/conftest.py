"""What needs TensorFlow or a process of its own is slow, whether its author said so or not."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator

import pytest

# Of a job in the background SIGINT is ignored, and programs started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_stays_armed() -> Iterator[None]:
    """What a test has armed, or a Guard that it made and left waiting, is not there for the next one."""
    yield
    hooks = sys.modules.get("autostable.training.hooks")
    if hooks is not None:
        hooks._guards_wait = False
        hooks.disarm()


HEAVY = ("tf", "tensorflow", "keras", "keras_tuner", "subprocess")
LIGHT = ("tests/cli/",)  # one process, without TensorFlow


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        module = getattr(item, "module", None)
        path = item.path.as_posix()
        heavy = any(hasattr(module, name) for name in HEAVY) or "/tests/sites/" in path or "/tests/training/" in path
        if heavy and not any(light in path for light in LIGHT):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What has been imported stays; else each `clear_session` and each full collection walks through all of it."""
    gc.collect()
    gc.freeze()
