"""The arrays that data objects hold: whether reading a batch changes them, and how they are kept as they were."""

from __future__ import annotations

import ast
import contextlib
import inspect
import logging
import textwrap
import threading
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import tree

from autostable import frames
from autostable.evidence import AlteredFacts
from autostable.judgement import levels
from autostable.records import Site
from autostable.training.generators import arrays_in
from autostable.training.handing_on import HandingOn
from autostable.training.rewind import ObjectState, RandomState

MOST_BYTES = 32 * 2**20  # of arrays that are kept: half of what a run may take beside its own memory
_log = logging.getLogger("autostable")


class Stored:
    """The arrays that a data object of the user's reads its batches from, and what was in them when this was made.

    Args:
        x: What a fit is given; only of a `PyDataset` there is anything to keep.
    """

    def __init__(self, x: Any) -> None:
        found = arrays_in([x]) if isinstance(x, keras.utils.PyDataset) else []
        own = [array for array in found if array.flags.writeable and array.dtype.kind in "biufc"]
        fits = sum(array.nbytes for array in own) <= MOST_BYTES
        self._kept = [(array, array.copy()) for array in own] if fits else []
        self._large = [] if fits else own

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within, arrays that are too large to be kept cannot be written to: a batch that would is not to be had."""
        locked = [array for array in self._large if array.flags.owndata and array.flags.writeable]
        for array in locked:
            array.flags.writeable = False
        try:
            yield
        finally:
            for array in locked:
                array.flags.writeable = True

    @property
    def changed(self) -> bool:
        """Whether something else is in them now."""
        return any(not _same(array, content) for array, content in self._kept)

    def restore(self) -> None:
        """Put back what was in them."""
        for array, content in self._kept:
            array[...] = content

    @contextlib.contextmanager
    def as_they_were(self) -> Iterator[None]:
        """Within, they are as they were; then what they are now."""
        now = [(array, array.copy()) for array, _ in self._kept]
        self.restore()
        try:
            yield
        finally:
            for array, content in now:
                array[...] = content


def _same(one: Any, other: Any) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")


def altered(x: Any, stored: Stored) -> AlteredFacts | None:
    """What becomes of a batch that is read once more, where its being read changes what it is read from.

    That it is the arrays is proven: with the same random numbers the batch is another one the second time, and as at first
    where the arrays are put back. So neither an augmentation nor an array that is written anew for each batch is meant, nor
    what is done between epochs.

    Args:
        x: What a fit is given.
        stored: Its arrays as they were before its training.
    """
    if not isinstance(x, keras.utils.PyDataset) or not stored.changed:
        return None
    random, attributes = RandomState([x]), ObjectState([x])

    def read() -> list[Any]:
        random.restore(kernels=False)
        return [np.array(part) for part in tree.flatten(x[0]) if part is not None]

    try:
        with stored.as_they_were():
            first, again = read(), read()
            stored.restore()
            third = read()
    except Exception as error:  # of a kind that only `fit` can read
        _log.debug("data could not be read twice", exc_info=error)
        return None
    finally:
        attributes.restore()
    if len(first) != len(again) or not all(map(_alike, first, third)):
        return None
    for one, other in zip(first, again, strict=True):
        if one.shape == other.shape and one.dtype.kind in "iuf" and _far(one, other):
            changing, taken = _places(type(x))
            return AlteredFacts(
                float(one.mean()), float(one.std()), float(other.mean()), float(other.std()), changing, taken
            )
    return None


def _alike(one: Any, other: Any) -> bool:
    return one.shape == other.shape and (one.dtype.kind not in "biufc" or _same(one, other))


def _far(one: Any, other: Any) -> bool:
    """Whether a batch has changed by a good part of what its entries spread."""
    off = np.asarray(other, np.float64) - np.asarray(one, np.float64)
    return bool(np.sqrt(np.mean(np.square(off))) > levels.DELTA * float(np.std(one)))


def _places(kind: Any) -> tuple[Site | None, Site | None]:
    """The line by which the batches of a class change what is stored, and the one that takes a part of that.

    The second one is None where it is not the plain `x = self.x[part]`, to which a copy can be added.
    """
    reading = kind.__getitem__
    try:
        lines, start = inspect.getsourcelines(reading)
        body = ast.parse(textwrap.dedent("".join(lines)))
        file = inspect.getsourcefile(reading)
    except (OSError, TypeError, SyntaxError):
        return None, None
    if file is None:
        return None, None

    def site(node: ast.AST) -> Site:
        return frames.line_site(file, start + getattr(node, "lineno", 1) - 1)

    nodes = [node for node in ast.walk(body) if isinstance(node, ast.AugAssign | ast.Assign)]
    taken = {
        node.targets[0].id: node
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Subscript)
    }
    for node in sorted(nodes, key=lambda node: node.lineno):
        target: ast.AST = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        inside = isinstance(target, ast.Subscript)
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name) and (inside or isinstance(node, ast.AugAssign)) and target.id in taken:
            return site(node), site(taken[target.id])
        if inside and isinstance(target, ast.Attribute):
            return site(node), None
    return site(body.body[0]), None


class Spared(HandingOn):
    """A PyDataset whose arrays are after each batch what they were before it; one thread reads it.

    Args:
        inner: The user's.
    """

    def __init__(self, inner: Any) -> None:
        super().__init__(inner, workers=1)
        self._lock = threading.Lock()

    def __getitem__(self, index: int) -> Any:
        with self._lock:
            stored = Stored(self._inner)
            batch = tree.map_structure(_copied, self._inner[index])
            stored.restore()
            return batch


def _copied(part: Any) -> Any:
    return part.copy() if isinstance(part, np.ndarray) else part
