"""What a recorded step has found: the first bad number that counts, told as a `Finding`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from autostable.evidence import Finding
from autostable.knowledge import operations
from autostable.records import Site
from autostable.training import created
from autostable.training.replay.births import (
    alike,
    fed_by,
    in_logarithms,
    is_share,
    masked,
    others,
    root_under,
    spares_gradients,
)
from autostable.training.replay.dataflow import assigned, bad_leaves, births_of, given_bad
from autostable.training.replay.entries import entered, late_mask, left_out
from autostable.training.replay.numbers import bad_rows, checked, dense, holds_nan, is_bad, least_positive, name_of
from autostable.training.replay.place import name_of_owner
from autostable.training.replay.recording import Op, Replay, reads_variable

ROUNDING = 1e-6  # relative: what float32 sums differ by when they are summed in another order


def found_in(replay: Replay, variables: Sequence[Any], weights_bad: Sequence[str]) -> Finding | None:
    """What the replay found; None where nothing bad reached the loss, a gradient or a state."""
    gradients = [dense(gradient) for gradient, _ in replay.gradients if gradient is not None]
    names = tuple(
        name_of(variable) for gradient, variable in replay.gradients if gradient is not None and is_bad(dense(gradient))
    )
    states = [*variables, *(variable for _, variable in replay.gradients)]
    for born, tensors in (("forward", replay.loss), ("gradient", gradients), ("state", assigned(replay, states))):
        leaves = bad_leaves(replay, tensors)
        births = [op for op in births_of(replay, tensors) if not reads_variable(op)]
        if leaves:
            name, index = leaves[0]
            bad = [value for key, value in replay.held().items() if replay.leaves.get(key) == leaves[0]][:1]
            return Finding(
                op=name, born="data", rows=bad_rows(bad), upstream=(str(index),), variables=names,
                check=checked(name, bad), late_mask=late_mask(replay), left_out=left_out(replay),
            )  # fmt: skip
        reads = [op for op in births_of(replay, tensors) if reads_variable(op)]
        if reads and births and births[0].index < reads[0].index:
            reads = []  # it was the step itself that spoilt the variable
        if reads or (weights_bad and not births and tensors is replay.loss and any(map(is_bad, tensors))):
            return Finding(op="Variable", born="update", variables=tuple(weights_bad) or names)
        given = () if births or reads or weights_bad else given_bad(replay, tensors)
        if given and not any(map(holds_nan, states)):
            return Finding(
                op="Input", born="data", rows=bad_rows(given), variables=names, check=checked("Input", given),
                late_mask=late_mask(replay), left_out=left_out(replay),
            )  # fmt: skip
        if births:
            found = _describe(replay, births, names, finite_loss=born == "gradient")
            if born == "forward" and gradients and not names and spares_gradients(replay, births):
                return dataclasses.replace(found, value_alone=True, entered=entered(replay, births[0]))
            return found
    return replay.error


def absorbed(replay: Replay) -> Finding | None:
    """The first operation of the forward pass that gave Inf or NaN, though neither loss nor gradients show it.

    What overflows may vanish again: x / Inf is 0, the same for all rows.
    """
    births = [op for op in replay.ops if op.birth and op.forward is None and not op.updating and not reads_variable(op)]
    return _describe(replay, births[:1], (), finite_loss=False) if births else None


def vanished(replay: Replay) -> Finding | None:
    """The first operation that half precision has made 0, of a step whose loss is 0 with it."""
    lost = [op for op in replay.ops if op.vanished and not op.updating]
    if not lost or not replay.loss or any(np.any(loss.numpy()) for loss in replay.loss):
        return None
    return dataclasses.replace(_describe(replay, lost[:1], (), finite_loss=False), vanished=True)


def nearest(replay: Replay) -> Finding | None:
    """The user's operation that comes nearest to where it is singular, if that is within rounding; None where none is.

    A replay does not round as the traced step does: what was the root of -6e-8 there may be that of 0 here, or of 6e-8.
    """
    found = [
        (distance, op)
        for op in replay.ops
        if op.forward is None and op.site is not None and not op.builtin and not op.updating
        and (distance := _from_singular(op)) <= ROUNDING
    ]  # fmt: skip
    if not found:
        return None
    closest = min(found, key=lambda each: each[0])[1]
    return dataclasses.replace(_describe(replay, [closest], (), finite_loss=True), masked=False)


def _halved(replay: Replay, op: Op) -> tuple[Site, ...]:
    """Where the user's code casts to float16 what an operation in float16 is made of."""
    held = replay.held()

    def in_half(key: int) -> bool:
        return key in held and held[key].dtype == tf.float16

    made = (
        [replay.made.get(key) for key in set().union(*map(replay.made_of, op.inputs))] if in_half(op.outputs[0]) else []
    )
    casts = sorted(
        (each for each in made if each is not None and each.kind == "Cast" and in_half(each.outputs[0])),
        key=lambda each: each.index,
    )
    sites = (each.site for each in casts if not each.builtin and each.site is not None)
    return tuple(dict.fromkeys(dataclasses.replace(site, op="Cast") for site in sites))


def _least_of_data(replay: Replay, op: Op) -> float | None:
    """The least number above 0 that an operation is given, where nothing that is trained has a part in what it is given."""
    made = (replay.made.get(key) for key in replay.made_of(op.inputs[0]))
    if any(each is not None and reads_variable(each) for each in made):
        return None
    return least_positive(replay.kept(op.inputs[:1]))


def _from_singular(op: Op) -> float:
    """How far the argument of an operation is from where it is singular, in its own size; infinite for other operations."""
    near, low, high = operations.known(op.kind).near, op.low, op.high
    if low is None or high is None or near not in ("zero", "one"):
        return math.inf
    if near == "one":
        return min(abs(1.0 - high), abs(1.0 + low))
    size = max(abs(low), abs(high))
    return 0.0 if low <= 0.0 <= high else min(abs(low), abs(high)) / size if size > 0 else 0.0


def _describe(replay: Replay, births: list[Op], names: tuple[str, ...], *, finite_loss: bool) -> Finding:
    first = replay.born = births[0]
    forward = first.forward or first
    # a bad forward value under a finite loss is masked there; it harms through the gradient only
    born = "update" if first.updating else "gradient" if first.forward is not None or finite_loss else "forward"
    owner = forward.layer
    return Finding(
        op=forward.kind,
        born=born,
        site=None
        if forward.site is None
        else dataclasses.replace(forward.site, op=forward.kind, layer=name_of_owner(owner)),
        layer=name_of_owner(owner),
        layer_kind=None if owner is None else type(owner).__name__,
        in_loss=forward.in_loss,
        builtin=forward.builtin,
        layer_site=None if owner is None else created.site_of(owner),
        input_low=forward.low if forward.low is not None else first.low,
        input_high=forward.high if forward.high is not None else first.high,
        least=forward.least if forward.kind != "Log" else _least_of_data(replay, forward),
        largest=first.largest_before,
        rows=() if first.updating else first.rows or forward.rows,
        masked=masked(replay, forward) if born == "gradient" else False,
        upstream=tuple(dict.fromkeys((op.forward or op).kind for op in births[1:])),
        variables=names,
        others=others(forward, births[1:]),
        alike=alike(replay, forward) if born == "forward" else (),
        fed_by=name_of_owner(fed_by(replay, forward)) if born == "forward" else None,
        of_share=is_share(replay, forward),
        logarithms=in_logarithms(replay, forward),
        root=root_under(replay, forward),
        check=first.check or checked(first.kind, replay.kept(first.outputs)),
        halved=_halved(replay, forward),
    )
