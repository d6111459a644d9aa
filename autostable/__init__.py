"""autostable: finds why a Keras training fails numerically, and the smallest change that makes it stable.

Importing this package does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autostable._version import __version__
from autostable.errors import AutostableError

if TYPE_CHECKING:
    from autostable.api import run, stabilize
    from autostable.story import UnstableError
    from autostable.sweeps.tuner import StableHyperModel
    from autostable.training.callback import Guard

__all__ = ["AutostableError", "Guard", "StableHyperModel", "UnstableError", "__version__", "run", "stabilize"]

_HOMES = {
    "Guard": "autostable.training.callback",
    "StableHyperModel": "autostable.sweeps.tuner",
    "UnstableError": "autostable.story",
    "run": "autostable.api",
    "stabilize": "autostable.api",
}


def __getattr__(name: str) -> Any:
    """Load the engine only when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """What is there, loaded or not."""
    module = (name for name in globals() if name.startswith("__"))  # what it is made with is nobody's to use
    return sorted({*module, *__all__, "load_ipython_extension"})


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext autostable` in a notebook: gives `%%autostable` and `%autostable show`."""
    from autostable.notebook import load

    load(shell)
