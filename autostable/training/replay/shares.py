"""Shares in a recorded step that starve what they are given to: a crossentropy that takes logits, a hidden product."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from autostable.evidence import HiddenShares, SharesAsLogits
from autostable.knowledge import operations
from autostable.records import Site
from autostable.training import created
from autostable.training.replay import slopes
from autostable.training.replay.numbers import key_of
from autostable.training.replay.recording import PARTS, Op, Replay

Array = np.ndarray[Any, Any]
_HANDED_ON = (PARTS | {"Transpose"}) - {"ConcatV2", "Pack"}  # what is put together of several is no one's answer
_LAST_OF_MARKS = "Log1p"
_OF_CLASSES = operations.CROSSENTROPIES - {_LAST_OF_MARKS}
_LEAST = 1e-9  # a way so short that no loss can be said to have gone it


class _Loss(NamedTuple):
    """A crossentropy of logits in the forward pass.

    Attributes:
        op: The operation whose results are its values, one a row or an entry.
        logits, labels: What it takes.
        by_entry: It is that of sigmoids.
        of_keras: Keras has called it.
    """

    op: Op
    logits: int
    labels: int
    by_entry: bool
    of_keras: bool

    def made_by(self, op: Op) -> bool:
        """Whether it is made of this operation, which takes its logits: that of sigmoids of several on its line."""
        return op is self.op or (self.by_entry and op.site == self.op.site and op.index <= self.op.index)


def as_logits(replay: Replay) -> SharesAsLogits | None:
    """The first shares that are given to a crossentropy as logits, and are used for nothing else in the loss."""
    looked_at = set[tuple[int, Site | None]]()
    for loss in (*_of_classes(replay), *_of_marks(replay)):
        made = replay.made.get(replay.before(loss.logits, _HANDED_ON))
        if made is None or made.kind not in operations.SHARES or made.forward is not None:
            continue
        if (place := _place(made)) in looked_at:  # a loop over time steps comes by it again and again
            continue
        looked_at.add(place)
        of_model = made.builtin and isinstance(made.layer, keras.Model)
        if of_model or _is_activation(made) or _undone(replay, made, loss) or not _only_for(replay, made, loss):
            continue
        site = created.site_of(made.layer) if made.builtin else made.site
        reached = _reached(replay, loss)
        if reached is None or site is None:
            continue
        layer = made.layer.name if made.builtin else None
        return SharesAsLogits(made.kind, dataclasses.replace(site, op=made.kind), reached, layer)
    return None


def hidden(replay: Replay) -> tuple[HiddenShares, ...]:
    """Softmaxes behind a product with a trained matrix, all of whose results go into another one; each place once.

    Those of an attention meet what was computed, those of a gate scale it.
    """
    trained, found, looked_at = slopes.as_read(replay), list[HiddenShares](), set[tuple[int, Site | None]]()
    weighed = [op for op in _forward(replay) if op.kind in operations.OF_WEIGHTS and _weighed(replay, op, trained)]
    products, results = {op.index for op in weighed}, {key for op in weighed for key in op.outputs}
    for op in _forward(replay):
        if op.kind != "Softmax" or op.in_loss or (place := _place(op)) in looked_at:
            continue
        looked_at.add(place)
        takers = {taker.index for taker in _takers(replay, op)}
        if not takers or not takers <= products or not results & replay.made_of(op.inputs[0]):
            continue
        layer = op.layer.name if op.builtin and isinstance(op.layer, keras.layers.Layer) else None
        site = None if layer is not None or op.site is None else dataclasses.replace(op.site, op=op.kind)
        if layer is not None or site is not None:
            found.append(HiddenShares(int(replay.shape(op.outputs[0])[-1]), site, layer))
    return tuple(found)


def _place(op: Op) -> tuple[int, Site | None]:
    """Where an operation is called: the layer or loss, and the line."""
    return id(op.layer), op.site


def _weighed(replay: Replay, product: Op, trained: set[int]) -> bool:
    """Whether a factor of a product is something trained as it was read."""
    return any(replay.before(key, _HANDED_ON) in trained for key in product.inputs)


def _takers(replay: Replay, made: Op) -> list[Op]:
    """What computes with the results of an operation in the forward pass, behind what hands them on or drops some of them."""
    keys, found = set(made.outputs), []
    for op in _forward(replay):
        if keys & set(op.inputs):
            if op.kind in _HANDED_ON or isinstance(op.layer, keras.layers.Dropout):
                keys.update(op.outputs)
            elif op.kind != "Shape":
                found.append(op)
    return found


def _is_activation(made: Op) -> bool:
    """Whether it is the activation of a layer of Keras', of which facts of the model tell."""
    activation = getattr(made.layer, "activation", None)
    return made.builtin and (activation is not None or isinstance(made.layer, keras.layers.Softmax))


def _undone(replay: Replay, made: Op, loss: _Loss) -> bool:
    """Whether Keras takes what the softmax was given in its place: in a graph it sees whose result it is given."""
    return replay.traced and loss.of_keras and loss.logits in made.outputs


def _forward(replay: Replay) -> Iterator[Op]:
    return (op for op in replay.ops if op.forward is None and not op.updating)


def _of_classes(replay: Replay) -> Iterator[_Loss]:
    for op in _forward(replay):
        if op.kind in _OF_CLASSES and len(op.inputs) == 2:
            yield _Loss(op, op.inputs[0], op.inputs[1], False, op.of_keras)


def _of_marks(replay: Replay) -> Iterator[_Loss]:
    """Crossentropies of sigmoids as TensorFlow writes them: max(l, 0) - l * y + log1p(exp(-|l|)), with selections for both."""
    for last in _forward(replay):
        if last.kind != _LAST_OF_MARKS:
            continue
        grown = replay.made.get(last.inputs[0])
        chosen = replay.made.get(grown.inputs[0]) if grown is not None and grown.kind == "Exp" else None
        if chosen is None or not chosen.kind.startswith("Select") or len(chosen.inputs) != 3:
            continue
        logits = chosen.inputs[2]
        turned, product = replay.made.get(chosen.inputs[1]), replay.takers.get(("Mul", logits))
        total = next((op for kind in ("AddV2", "Add") if (op := replay.takers.get((kind, last.outputs[0])))), None)
        if turned is None or turned.kind != "Neg" or turned.inputs != (logits,) or product is None or total is None:
            continue
        (labels,) = [key for key in product.inputs if key != logits] or [logits]
        yield _Loss(total, logits, labels, True, last.of_keras)


def _only_for(replay: Replay, made: Op, loss: _Loss) -> bool:
    """Whether nothing else that the step's loss is made of takes these shares: a gate, or the entropy of what was chosen."""
    held, keys, wanted = (
        replay.held(),
        set(made.outputs),
        set().union(*(replay.made_of(key_of(each)) for each in replay.loss)),
    )
    for op in _forward(replay):
        if not keys & set(op.inputs) or loss.made_by(op):
            continue
        if op.kind in _HANDED_ON:
            keys.update(op.outputs)
        elif any(held[key].dtype.is_floating for key in wanted & set(op.outputs)):  # a shape or a class is no share
            return False
    return True


def _reached(replay: Replay, loss: _Loss) -> float | None:
    """How much of the way from the best constant shares to the best shares there are this loss has gone, on its batch.

    None where the labels are none, or leave no way.
    """
    held = replay.held()
    if not {loss.op.outputs[0], loss.labels, loss.logits} <= held.keys():
        return None
    values = np.asarray(held[loss.op.outputs[0]], np.float64)
    labels = np.asarray(held[loss.labels])
    if loss.by_entry:
        constant, least = _of_entries(labels.astype(np.float64))
    else:
        constant, least = _of_rows(_one_hot(labels, int(replay.shape(loss.logits)[-1])))
    way = constant - least
    return float((constant - values.mean()) / way) if way > _LEAST and np.isfinite(values).all() else None


def _one_hot(labels: Array, classes: int) -> Array:
    """Rows of shares for class numbers; what are such rows are so already."""
    if labels.dtype.kind == "f":
        return labels.reshape(-1, labels.shape[-1]).astype(np.float64)
    numbers = labels.reshape(-1)
    return np.eye(classes)[numbers[(numbers >= 0) & (numbers < classes)]]


def _of_rows(labels: Array) -> tuple[float, float]:
    """The crossentropy of softmax over shares: of the best constant ones, and of the best that there are for each row."""
    classes, means = labels.shape[-1], labels.mean(axis=0)
    candidates = (means, np.full(classes, 1.0 / classes), np.eye(classes)[means.argmax()])
    constant = min(float(np.log(np.exp(each).sum()) - means @ each) for each in candidates)
    surest = np.log(np.e + classes - 1) - labels.max(axis=-1)
    spread = -(labels * np.log(np.maximum(labels, np.finfo(np.float64).tiny))).sum(axis=-1)
    return constant, float(np.maximum(surest, spread).mean())


def _of_entries(labels: Array) -> tuple[float, float]:
    """The crossentropy of a sigmoid of shares: of the best constant one, and of the best that there is for each entry."""

    def least(of: Array) -> Array:
        bounded = np.clip(of, np.finfo(np.float64).tiny, 1.0 - np.finfo(np.float64).eps)
        share = np.clip(np.log(bounded) - np.log1p(-bounded), 0.0, 1.0)
        found: Array = np.log1p(np.exp(share)) - of * share
        return found

    return float(least(labels.mean())), float(least(labels).mean())
