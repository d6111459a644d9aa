"""Trainings of another thread, beside the one that is watched: they are left alone, and must not be hurt by it.

What is replaced of Keras and TensorFlow while a session is armed is so for all threads, and so is TensorFlow's switch that has
functions run eagerly, which a replay turns on. So a thread that trains beside the watched one calls what was there before, and
waits between two of its steps while that switch is on.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

_here = threading.local()
_turn = threading.Condition()
_stepping = 0
_alone = 0


def is_here() -> bool:
    """Whether this thread trains beside the one that is watched."""
    return getattr(_here, "aside", False)


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """What this thread does within is beside what is watched."""
    outer, _here.aside = is_here(), True
    try:
        yield
    finally:
        _here.aside = outer


@contextlib.contextmanager
def a_step() -> Iterator[None]:
    """A step of such a thread: begun when no one has functions run eagerly, and not more than one deep."""
    global _stepping
    with _turn:
        nested = getattr(_here, "steps", 0)
        _here.steps = nested + 1
        if not nested:
            _turn.wait_for(lambda: not _alone)
            _stepping += 1
    try:
        yield
    finally:
        with _turn:
            _here.steps = nested
            if not nested:
                _stepping -= 1
                _turn.notify_all()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """No such thread is within a step."""
    global _alone
    with _turn:
        _alone += 1
        _turn.wait_for(lambda: not _stepping)
    try:
        yield
    finally:
        with _turn:
            _alone -= 1
            _turn.notify_all()


def unless_aside(wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[..., Any]:
    """A wrapper of a function whose calls from such threads go to the function itself."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        ours = wrapper(original)

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            if is_here():
                return original(*args, **kwargs)
            return ours(*args, **kwargs)

        return call

    return wrap
