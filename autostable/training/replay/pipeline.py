"""The user's line where the first bad element of a data pipeline is born."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from autostable.records import Site
from autostable.training import created, seams
from autostable.training.replay.dataflow import births_of
from autostable.training.replay.numbers import is_bad
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import run

MOST_ELEMENTS = 20_000


def pipeline_site(dataset: Any, batches: int) -> Site | None:
    """The user's line where the first bad element of a pipeline is born.

    That is an operation within the function that a stage maps, where it can be found by calling that
    function eagerly, or else the line that made the stage.

    Args:
        dataset: A tf.data.Dataset.
        batches: How many of its elements to look at, at most.
    """
    for stage in seams.pipeline_chain(dataset):
        try:
            if _has_bad_element(stage, batches if stage is dataset else MOST_ELEMENTS):
                return _born_inside(stage) or created.site_of(stage)
        except (tf.errors.OpError, TypeError):  # a stage that cannot be read on its own
            continue
    return None


def _born_inside(stage: Any) -> Site | None:
    """The user's operation within a stage's function that makes a bad number of a finite element."""
    function, parents = seams.pipeline_function(stage), seams.pipeline_chain(stage)[:-1]
    if function is None or not parents:
        return None
    for element in parents[-1].take(MOST_ELEMENTS):
        replay, made = Replay(), list[Any]()
        for number, part in enumerate(tf.nest.flatten(element)):
            replay.leaf("Input", number, part)
        parts = element if isinstance(element, tuple) else (element,)
        if run(functools.partial(_append_result, made, function, parts), replay) is not None:
            return None  # a function that only works in a graph
        births = births_of(replay, [part for part in tf.nest.flatten(made) if tf.is_tensor(part)])
        if births:
            site = births[0].site
            return None if site is None else dataclasses.replace(site, op=births[0].kind)
    return None


def _append_result(made: list[Any], function: Callable[..., Any], arguments: Sequence[Any]) -> None:
    made.append(function(*arguments))


def _has_bad_element(dataset: Any, most: int) -> bool:
    for element in dataset.take(most):
        if any(is_bad(part) for part in tf.nest.flatten(element)):
            return True
    return False
