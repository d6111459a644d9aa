"""Which layers, losses and models are being called right now, innermost last.

`following()` replaces `Layer.__call__` and `Loss.__call__` for as long as something needs to know;
a healthy run never has it.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keras

from autostable.training import seams

_local = threading.local()
_listeners: list[Callable[[Any, Any, tuple[Any, ...], dict[str, Any]], Any]] = []


def stack() -> list[Any]:
    """The layers and losses whose call is under way in this thread, innermost last."""
    found: list[Any] | None = getattr(_local, "stack", None)
    if found is None:
        found = _local.stack = []
    return found


def names() -> list[str]:
    """Their names; a loss goes by its own, and by "loss"."""
    losses = ["loss" for called in stack() if isinstance(called, seams.Loss)]
    return [*losses, *(called.name for called in stack())]


def followed(original: Callable[..., Any]) -> Callable[..., Any]:
    """A call of a layer, a loss or an optimizer, as the first argument, that `stack()` shows while it is under way."""

    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        called = stack()
        nested = any(self is outer for outer in called)
        called.append(self)
        try:
            if nested or not _listeners:
                return original(self, *args, **kwargs)
            proceed = original
            for listener in dict.fromkeys(_listeners):  # several models may need the same one: once is enough
                proceed = functools.partial(listener, proceed)
            return proceed(self, *args, **kwargs)
        finally:
            called.pop()

    return call


Listener = Callable[..., Any]  # listener(proceed, layer, *args, **kwargs) -> outputs


@contextlib.contextmanager
def following(listener: Listener | None = None) -> Iterator[None]:
    """Keep `stack()` up to date; `listener` stands around every call of a layer or loss."""
    start(listener)
    try:
        yield
    finally:
        stop(listener)


_users = 0
_originals: list[tuple[type, Any]] = []


def start(listener: Listener | None = None) -> None:
    """Begin to follow calls; to be paired with `stop`."""
    global _users
    if _users == 0:
        for kind in (keras.layers.Layer, seams.Loss, seams.Operation):
            _originals.append((kind, kind.__call__))
            kind.__call__ = followed(kind.__call__)
    _users += 1
    if listener is not None:
        _listeners.append(listener)


def stop(listener: Listener | None = None) -> None:
    """End what `start` began."""
    global _users
    if listener is not None:
        _listeners.remove(listener)
    _users -= 1
    if _users == 0:
        for kind, original in _originals:
            kind.__call__ = original  # type: ignore[method-assign]
        _originals.clear()
