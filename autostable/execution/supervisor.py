"""From a target to a report: starts the child, reads its outcome, conducts fresh attempts where needed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autostable.config import Settings
from autostable.errors import StoreError, UsageError
from autostable.evidence import Finding
from autostable.execution import cluster, patched, signals
from autostable.execution.edits import edits_of
from autostable.execution.job import Job, Outcome, journal_of
from autostable.execution.targets import Target
from autostable.execution.tuning import tuned
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Proof, Report, Verdict, from_json, to_json
from autostable.repair import fresh
from autostable.store import EVIDENCE, write_file
from autostable.story import Story, report, worst_of


def supervise(
    target: Target, settings: Settings, mode: str, plans: Mapping[str, Plan] | None, run_folder: Path
) -> Report:
    """Run a target under watch and tell its story.

    Args:
        target: A validated target.
        settings: All settings.
        mode: "run", "check" or "apply".
        plans: Known plans by training, for "apply".
        run_folder: Where the capsule of a failing step goes, and the evidence that the causes rest on.

    Raises:
        KeyboardInterrupt: If the user interrupted the script.
        UsageError: If autostable cannot watch this program at all.
    """
    orders = orders_of(settings, mode, plans, str(run_folder / "capsule"))
    task = cluster.task_of(os.environ)
    asked = patched.asked_for(settings, mode, Path.cwd()) if task is None else patched.Asked()
    runner = Runner(target, listens=bool(asked.seeds)) if task is None else ChiefRunner(target, task)
    with runner:
        return _conducted(runner, target, settings, mode, orders, run_folder, asked)


def _conducted(
    runner: Runner, target: Target, settings: Settings, mode: str, orders: Orders, run_folder: Path,
    asked: patched.Asked,
) -> Report:  # fmt: skip
    began, cwd = time.monotonic(), Path.cwd()  # the script may take the folder away
    described = target.described()  # before the run, which may change the file
    outcome = runner.run(orders)
    if outcome.ended == "interrupted":
        raise KeyboardInterrupt
    if outcome.ended == "refused":
        raise UsageError(" ".join(outcome.notes))
    stories = list(outcome.stories)
    waiting = fresh.waiting(stories)
    ended_well = waiting is not None and (waiting.verdict is not Verdict.HEALTHY or outcome.ended == "finished")
    if waiting is not None and ended_well and mode == "run" and not runner.alone:
        outcome, stories = FreshRepair(
            runner, orders, waiting, outcome, announce=settings.output_format in ("full", "concise")
        ).conduct()
    stories = fresh.settled(stories)
    notes = outcome.notes
    cured = mode == "run" and any(story.plan for story in stories) and outcome.ended == "finished"
    goes_on = True
    if settings.tune and cured:
        left = None if settings.time_limit is None else settings.time_limit - (time.monotonic() - began)
        found = tuned(
            stories, lambda asked, quiet: runner.run(asked, quiet=quiet), orders, runs=settings.tune,
            folder=settings.run_dir / "tuning", identity=[described, to_json(outcome.environment)], seconds=left,
        )  # fmt: skip
        stories, notes, goes_on = found.stories, (*notes, found.note), not found.interrupted
        outcome = runner.shown or outcome
    edits, left_out = edits_of(stories, cwd, target.arguments)
    proof, spent = None, time.monotonic() - began
    if settings.time_limit is not None and spent >= settings.time_limit:
        proof, goes_on = Proof(None, why="the time limit was reached") if asked.seeds and edits else None, False
    if asked.seeds and edits and cured and goes_on:
        try:
            proof = patched.proof_of(
                edits, asked, target, outcome, seconds=spent, homes=_homes(), scale=scale_of(stories)
            )  # fmt: skip
        except KeyboardInterrupt:
            proof, goes_on = Proof(None, why="it was interrupted"), False
    if settings.verify and cured and goes_on and (proof is None or not proof.runs):
        stories, notes = _verified(runner, orders, stories, settings.verify, notes)
    told = report(
        stories, target={**described, **_ending(outcome)}, environment=outcome.environment,
        failed=outcome.ended in _FAILED, seconds=time.monotonic() - began, notes=notes, unwatched=outcome.unwatched,
    )  # fmt: skip
    told = dataclasses.replace(told, edits=edits, notes=(*told.notes, *left_out), proof=proof)
    runner.verdict = told.verdict
    _keep_evidence(stories, failed=outcome.ended in _FAILED, file=run_folder / EVIDENCE)
    return told


def _keep_evidence(stories: Sequence[Story], *, failed: bool, file: Path) -> None:
    """Keep what the causes of a report rest on: with it they can be found again without the training."""
    evidence = worst_of(stories, failed=failed).evidence if stories else None
    if evidence is not None:
        with contextlib.suppress(StoreError):  # the report does not hang on it
            write_file(file, json.dumps(to_json(evidence)) + "\n")


def follow(
    target: Target, settings: Settings, mode: str, plans: Mapping[str, Plan] | None, task: cluster.Task
) -> Verdict:
    """Be a worker that is not the chief: run the target, and again as often as the chief asks.

    Returns:
        The chief's verdict; where there is no chief, what this worker's own run shows.
    """
    runner, chief = Runner(target), cluster.Follower(task)
    runner.over = chief.over
    try:
        first = orders_of(settings, mode, plans, None)
        outcome = runner.run(first)
        chief.tell(outcome)
        for message in chief.messages():
            if "end" in message:
                return Verdict(message["end"])
            if "run" in message:
                wanted = message["run"]
                again = dataclasses.replace(from_json(wanted["orders"], Orders), capsule=None)
                if not wanted["quiet"] and settings.output_format in ("full", "concise"):
                    announce(first, again)
                outcome = runner.run(again, quiet=wanted["quiet"], seconds=wanted["seconds"])
                chief.tell(outcome)
    finally:
        chief.close()
    if outcome.ended == "interrupted":
        raise KeyboardInterrupt
    if outcome.ended in _FAILED or outcome.ended == "refused":
        return Verdict.FAILED
    worst = (Verdict.UNREPAIRED, Verdict.REPAIRED)
    return next((each for each in worst if any(story.verdict is each for story in outcome.stories)), Verdict.HEALTHY)


def orders_of(settings: Settings, mode: str, plans: Mapping[str, Plan] | None, capsule: str | None) -> Orders:
    """What the first run is asked to do."""
    return Orders(
        repair=mode == "run", goal=settings.goal, attempts=settings.max_attempts, budget=settings.budget,
        seconds=settings.time_limit, select=tuple(settings.select), ignore=tuple(settings.ignore), seed=settings.seed,
        plans=plans or {}, capsule=capsule,
    )  # fmt: skip


def scale_of(stories: Sequence[Story]) -> float:
    """The loss of a constant in the last training, or the one that it began with; 0 where neither is known."""
    last = max(stories, key=lambda story: story.number)
    for attempt in reversed(last.attempts):
        constant = None if attempt.learning is None else attempt.learning.constant
        found = attempt.loss_first if constant is None else constant
        if attempt.stable and attempt.kind != "probe" and found is not None and math.isfinite(found):
            return abs(found)
    return 0.0


_FAILED = ("raised", "exited", "died", "timed-out", "broken")
_BOOT = """\
import sys
if not sys.flags.safe_path:
    del sys.path[0]
sys.path += [path for path in sys.argv[2:] if path not in sys.path]
from autostable.execution.child import main
sys.exit(main())
"""  # the working directory is not looked in, where a user's own json.py or typing.py may lie


def _ending(outcome: Outcome) -> dict[str, Any]:
    fault = {"fault": "autostable"} if outcome.ended == "broken" else {}
    return {"exit_status": outcome.status, **fault}


def _verified(
    runner: Runner, orders: Orders, stories: list[Story], times: int, notes: tuple[str, ...]
) -> tuple[list[Story], tuple[str, ...]]:
    """Run the whole program with its plans in fresh processes, each with seeds of its own.

    For a program whose edits cannot be run by themselves.
    """
    plans = {str(story.number): story.plan for story in stories if story.plan}
    came_to = {tuple(story.attempts[-1].loss_last for story in stories if story.attempts)}
    held = 0
    for index in range(times):
        again = dataclasses.replace(
            orders, repair=False, plans=plans, capsule=None, seed=orders.seed + 1 + index, other_seeds=index + 1
        )  # fmt: skip
        outcome = runner.run(again, quiet=True)
        if outcome.ended == "interrupted":
            raise KeyboardInterrupt
        stable = outcome.ended == "finished" and all(
            story.verdict is not Verdict.UNREPAIRED for story in outcome.stories
        )
        held += stable
        ran = {story.number: story.attempts[-1] for story in outcome.stories if story.attempts}
        if ran:
            came_to.add(tuple(attempt.loss_last for attempt in ran.values()))
        stories = [
            dataclasses.replace(story, attempts=(*story.attempts, ran[story.number])) if story.number in ran else story
            for story in stories
        ]
    varied = "" if len(came_to) > 1 else "; their seeds could not be varied, all came to the same loss"
    return stories, (*notes, f"The plan held in {held} of {times} fresh runs{varied}.")


class Runner:
    """Runs one target, as often as asked, each time in a process of its own."""

    def __init__(self, target: Target, *, listens: bool = False) -> None:
        """Take a target.

        Args:
            target: What is run.
            listens: Keep what a run prints that is shown.
        """
        self._target = target
        self._listens = listens
        self.over: Callable[[], bool] | None = None
        self.shown: Outcome | None = None  # the last run whose output was
        self.verdict = Verdict.FAILED

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go of."""

    @property
    def alone(self) -> bool:
        """Whether others that the target trains with are out of reach, so that it cannot be run again."""
        return False

    def run(self, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
        """Run it once.

        Args:
            orders: What the child is asked to do.
            quiet: Show nothing of the script's output.
            seconds: Longest time that it may take.
        """
        with tempfile.TemporaryDirectory(prefix="autostable-") as scratch:
            result = Path(scratch) / "outcome.json"
            said, says = os.pipe()
            parent = os.getpid() if threading.current_thread() is threading.main_thread() else None  # Linux: a thread
            job = Job(
                self._target.kind, self._target.path_or_name, self._target.arguments, orders, str(result), says, parent,
                listens=self._listens and not quiet,
            )  # fmt: skip
            job_file = Path(scratch) / "job.json"
            job_file.write_text(json.dumps(to_json(job)), encoding="utf-8")
            sink = subprocess.DEVNULL if quiet else None
            try:
                process = subprocess.Popen(
                    [sys.executable, "-c", _BOOT, str(job_file), *_homes()],
                    stdin=subprocess.DEVNULL if quiet else None, stdout=sink, stderr=sink, pass_fds=(says,),
                )  # fmt: skip
            finally:
                os.close(says)
            try:
                with signals.passed_on(process, said) as sent:
                    status = _wait(process, seconds, self.over, sent)
            finally:
                os.close(said)
            if result.exists():
                outcome = from_json(json.loads(result.read_text(encoding="utf-8")), Outcome)
                self.shown = self.shown if quiet else outcome
                return outcome
            return dataclasses.replace(_died(status), stories=_journal(journal_of(result)))


class ChiefRunner(Runner):
    """Runs the target here, and at the same time at all the other workers of its cluster."""

    def __init__(self, target: Target, task: cluster.Task) -> None:
        super().__init__(target)
        self._chief = cluster.Chief(task)
        self._names = task.names
        self._runs = 0
        self.over = self._chief.over

    def __exit__(self, *_: object) -> None:
        self._chief.end(self.verdict)

    @property
    def alone(self) -> bool:
        return bool(self._chief.absent)

    def run(self, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
        """Run it once, everywhere (see `Runner`); the others begin their first run by themselves."""
        if self._runs:
            self._chief.order(orders, quiet, seconds)
        self._runs += 1
        own = super().run(orders, quiet=quiet, seconds=seconds)
        if own.ended in ("interrupted", "refused"):
            return own
        outcome = cluster.merged([own, *self._chief.gather(own)], self._names)
        if not self.alone:
            return outcome
        who = ", ".join(self._chief.absent)
        note = f"{who} cannot be reached: without all workers under autostable nothing can be run again."
        return dataclasses.replace(outcome, notes=(*outcome.notes, note))


def _homes() -> list[str]:
    """Where this very autostable and its remedies lie; the child looks there last of all."""
    root = Path(__file__).resolve().parents[2]
    return [str(path) for path in (root, root / "strategies") if path.is_dir()]


def _wait(
    process: subprocess.Popen[bytes], seconds: float | None, over: Callable[[], bool] | None, sent: Sequence[int]
) -> int | None:
    """Wait for the child; None if it took too long (or `over` says so).

    A Ctrl-C reaches the child too, so only its answer is waited for; at the third one it is killed.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            left = None if deadline is None else max(0.1, deadline - time.monotonic())
            return process.wait(left if over is None else min(0.2, left or 0.2))
        except KeyboardInterrupt:
            if sent.count(signal.SIGINT) > 2:
                process.kill()
        except subprocess.TimeoutExpired:
            late = deadline is not None and time.monotonic() >= deadline
            if not late and over is not None and not over():
                continue
            process.kill()
            process.wait()
            return None


def _journal(file: Path) -> tuple[Story, ...]:
    """The stories that a child has kept before it came to its end; half a line at the end is none."""
    stories = []
    with contextlib.suppress(OSError, ValueError, StoreError):
        for line in file.read_text(encoding="utf-8").splitlines():
            stories.append(from_json(json.loads(line), Story))
    return tuple(stories)


def _died(status: int | None) -> Outcome:
    if status is None:
        return Outcome("timed-out", 124)
    if status == -signal.SIGINT:
        return Outcome("interrupted", 130)
    if status < 0:
        name = signal.Signals(-status).name
        return Outcome("died", 128 - status, notes=(f"The script's process was ended by {name}.",))
    what = f"The script's process left at once with status {status}: what came after its last training is not known."
    return Outcome("died" if status else "finished", status, notes=(what,))


def announce(first: Orders, orders: Orders) -> None:
    """Draw a line, on the standard error, between what the script has printed and the run that counts.

    The output of the run that failed was shown as it came: a healthy one is not to be held back, and nobody
    knows beforehand which it will be.
    """
    names = [step.name for number, plan in orders.plans.items() if number not in first.plans for step in plan]
    print(f"autostable: ---- the script is run again, with {', '.join(names)}: this is the run that counts ----",
          file=sys.stderr, flush=True)  # fmt: skip


class FreshRepair:
    """Repairs a training that cannot be rewound: each attempt is a fresh run of the target, cut short for probes."""

    def __init__(self, runner: Runner, orders: Orders, story: Story, outcome: Outcome, *, announce: bool) -> None:
        self._runner = runner
        self._announce = announce
        self._orders = orders
        self._story = story
        self._outcome = outcome
        self._last: Outcome | None = None
        self._failure = fresh.LastFailure()

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._failure.located(plan)

    def conduct(self) -> tuple[Outcome, list[Story]]:
        """Find the line, find a plan, run it to the end with the script's output shown."""
        story = fresh.repaired(
            self, self._story, self._orders, rerun=lambda orders: self._runner.run(orders, quiet=True).stories
        )
        outcome = self._last if story.verdict is Verdict.REPAIRED and self._last is not None else self._outcome
        return outcome, [*(other for other in outcome.stories if other.number != story.number), story]

    def attempt(self, plan: Plan, *, kind: str, steps: int | None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        orders = dataclasses.replace(
            self._orders, repair=False, plans={**self._orders.plans, str(self._story.number): plan}, probe=steps,
            capsule=None,
        )  # fmt: skip
        began = time.monotonic()
        probe = kind == "probe"
        if not probe and self._announce:
            announce(self._orders, orders)
        outcome = self._runner.run(orders, quiet=probe, seconds=self._orders.seconds if probe else None)
        if outcome.ended == "interrupted":
            raise KeyboardInterrupt
        if kind == "full":
            self._last = outcome
        mine = next((story for story in outcome.stories if story.number == self._story.number), None)
        self._failure.note(plan, mine)
        if mine is None or not mine.attempts:
            failed = outcome.ended if outcome.ended == "timed-out" else "crashed"
            return Attempt(plan, kind, failed, 0, time.monotonic() - began, why=f"the script {outcome.ended}")
        attempt = dataclasses.replace(mine.attempts[-1], plan=plan, kind=kind)
        if outcome.ended in _FAILED:
            return dataclasses.replace(attempt, outcome="crashed", yardstick=None, why=f"the script {outcome.ended}")
        return attempt
