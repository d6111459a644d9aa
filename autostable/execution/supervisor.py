"""From a target to a report: has it run, conducts fresh attempts where needed, tells what became of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autostable import registry
from autostable.config import STDOUT, Settings
from autostable.doing import Doing, named
from autostable.errors import StoreError, UsageError
from autostable.execution import cluster, discarded, patched, signals
from autostable.execution.edits import edits_of
from autostable.execution.fresh_runs import FreshRepair, announce
from autostable.execution.job import FAILED, Outcome, orders_of
from autostable.execution.outlook import outlook
from autostable.execution.runlog import UNTOLD, RunLog, identity_of, progress
from autostable.execution.runner import ChiefRunner, Runner, Stopped, homes
from autostable.execution.signals import Interrupted
from autostable.execution.targets import Target
from autostable.execution.tuning import tuned
from autostable.orders import Orders
from autostable.records import Edit, Plan, Proof, Report, Verdict, to_json
from autostable.repair import fresh
from autostable.report.live import Silent
from autostable.store import EVIDENCE, RunFolder, RunStore, write_file
from autostable.story import Story, report, worst_of

RESUME = "`autostable run --resume` with the same arguments goes on from here."
TOLD = ("interrupted", "killed", "stalled", "died")  # ends that a script's own output does not tell of


def supervise(
    target: Target, settings: Settings, mode: str, plans: Mapping[str, Plan] | None, run_folder: Path,
    show: Silent | None = None,
) -> Report:  # fmt: skip
    """Run a target under watch and tell its story.

    Args:
        target: A validated target.
        settings: All settings.
        mode: "run", "check" or "apply".
        plans: Known plans by training, for "apply".
        run_folder: Where the journal goes, the capsule of a failing step, and the evidence that the causes rest on. What
            its journal tells of an earlier call is not done again.
        show: Shows what is going on meanwhile.

    Raises:
        Interrupted: If the user interrupted it; with what is known.
        UsageError: If autostable cannot watch this program at all.
        StoreError: If another call is at work in the run folder, or it cannot be written.
    """
    task = cluster.task_of(os.environ)
    orders = orders_of(settings, mode, plans, str(run_folder / "capsule"), reruns=_reruns(target, task))
    asked = patched.asked_for(settings, mode, Path.cwd()) if task is None else patched.Asked()
    log = RunLog(run_folder, identity(target, settings, mode, orders))
    try:
        with signals.heeded() as heeded:
            runner = (
                Runner(
                    target, log, heeded, folder=run_folder, stall=settings.stall_timeout, listens=bool(asked.seeds),
                    show=show, aside=settings.output_file == STDOUT,
                ) if task is None else ChiefRunner(target, task, heeded, stall=settings.stall_timeout, show=show)
            )  # fmt: skip
            with runner:
                conduct = _Conduct(runner, target, settings, mode, orders, asked)
                told = conduct.report(run_folder)
        if log.trouble:
            told = dataclasses.replace(told, notes=(*told.notes, log.trouble))
        if not conduct.cut_off:
            log.close(told.verdict)
        if conduct.interrupted:
            raise Interrupted(told)
        return told
    finally:
        log.leave()


def identity(target: Target, settings: Settings, mode: str, orders: Orders) -> dict[str, Any]:
    """What another call must agree in to go on with this one (see `resumed`)."""
    return identity_of(target.described(), orders, Path.cwd(), mode=mode, tune=settings.tune, verify=settings.verify)


def resumed(target: Target, settings: Settings, store: RunStore) -> RunFolder | None:
    """The latest run of the same target, with the same settings, that was cut off; None where the latest was finished."""
    orders = orders_of(settings, "run", None, None, reruns=_reruns(target, cluster.task_of(os.environ)))
    wanted = json.loads(json.dumps(identity(target, settings, "run", orders)))
    for folder in reversed(store.runs()):
        found = progress(folder.path, wanted)
        if found is not None:
            return None if found.closed else folder
    return None


def _reruns(target: Target, task: cluster.Task | None) -> bool:
    """Whether lines of the target may be computed otherwise in another run: of one script, for itself."""
    return target.kind == "script" and task is None


def _in_script() -> tuple[str, ...]:
    """The remedies that mend the script itself."""
    return tuple(name for name, remedy in registry.remedies().items() if remedy.in_script)


class _Conduct:
    """One target from its first run to the report.

    Attributes:
        interrupted: By Ctrl-C.
        cut_off: By anything from outside: another call may go on with it.
    """

    def __init__(
        self, runner: Runner, target: Target, settings: Settings, mode: str, orders: Orders, asked: patched.Asked
    ) -> None:
        self._runner, self._settings, self._mode, self._orders = runner, settings, mode, orders
        self._target, self._asked = target, asked
        self._edits: tuple[Edit, ...] = ()
        self._proof: Proof | None = None
        self._began, self._cwd = time.monotonic(), Path.cwd()  # the script may take the folder away
        self._described = target.described()  # before the run, which may change the file
        self._notes: tuple[str, ...] = ()
        self.interrupted = self.cut_off = False

    def report(self, run_folder: Path) -> Report:
        """Run, repair, confirm, and tell of it."""
        outcome, stories = self._ran()
        if outcome.ended == "refused":
            raise UsageError(" ".join(outcome.notes))
        stories = fresh.settled(stories)
        if self._mode == "check" and (would := outlook(stories, self._settings)):
            self._note(would)
        failed = outcome.ended in FAILED or outcome.ended == "interrupted"
        told = report(
            stories, target={**self._described, **_ending(outcome)}, environment=outcome.environment, failed=failed,
            seconds=time.monotonic() - self._began, notes=(*outcome.notes, *self._notes), unwatched=outcome.unwatched,
            trained=outcome.trained,
        )  # fmt: skip
        files = {**told.files, **discarded.folder_of(run_folder)}
        told = dataclasses.replace(told, edits=self._edits, proof=self._proof, files=files)
        self._runner.verdict = told.verdict
        _keep_evidence(stories, failed=failed, file=run_folder / EVIDENCE)
        return told

    def _ran(self) -> tuple[Outcome, list[Story]]:
        try:
            outcome = self._runner.run(self._orders)
        except Stopped as stopped:
            outcome = stopped.outcome or Outcome("interrupted", 130)
            self._stop(stopped)
            self._edit(outcome.stories)
            return outcome, list(outcome.stories)
        stories = list(outcome.stories)
        if outcome.ended != "refused":
            outcome, stories = self._repaired(outcome, stories)
            outcome, stories = self._confirmed(outcome, stories)
        if outcome.ended in UNTOLD:
            self._note(RESUME)
            self.cut_off = True
        return outcome, stories

    def _repaired(self, outcome: Outcome, stories: list[Story]) -> tuple[Outcome, list[Story]]:
        """Repair by fresh runs what cannot be rewound, and what the script itself has spoilt."""
        waiting = fresh.waiting(stories)
        if waiting is None or self._mode != "run" or self._runner.alone:
            return outcome, stories
        if waiting.verdict is Verdict.HEALTHY and outcome.ended != "finished":
            return outcome, stories
        orders = dataclasses.replace(self._orders, select=_in_script()) if waiting.in_script else self._orders
        repair = FreshRepair(self._runner, orders, waiting, outcome, announce=self._announces)
        try:
            outcome, stories = repair.conduct()
            mended = next(story for story in stories if story.number == waiting.number)
            if not waiting.in_script or mended.verdict is Verdict.REPAIRED:
                return outcome, stories
            return self._repaired(*self._within_a_run(mended))
        except Stopped as stopped:
            self._stop(stopped)
            return outcome, repair.so_far()

    @property
    def _announces(self) -> bool:
        return self._settings.output_format in ("full", "concise") and not self._settings.quiet

    def _within_a_run(self, tried: Story) -> tuple[Outcome, list[Story]]:
        """The script once more, now that mending its lines is not enough: what else there is to try is tried where it trains.

        Raises:
            Stopped: If something from outside has ended it.
        """
        left = max(1, self._orders.attempts - len(tried.attempts) + 1)
        orders = dataclasses.replace(self._orders, reruns=False, attempts=left)
        if self._announces:
            announce(self._orders, orders, again=True)
        self._orders = orders
        outcome = self._runner.run(orders)
        return outcome, [
            dataclasses.replace(each, attempts=(*tried.attempts, *each.attempts[1:]))
            if each.number == tried.number
            else each
            for each in outcome.stories
        ]

    def _confirmed(self, outcome: Outcome, stories: list[Story]) -> tuple[Outcome, list[Story]]:
        """Tune, write the edits, prove them and verify, where that is asked for."""
        settings = self._settings
        goes_on = self._mode == "run" and any(story.stable for story in stories) and outcome.ended == "finished"
        goes_on = goes_on and not self.cut_off
        if settings.tune and goes_on and not any(story.handed for story in stories):  # that was never run from step 0
            stories, goes_on = self._tuned(outcome, stories)
            outcome = self._runner.shown or outcome
        self._edit(stories)
        goes_on = goes_on and self._proved(outcome, stories)
        if settings.verify and goes_on and (self._proof is None or not self._proof.runs):
            try:
                stories, note = _verified(self._runner, self._orders, stories, settings.verify)
                self._note(note)
            except Stopped as stopped:
                self._stop(stopped)
        return outcome, stories

    def _proved(self, outcome: Outcome, stories: list[Story]) -> bool:
        """Run the patched program where its edits are to be proved; False where nothing more is to be run."""
        wanted, spent = bool(self._asked.seeds and self._edits), time.monotonic() - self._began
        if self._settings.time_limit is not None and spent >= self._settings.time_limit:
            self._proof = Proof(None, why="the time limit was reached") if wanted else None
            return False
        if wanted:
            self._runner.show.begin(Doing("running the patched script by plain python", shown=False))
            try:
                self._proof = patched.proof_of(
                    self._edits, self._asked, self._target, outcome, seconds=spent, homes=homes(), scale=scale_of(stories),
                    go_on=self._runner.go_on,
                )  # fmt: skip
            except Stopped as stopped:
                self._proof = Proof(None, why="it was interrupted")
                self._stop(stopped)
                return False
            finally:
                self._runner.show.end()
        return True

    def _tuned(self, outcome: Outcome, stories: list[Story]) -> tuple[list[Story], bool]:
        """Search the strengths of the plans; False where nothing more is to be run."""
        settings = self._settings
        left = None if settings.time_limit is None else settings.time_limit - (time.monotonic() - self._began)
        try:
            found = tuned(
                stories, self._rerun, self._orders, runs=settings.tune, folder=settings.run_dir / "tuning",
                identity=[self._described, to_json(outcome.environment)], seconds=left,
            )  # fmt: skip
        except (StoreError, OSError) as error:  # a full disk: the repair is there all the same
            self._note(f"The search of strengths was given up: {error}.")
            return stories, True
        self._note(found.note)
        return found.stories, not found.interrupted

    def _rerun(self, asked: Orders, quiet: bool) -> Outcome:
        """A run for the search of strengths, which knows an interrupt only."""
        plan = next(iter(asked.plans.values()), ())
        self._runner.show.begin(Doing("searching better strengths", named(plan), shown=not quiet))
        try:
            outcome = self._runner.run_again(asked, quiet=quiet)
        except Stopped as stopped:
            self._stop(stopped)
            return Outcome("interrupted", 130)
        finally:
            self._runner.show.end()
        return outcome if outcome.ended != "killed" else dataclasses.replace(outcome, ended="interrupted")

    def _edit(self, stories: Sequence[Story]) -> None:
        """The source edits, for the text that ran."""
        if self._runner.edited:
            if any(story.stable for story in stories):
                self._note(
                    "The script was changed while it ran: source edits are made for the text that ran, so there are none."
                )
            return
        self._edits, left_out = edits_of(stories, self._cwd, self._target.arguments)
        for each in left_out:
            self._note(each)

    def _stop(self, stopped: Stopped) -> None:
        self.cut_off, self.interrupted = True, self.interrupted or stopped.interrupted
        self._note(stopped.why)
        if self._mode == "run":
            self._note(RESUME)

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes = (*self._notes, text)


def _keep_evidence(stories: Sequence[Story], *, failed: bool, file: Path) -> None:
    """Keep what the causes of a report rest on: with it they can be found again without the training."""
    evidence = worst_of(stories, failed=failed).evidence if stories else None
    if evidence is not None:
        with contextlib.suppress(StoreError):  # the report does not hang on it
            write_file(file, json.dumps(to_json(evidence)) + "\n")


def _ending(outcome: Outcome) -> dict[str, Any]:
    fault = {"fault": "autostable"} if outcome.ended == "broken" else {}
    ended = {"ended": outcome.ended} if outcome.ended in TOLD else {}
    return {"exit_status": outcome.status, **fault, **ended}


def scale_of(stories: Sequence[Story]) -> float:
    """The loss of a constant in the last training, or the one that it began with; 0 where neither is known."""
    last = max(stories, key=lambda story: story.number)
    for attempt in reversed(last.attempts):
        constant = None if attempt.learning is None else attempt.learning.constant
        found = attempt.loss_first if constant is None else constant
        if attempt.stable and attempt.kind != "probe" and found is not None and math.isfinite(found):
            return abs(found)
    return 0.0


def _verified(runner: Runner, orders: Orders, stories: list[Story], times: int) -> tuple[list[Story], str]:
    """Run the whole program with its plans in fresh processes, each with seeds of its own; what is to be said of that.

    For a program whose edits cannot be run by themselves.
    """
    plans = {str(story.number): story.stable for story in stories if story.stable}
    came_to = {tuple(story.attempts[-1].loss_last for story in stories if story.attempts)}
    held = killed = 0
    for index in range(times):
        again = dataclasses.replace(
            orders, repair=False, plans=plans, capsule=None, seed=orders.seed + 1 + index, other_seeds=index + 1,
            stop_unhealthy=True,
        )  # fmt: skip
        runner.show.begin(Doing(f"verifying, run {index + 1} of {times}", shown=False))
        outcome = runner.run_again(again, quiet=True)
        runner.show.end()
        if outcome.ended == "killed":
            killed += 1
            continue
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
    note = f"The plan held in {held} of {times - killed} fresh runs{varied}."
    if killed:
        note += f" {killed} more {'was' if killed == 1 else 'were'} ended from outside, which says nothing of it."
    return stories, note
