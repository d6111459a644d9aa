"""Runs a step under a replay, or otherwise eagerly, up to its update or to where it is stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from autostable.training import layers_called, seams
from autostable.training.aside import alone
from autostable.training.replay.numbers import dense, is_bad
from autostable.training.replay.recording import Replay
from autostable.training.replay.refused import refused
from autostable.training.silence import silence


class _Stop(BaseException):
    """Ends the replay before the update."""


class NextReplica(BaseException):
    """Nothing bad came up in this replica's part of the step (see `replicas`)."""


def run(step: Callable[[], Any], replay: Replay) -> BaseException | None:
    """Run a step under the replay; returns what it raised, if it raised anything of its own."""
    with (
        layers_called.following(),
        seams.wrapping_gradients(replay.around_gradient),
        seams.watching_ops(replay.on_op),
        silence(),
    ):
        try:
            # of a traced method TensorFlow keeps what AutoGraph has made of it, whose lines are nobody's
            tf.autograph.experimental.do_not_convert(step)()
        except _Stop:
            return None
        except Exception as error:
            replay.error = refused(error)
            return error
    return None


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """What happens within is traced by nobody: every operation of a step comes by."""
    with alone():
        before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(before)


def until_stopped(step: Callable[[], Any]) -> None:
    """Run a step up to where somebody calls `stop`."""
    try:
        with silence():
            step()
    except _Stop:
        return


def stop() -> None:
    """Ends a replay: its step has come to its update."""
    raise _Stop


def differentiated(replay: Replay, grads: Sequence[Any], variables: Sequence[Any]) -> None:
    """The gradients of a step are known: a replay ends here, unless only the update can be at fault.

    Args:
        replay: The replay.
        grads: Gradients (tensors, IndexedSlices or None).
        variables: What is updated by them.
    """
    replay.gradients += list(zip(grads, variables, strict=False))
    bad = any(map(is_bad, replay.loss)) or any(is_bad(dense(grad)) for grad in grads if grad is not None)
    if bad or not replay.updates:
        raise _Stop
    if replay.alone:
        raise NextReplica


def updated(
    replay: Replay, optimizer: Any, grads: Sequence[Any], variables: Sequence[Any], update: Callable[[], Any]
) -> Any:
    """Stands around an optimizer's update in a replay.

    Where nothing bad has come up so far the update itself is recorded, and the step goes on: a
    constraint, a slot or a second optimizer may be at fault. Otherwise the replay ends here.
    """
    if replay.updating:  # of an optimizer within a LossScaleOptimizer
        return update()
    differentiated(replay, grads, variables)
    replay.updating = True
    try:
        return layers_called.followed(lambda self: update())(optimizer)
    finally:
        replay.updating = False


_tapes: list[tf.GradientTape] = []


def replays_tape() -> tf.GradientTape | None:
    """What stands for a graph in the replay that is under way, if anything does."""
    return _tapes[-1] if _tapes else None


@contextlib.contextmanager
def taped() -> Iterator[None]:
    """Within, a replay can be asked for the gradients that its step asks its graph for."""
    with tf.GradientTape(persistent=True) as tape:
        _tapes.append(tape)
        try:
            yield
        finally:
            _tapes.pop()
