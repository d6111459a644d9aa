"""Layers that change rows at random before any weights: do rows still tell their targets behind them?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from autostable.evidence import Disturbance
from autostable.judgement import kinds, levels, reference
from autostable.judgement.kinds import Kind
from autostable.judgement.reference import Model, Reference
from autostable.knowledge import disturbances
from autostable.training import created, install, layers_called, seams
from autostable.training.examine.rows import Rows

Array = np.ndarray[Any, Any]
MOST_ENTRIES = 20_000_000  # of what the layers are given
SEED = 0
# Share of what a plain model tells of rows as they are that is left where a random layer leaves next to nothing of it.
# Measured: 0.00 to 0.25 behind turns, flips, shifts, noise and brightness that no network learnt from, 0.49 to 1.00 behind
# those of sound programs. The middle of the gap.
LEFT = 0.35


def disturbed(model: Any, some: Rows) -> tuple[Disturbance, ...]:
    """Each of these layers with what a plain model tells in front of it and behind it.

    Args:
        model: A model that can be called, with one target; its weights do not matter.
        some: Rows that it is trained on, in their order.
    """
    layers = {id(each): each for each in _random(model)}
    targets = tree.flatten(some.y)
    if not layers or len(targets) != 1:
        return ()
    given, outputs = _given(model, some, layers)
    inputs = tree.flatten(some.x)
    kind = kinds.what_kind(targets[0], outputs, inputs[0] if len(inputs) == 1 else None) if given else None
    if kind is None:
        return ()
    plain = _Plain(kind, kinds.targets_of(kind, np.asarray(targets[0])))
    return tuple(_measured(layers[each], rows, some.batch, plain) for each, rows in given.items())


def _random(model: Any) -> Iterator[Any]:
    for layer in seams.model_layers(model):
        kind = type(layer)
        if (
            kind.__module__.startswith("keras.")
            and disturbances.disturbs(kind.__name__)
            and not layer.trainable_weights
        ):
            yield layer


def _given(model: Any, some: Rows, layers: dict[int, Any]) -> tuple[dict[int, Array], Array]:
    """What each of these layers is given where no weights come before it, and what the model makes of all rows."""
    seen: dict[int, list[Array]] = {}
    watched: list[tuple[int, Any]] = []
    outputs: list[Array] = []

    def listener(proceed: Any, layer: Any, *args: Any, **kwargs: Any) -> Any:
        if id(layer) in layers and len(args) == 1 and tf.is_tensor(args[0]) and args[0].dtype.is_floating:
            watched.append((id(layer), args[0]))
        return proceed(layer, *args, **kwargs)

    variables = [seams.native(variable) for variable in model.trainable_variables]
    size = sum(part[:1].size for part in map(np.asarray, tree.flatten(some.x)))
    most = min(some.count, max(1, MOST_ENTRIES // max(1, size)))
    for start in range(0, most, some.batch):
        rows = slice(start, min(start + some.batch, most))
        part = tree.map_structure(lambda each, rows=rows: tf.convert_to_tensor(np.asarray(each)[rows]), some.x)
        watched.clear()
        with layers_called.following(listener), tf.GradientTape(persistent=True) as tape:
            found = model(part, training=False)
        if start == 0:
            calls = [each for each, _ in watched]
            free = {
                each
                for each, tensor in watched
                if calls.count(each) == 1 and all(got is None for got in tape.gradient(tensor, variables))
            }
        for each, tensor in watched:
            if each in free:
                seen.setdefault(each, []).append(np.asarray(tensor))
        flat = tree.flatten(found)
        if not free or len(flat) != 1:
            return {}, np.zeros(0)
        outputs.append(np.asarray(flat[0]))
    return {each: np.concatenate(parts) for each, parts in seen.items()}, np.concatenate(outputs)


class _Plain:
    """What plain models tell of the targets, by rows as they are or were made."""

    def __init__(self, kind: Kind, targets: Array) -> None:
        self._kind, self._targets = kind, targets
        self._known: list[tuple[Array, Reference | None]] = []

    def told(self, rows: Array) -> Reference | None:
        """The better of the plain models; the same rows are asked for once (layers that do nothing now follow each other)."""
        for known, found in self._known:
            if known is rows or (known.shape == rows.shape and np.array_equal(known, rows)):
                return found
        table = rows.reshape(len(rows), -1)
        targets = self._targets[: len(rows)]
        found = reference.best(
            [reference.reference(self._kind, table, targets, each) for each in (Model.RIDGE, Model.TREES)]
        )
        self._known.append((rows, found))
        return found


def _measured(layer: Any, rows: Array, batch: int, plain: _Plain) -> Disturbance:
    settings, mode = _settings(layer)
    known = Disturbance(layer.name, type(layer).__name__, settings, mode, site=created.site_of(layer))
    before = plain.told(rows)
    if before is None or not before.sure:
        return known
    made = _made(layer, {}, rows, batch)
    after = plain.told(made)
    if after is None:
        return known
    destroys = not reference.tells_as_much(after, before, LEFT)

    def spares(form: disturbances.Settings) -> bool:
        behind = plain.told(_made(layer, form, rows, batch)) if form else before
        return behind is not None and reference.tells_as_much(behind, before, levels.REACH)

    weaker = disturbances.weaker(known.kind, known.as_set) if destroys else ()
    return dataclasses.replace(
        known,
        kept=_kept(rows, made),
        told=before.skill,
        left=after.skill,
        destroys=destroys,
        spared=tuple(map(spares, weaker)),
    )


def _settings(layer: Any) -> tuple[tuple[tuple[str, tuple[float, ...]], ...], str]:
    """What a layer is set to by which it does more or less, and the directions of a flip."""
    config = layer.get_config()
    found = []
    for name in disturbances.STRENGTHS.get(type(layer).__name__, ()):
        value = config.get(name)
        if value is None:
            continue
        ends = [float(each) for each in value] if isinstance(value, tuple | list) else [float(value)]
        plain = len(ends) == 2 and ends[0] == -ends[1] and ends[1] <= 1.0  # one number beyond 1 Keras does not take
        found.append((name, (ends[1],) if plain else tuple(ends)))
    return tuple(found), str(config.get("mode") or "") if type(layer).__name__ == "RandomFlip" else ""


def _made(layer: Any, settings: disturbances.Settings, rows: Array, batch: int) -> Array:
    """What a layer of these settings makes of rows while a model trains; the program's own is left alone, draws and all."""
    twin = type(layer).from_config({**layer.get_config(), **settings, "seed": SEED})
    with install.operations_as_they_are():
        parts = [np.asarray(twin(rows[start : start + batch], training=True)) for start in range(0, len(rows), batch)]
    return np.concatenate(parts)


def _kept(before: Array, after: Array) -> float | None:
    """The squared correlation of entries before and after, each of them taken from its mean over rows."""
    if before.shape != after.shape:
        return None
    one, other = (np.asarray(each, np.float64) - np.mean(each, axis=0, dtype=np.float64) for each in (before, after))
    norms = float(np.sum(one**2) * np.sum(other**2))
    return float(np.sum(one * other) ** 2 / norms) if norms > 0.0 else None
