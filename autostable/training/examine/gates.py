"""Layers whose outputs multiply what other layers give: gates (highways, squeeze and excitation, attention by hand)."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import tensorflow as tf
from keras import tree

from autostable.evidence import ModelFacts
from autostable.training import layers_called

_log = logging.getLogger("autostable")
SHARES = frozenset({"sigmoid", "hard_sigmoid", "softmax"})  # activations that let through a share
_HANDED_ON = (
    "Identity",
    "Reshape",
    "ExpandDims",
    "Squeeze",
    "Cast",
    "BroadcastTo",
    "Tile",
    "StridedSlice",
    "Transpose",
)
_NUMBERS = ("Const", "ReadVariableOp")  # to multiply by these is to scale
_DEPTH = 6  # operations between a layer and what its output multiplies


def with_gates(facts: ModelFacts, model: Any, x: Any) -> ModelFacts:
    """The facts with which layers are gates; as they are where the model cannot be traced.

    Args:
        facts: What `model_facts` gave.
        model: The model.
        x: Its inputs, as it takes them; only their shapes and types count.
    """
    shares = {layer.name for layer in facts.layers if layer.activation in SHARES and not layer.recurrent}
    found = gates(model, x, shares) if shares else frozenset()
    if not found:
        return facts
    layers = tuple(dataclasses.replace(layer, gate=layer.name in found) for layer in facts.layers)
    return dataclasses.replace(facts, layers=layers)


def gates(model: Any, x: Any, shares: Collection[str]) -> frozenset[str]:
    """Names of the layers whose outputs are what products are let through by.

    Of two layers of shares whose outputs meet in a product that one is the gate of which the rest to 1 is used, too.

    Args:
        model: The model.
        x: Its inputs.
        shares: Names of the layers that give shares.
    """
    made: dict[str, Any] = {}

    def listener(proceed: Any, layer: Any, *args: Any, **kwargs: Any) -> Any:
        made[layer.name] = outputs = proceed(layer, *args, **kwargs)
        return outputs

    def shaped(part: Any) -> tf.TensorSpec:
        return tf.TensorSpec(tf.TensorShape([None]).concatenate(part.shape[1:]), tf.as_dtype(part.dtype))

    try:
        with layers_called.following(listener):
            called = tf.function(lambda given: model(given, training=False))
            graph = called.get_concrete_function(tree.map_structure(shaped, x)).graph
    except Exception as error:  # a model that wants more than its inputs
        _log.debug("a model could not be traced for its gates", exc_info=error)
        return frozenset()
    sources = {id(each): name for name in shares for each in tree.flatten(made.get(name, ()))}
    products = [op for op in graph.get_operations() if op.type == "Mul"]
    return frozenset(name for op in products for name in _gates_of(op, sources))


def _gates_of(product: Any, sources: Mapping[int, str]) -> Iterator[str]:
    if any(each.op.type in _NUMBERS for each in product.inputs):
        return
    found = [source for each in product.inputs if (source := _source(each, sources, _DEPTH)) is not None]
    yield from (name for name, tensor in found if len(found) == 1 or _has_rest(tensor))


def _source(tensor: Any, sources: Mapping[int, str], depth: int) -> tuple[str, Any] | None:
    """The layer of shares that a tensor, or its rest to 1, is the output of, with that output; None of others."""
    if id(tensor) in sources:
        return sources[id(tensor)], tensor
    op = tensor.op
    if depth and op.type in _HANDED_ON:
        return _source(op.inputs[0], sources, depth - 1)
    if depth and op.type == "Sub" and op.inputs[0].op.type == "Const":
        return _source(op.inputs[1], sources, depth - 1)
    return None


def _has_rest(tensor: Any) -> bool:
    return any(op.type == "Sub" and op.inputs[0].op.type == "Const" for op in tensor.consumers())
