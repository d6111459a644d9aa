"""What needs TensorFlow or a process of its own is slow, whether its author said so or not."""

from __future__ import annotations

import pytest

HEAVY = ("tf", "tensorflow", "keras", "keras_tuner", "subprocess")
LIGHT = ("tests/cli/",)  # one process, without TensorFlow


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        module = getattr(item, "module", None)
        path = item.path.as_posix()
        heavy = any(hasattr(module, name) for name in HEAVY) or "/tests/sites/" in path or "/tests/training/" in path
        if heavy and not any(light in path for light in LIGHT):
            item.add_marker(pytest.mark.slow)
