"""What a worker's supervisor does that is not the chief's: it runs what the chief asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from autostable.config import Settings
from autostable.execution import cluster, signals
from autostable.execution.fresh_runs import announce
from autostable.execution.job import FAILED, Outcome, orders_of
from autostable.execution.runlog import RunLog
from autostable.execution.runner import Runner, Stopped
from autostable.execution.targets import Target
from autostable.orders import Orders
from autostable.records import Plan, Verdict, from_json


def follow(
    target: Target, settings: Settings, mode: str, plans: Mapping[str, Plan] | None, task: cluster.Task
) -> Verdict:
    """Be a worker that is not the chief: run the target, and again as often as the chief asks.

    Returns:
        The chief's verdict; where there is no chief, what this worker's own run shows.
    """
    chief = cluster.Follower(task)
    try:
        with signals.heeded() as heeded:
            runner = Runner(target, RunLog(None, {}), heeded, stall=settings.stall_timeout)
            runner.over = chief.over
            first = orders_of(settings, mode, plans, None)
            outcome = _ran_or_stopped(runner, first)
            chief.tell(outcome)
            for message in chief.messages():
                if "end" in message:
                    return Verdict(message["end"])
                if "run" in message:
                    wanted = message["run"]
                    again = dataclasses.replace(from_json(wanted["orders"], Orders), capsule=None)
                    if not wanted["quiet"] and settings.output_format in ("full", "concise"):
                        announce(first, again)
                    outcome = _ran_or_stopped(runner, again, quiet=wanted["quiet"], seconds=wanted["seconds"])
                    chief.tell(outcome)
    finally:
        chief.close()
    if outcome.ended == "interrupted":
        raise KeyboardInterrupt
    if outcome.ended in FAILED or outcome.ended == "refused":
        return Verdict.FAILED
    worst = (Verdict.UNREPAIRED, Verdict.REPAIRED)
    return next((each for each in worst if any(story.verdict is each for story in outcome.stories)), Verdict.HEALTHY)


def _ran_or_stopped(runner: Runner, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
    """How a run ended, be it by a signal."""
    try:
        return runner.run(orders, quiet=quiet, seconds=seconds)
    except Stopped as stopped:
        return stopped.outcome or Outcome("interrupted" if stopped.interrupted else "killed", 130)
