"""What trains beside what is watched, seen as it does: TensorFlow 1's sessions, tf_keras, a fork of the program.

Only what a program does by itself is looked at: nothing is imported for it, and nothing of what it computes is touched.
"""

from __future__ import annotations

import functools
import mmap
import os
import re
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import wrapt

from autostable.execution.foreign import TRAINERS

SESSION = "a session of TensorFlow 1"
FORK = "a fork of the program"
_UPDATES = re.compile(r"(Resource)?(Sparse)?Apply[A-Z]")  # operations of TensorFlow 1's optimizers
_ASSIGNS = re.compile(r"Assign(Sub|Add)?(VariableOp)?$")
_DERIVED = "gradients"  # what `tf.gradients` calls its operations

_seen: dict[str, None] = {}
# Of a graph, what was fetched of it and trains nothing.
_passed: weakref.WeakKeyDictionary[Any, set[Any]] = weakref.WeakKeyDictionary()


class Forks:
    """A mark that forks of a process can make, and that the process can read: they share nothing else."""

    def __init__(self) -> None:
        self._own, self._mark = os.getpid(), mmap.mmap(-1, 1)

    def trained(self) -> None:
        """A training has come to its end; nothing is marked where this is the process itself."""
        if os.getpid() != self._own:
            self._mark[0] = 1

    def any_trained(self) -> bool:
        """Whether a fork has."""
        return self._mark[0] == 1


def watch(followed: Callable[[], bool]) -> None:
    """See what trains from now on.

    Args:
        followed: Whether whatever asks a tape for gradients is watched: then tf_keras is, too.
    """
    wrapt.register_post_import_hook(_watch_sessions, "tensorflow")
    wrapt.register_post_import_hook(lambda module: _watch_keras_2(module, followed), "tf_keras")


def trained() -> tuple[str, ...]:
    """What has trained so far."""
    return tuple(_seen)


def _watch_sessions(tensorflow: Any) -> None:
    v1 = getattr(getattr(tensorflow, "compat", None), "v1", None)
    for name in ("Session", "InteractiveSession"):
        if hasattr(v1, name):
            kind = getattr(v1, name)
            kind.run = _watched_run(kind.run)


def _watched_run(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(session: Any, fetches: Any, *args: Any, **kwargs: Any) -> Any:
        if SESSION not in _seen and _trains(session.graph, fetches):
            _seen[SESSION] = None
        return original(session, fetches, *args, **kwargs)

    return run


def _trains(graph: Any, fetches: Any) -> bool:
    """Whether what is fetched of a graph updates what gradients were asked of; each set of fetches is looked at once."""
    fetched = _operations(graph, fetches)
    passed, key = _passed.setdefault(graph, set()), frozenset(each.name for each in fetched)
    if key in passed:
        return False
    found = _updates(fetched)
    if not found:
        passed.add(key)
    return found


def _operations(graph: Any, fetches: Any) -> list[Any]:
    """The operations that are fetched; what cannot be fetched TensorFlow says better than we could."""
    if isinstance(fetches, dict):
        fetches = list(fetches.values())
    if isinstance(fetches, list | tuple):
        return [found for each in fetches for found in _operations(graph, each)]
    try:
        element = graph.as_graph_element(fetches)
    except (TypeError, ValueError, KeyError):
        return []
    return [getattr(element, "op", element)]


def _updates(fetched: Sequence[Any]) -> bool:
    """Whether an update by an optimizer, or one by hand of what gradients were asked for, is run with these operations."""
    known, waiting = set(), list(fetched)
    assigns = derived = False
    while waiting:
        operation = waiting.pop()
        if operation in known:
            continue
        known.add(operation)
        if _UPDATES.match(operation.type):
            return True
        assigns = assigns or _ASSIGNS.match(operation.type) is not None
        derived = derived or operation.name.partition("/")[0].startswith(_DERIVED)
        waiting += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]
    return assigns and derived


def _watch_keras_2(tf_keras: Any, followed: Callable[[], bool]) -> None:
    for kind, names in _of_keras_2(tf_keras):
        for name in names:
            if hasattr(kind, name):
                setattr(kind, name, _noting(TRAINERS["tf_keras"], getattr(kind, name), followed))


def _of_keras_2(tf_keras: Any) -> Iterable[tuple[Any, Sequence[str]]]:
    optimizers = getattr(tf_keras, "optimizers", None)
    yield getattr(tf_keras, "Model", None), ("fit", "train_on_batch")
    yield getattr(optimizers, "Optimizer", None), ("apply_gradients",)


def _noting(what: str, original: Callable[..., Any], followed: Callable[[], bool]) -> Callable[..., Any]:
    @functools.wraps(original)
    def trains(*args: Any, **kwargs: Any) -> Any:
        if not followed():
            _seen[what] = None
        return original(*args, **kwargs)

    return trains
