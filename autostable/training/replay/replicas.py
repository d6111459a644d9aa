"""The replay of a step whose replicas are spread over several processes: each one of this process by itself.

A replay must not wait for another process, which may have ended or replays something else. So
`strategy.run` calls the user's function for one replica after the other, in this thread, where sums
over all replicas are those of one.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from autostable.training import seams
from autostable.training.patches import Patches
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import NextReplica, stop


@contextlib.contextmanager
def alone(replay: Replay) -> Iterator[None]:
    """Within it the replicas of a `strategy.run` are run one by one, up to the first that has something bad."""

    def run(strategy: Any, fn: Any, args: Any = (), kwargs: Any = None, options: Any = None) -> Any:
        for number in range(len(strategy.extended.worker_devices)):
            part = functools.partial(_part, strategy, number)
            given = tf.nest.map_structure(part, (tuple(args), kwargs or {}))
            with seams.replica_context(strategy, number), contextlib.suppress(NextReplica):
                fn(*given[0], **given[1])
        stop()

    patches = Patches()
    patches.set(tf.distribute.Strategy, "run", run, tf.distribute.Strategy.run)
    patches.set(
        tf.distribute.ReplicaContext, "all_reduce", lambda self, op, value, options=None: value,
        tf.distribute.ReplicaContext.all_reduce,
    )  # fmt: skip
    replay.alone = True
    try:
        yield
    finally:
        replay.alone = False
        patches.undo()


def _part(strategy: Any, number: int, value: Any) -> Any:
    """What one replica of this process gets."""
    if not isinstance(value, tf.distribute.DistributedValues) or isinstance(value, tf.Variable):
        return value
    return strategy.experimental_local_results(value)[number]
