"""Pipelines of tf.data, read again without a trace: what a later fit of the user's gets from them stays the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.training import seams
from autostable.training.patches import Patches

MOST_BYTES = 256 * 2**20  # held by the sources of a pipeline that is copied; beyond, a copy costs more than it tells
_IGNORE_STATE = 1  # of DatasetToGraphV2, which by itself refuses every random operation
_STATES = {  # a stage that keeps a state from iterator to iterator: what has it make that state anew
    "ShuffleDatasetV3": "DummySeedGenerator",
    "ShuffleAndRepeatDatasetV2": "DummySeedGenerator",
    "RandomDatasetV2": "DummySeedGenerator",
    "CacheDatasetV2": "DummyMemoryCache",
}
_PYTHON = ("PyFunc", "EagerPyFunc")  # beginnings of operations that call the program, whose state no copy can have
_OUTSIDE = ("NonDeterministicInts",)  # likewise of what is drawn anew each time
_iterated = Patches()
_NAMELESS = b"cd2c89b7-88b7-44c8-ad83-06c2a9158347"  # TensorFlow's name of resources that only their handle leads to


class Pipeline:
    """A pipeline, and copies of it that begin where it began."""

    def __init__(self, dataset: tf.data.Dataset, *, calls: bool = False) -> None:
        """Nothing is copied yet.

        Args:
            dataset: The pipeline.
            calls: A copy may call the Python that it calls: for who would read the pipeline itself otherwise.
        """
        self._dataset, self._calls = dataset, calls
        self._graph: bytes | None = None
        self._asked = False

    def again(self) -> tf.data.Dataset | None:
        """The same pipeline as it was before anybody read it, sharing no state with it.

        A shuffle draws another order for each iterator that anybody makes of it, and a cache is filled by the first;
        so reading the user's own pipeline would change what a later `fit` of theirs is given.

        Returns:
            A dataset that gives the same elements in the order of the first epoch; its variables (the state of a
            `tf.random.Generator`, or of an augmenting layer's seed) are copies, too, and begin with the values that those of
            the pipeline had when it was asked first. None where the pipeline calls Python that is not to be called, is
            distributed, or holds more than `MOST_BYTES`.
        """
        if not self._asked:
            self._asked, self._graph = True, _graph_of(self._dataset, calls=self._calls)
        if self._graph is None:
            return None
        variant = tf.raw_ops.DatasetFromGraph(graph_def=self._graph)
        copied: tf.data.Dataset = tf.data.experimental.from_variant(variant, self._dataset.element_spec)
        return copied.with_options(self._dataset.options())


def together(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """A copy in which what is paired is not shuffled before it is paired; the pipeline itself where there can be none."""
    graph = _graph_of(dataset)
    if graph is None:
        return dataset
    known = tf.compat.v1.GraphDef.FromString(graph)
    left_out = _shuffles_ahead(known)
    for node in known.node:
        for place, name in enumerate(node.input):
            while name.split(":")[0] in left_out:
                name = left_out[name.split(":")[0]]
            node.input[place] = name
    return _from(known, dataset)


def decoded(dataset: tf.data.Dataset) -> tuple[str, ...]:
    """The types of several bytes that a pipeline decodes raw bytes as, the last byte first, as NumPy calls them."""
    if not seams.pipeline_may_call(dataset, "DecodeRaw"):
        return ()
    graph = _graph_of(dataset)
    known = None if graph is None else tf.compat.v1.GraphDef.FromString(graph)
    return () if known is None else tuple(sorted({name for name, _ in _decoders(known)}))


def swapped(dataset: tf.data.Dataset, stored: str) -> tf.data.Dataset:
    """A copy that decodes raw bytes of a type in the other order; the pipeline itself where there can be none.

    The copy is made once: a cache in it is filled once, as the pipeline's own is.
    """
    made: dict[str, tf.data.Dataset] = vars(dataset).setdefault("_autostable_swapped", {})
    if stored not in made:
        graph = _graph_of(dataset)
        known = None if graph is None else tf.compat.v1.GraphDef.FromString(graph)
        nodes = [] if known is None else [node for name, node in _decoders(known) if name == stored]
        for node in nodes:
            node.attr["little_endian"].b = False
        made[stored] = dataset if known is None or not nodes else _from(known, dataset)
    return made[stored]


def _decoders(graph: Any) -> Iterator[tuple[str, Any]]:
    called = [node for function in graph.library.function for node in function.node_def]
    for node in (*graph.node, *called):
        if node.op == "DecodeRaw" and node.attr["little_endian"].b:
            stored = tf.dtypes.as_dtype(node.attr["out_type"].type)
            if stored.size > 1 and not stored.is_complex and stored != tf.bool:
                yield np.dtype(stored.as_numpy_dtype).name, node


def decode_swapped(stored: str) -> None:
    """From now on whoever iterates over a pipeline is given what it decodes as this type in the other order."""
    _iterated.undo()
    if stored:
        _iterated.wrap(tf.data.Dataset, "__iter__", functools.partial(_iterating, stored))


def _iterating(stored: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def iterate(self: Any) -> Any:
        return original(swapped(self, stored) if tf.executing_eagerly() else self)

    return iterate


def _from(graph: Any, dataset: tf.data.Dataset) -> tf.data.Dataset:
    variant = tf.raw_ops.DatasetFromGraph(graph_def=graph.SerializeToString())
    copied: tf.data.Dataset = tf.data.experimental.from_variant(variant, dataset.element_spec)
    return copied.with_options(dataset.options())


def _shuffles_ahead(graph: Any) -> dict[str, str]:
    """The shuffles of what is paired, each with what it shuffles."""
    nodes = {node.name: node for node in graph.node}
    todo = [name for pair in graph.node if pair.op == "ZipDataset" for name in pair.input]
    found: dict[str, str] = {}
    while todo:
        stage = nodes.get(todo.pop().split(":")[0])
        if stage is None or not stage.input or "Dataset" not in stage.op:
            continue
        if stage.op.startswith("ShuffleDataset"):
            found[stage.name] = stage.input[0]
        todo.append(stage.input[0])
    return found


def _graph_of(dataset: tf.data.Dataset, *, calls: bool = False) -> bytes | None:
    """The graph of a pipeline with all state made anew; None where that cannot be had."""
    if tf.distribute.has_strategy() or seams.pipeline_bytes(dataset) > MOST_BYTES:
        return None
    try:
        written = tf.raw_ops.DatasetToGraphV2(
            input_dataset=tf.data.experimental.to_variant(dataset),
            external_state_policy=_IGNORE_STATE,
            strip_device_assignment=True,
        )
        graph = tf.compat.v1.GraphDef.FromString(written.numpy())
    except Exception:  # a dataset of another kind, or more than a graph can hold
        return None
    return _anew(graph, _OUTSIDE if calls else (*_OUTSIDE, *_PYTHON))


def _anew(graph: Any, outside: tuple[str, ...]) -> bytes | None:
    called = [node for function in graph.library.function for node in function.node_def]
    if any(node.op.startswith(outside) for node in (*graph.node, *called)):
        return None
    if any(node.op == "VarHandleOp" and node.attr["shared_name"].s != _NAMELESS for node in (*graph.node, *called)):
        return None  # a variable that others reach by its name is none of the copy's own
    nodes = {node.name: node for node in graph.node}
    for stage in graph.node:
        for name in stage.input if stage.op in _STATES else ():
            node = nodes.get(name.split(":")[0])
            if node is not None and node.op == "Const" and node.attr["dtype"].type == tf.resource.as_datatype_enum:
                node.op = _STATES[stage.op]
                node.attr.clear()
    return graph.SerializeToString()  # type: ignore[no-any-return]
