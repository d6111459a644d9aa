"""A program without TensorFlow that is run by the real supervisor: one training repaired inside, one by fresh runs.

In the place of the child stands `child`: it takes the job, answers the attempts of a search from a table, tells of them as a
child does, and writes what it has done into files of its own, as a script would. All processes are forks of one that has
everything loaded (`serve`), so a whole repair takes a second and can be killed some hundred times.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from autostable.cli import main
from autostable.diagnosis import diagnose
from autostable.evidence import Evidence, Finding
from autostable.execution import runner, signals, supervisor
from autostable.execution.job import Job, Outcome
from autostable.execution.wire import Wire
from autostable.orders import Orders, Tried
from autostable.records import Attempt, Cause, Plan, Symptom, Verdict, from_json
from autostable.repair.bench import GoesOn
from autostable.repair.memory import Memory
from autostable.repair.search import search
from autostable.report import html, terminal
from autostable.report import json as json_report
from autostable.story import Story

ROOT = Path(__file__).resolve().parents[2]
STEPS, FAILS_AT, FULL = 1e-4, 9, 200  # seconds of a step, the step that fails, steps of a training
DONE = "attempts.log"  # what was run to its end, a line each
CURES = {0: {"epsilon-loss", "skip-bad-updates"}, 1: {"clip-gradients"}}
EVIDENCE = {0: "100_capsules_squash", 1: "39_tape_softmax_by_hand"}
SCRIPT = "print('the scripted program')\n"


def known(training: int) -> tuple[Symptom, tuple[Cause, ...], Evidence]:
    """What is seen of a training that fails."""
    file = ROOT / "tests" / "calibration" / "evidence" / f"{EVIDENCE[training]}.json"
    evidence = from_json(json.loads(file.read_text(encoding="utf-8")), Evidence)
    return evidence.symptom, diagnose(evidence), evidence


@dataclasses.dataclass
class Training:
    """One training of the program. A bench."""

    number: int
    orders: Orders
    memory: Memory
    attempts: list[Attempt] = dataclasses.field(default_factory=list)

    def run(self, plan: Plan, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Train, which takes its time; the losses come from the plan."""
        holds = {step.name for step in plan} >= CURES[self.number]
        ran = (steps or FULL) if holds else min(FAILS_AT, steps or FULL)
        time.sleep(STEPS * ran + 0.01)
        text = json.dumps([[step.name, step.parameters] for step in plan], sort_keys=True, default=str)
        last = 0.2 + int(hashlib.sha256(text.encode()).hexdigest()[:2], 16) / 2560
        attempt = (
            Attempt(plan, kind, "stable", ran, 0.1, 2.0, last, last) if holds
            else Attempt(plan, kind, "unstable", ran, 0.1, 2.0, None, None, "non-finite loss in step 9")
        )  # fmt: skip
        self.attempts.append(attempt)
        with open(DONE, "a", encoding="utf-8") as log:
            log.write(f"{self.number} {kind} {steps} {text}\n")
        return attempt

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        recalled = self.memory.recall(plan, kind, steps)
        if recalled is not None:
            self.attempts.append(recalled)
            return recalled
        attempt = self.run(plan, kind, steps)
        self.memory.made(attempt, steps)
        return attempt

    def located(self, plan: Plan) -> Finding | None:
        return self.memory.locate(plan, lambda: known(self.number)[2].finding)


def trained(number: int, orders: Orders, wire: Wire) -> Story:
    """The story of one training, told as soon as it is known."""

    def tell(place: int, tried: Tried) -> None:
        wire.tried(number, place, tried)

    training = Training(number, orders, Memory(orders.known.get(str(number), ()), tell))
    plan = orders.plans.get(str(number), ())
    symptom, causes, evidence = known(number)
    probe = orders.probe_of(number) if plan else None
    first = training.run(plan, "probe" if probe else "full" if plan else "baseline", probe)
    common = dict(symptom=symptom, causes=causes, evidence=evidence, full=FULL)
    if first.stable:
        told = Story(number, "fit", Verdict.REPAIRED, plan=plan, attempts=(first,), full=FULL)
    elif number == 1 or not orders.repair:
        told = Story(
            number,
            "loop" if number else "fit",
            Verdict.UNREPAIRED,
            attempts=(first,),
            asks_fresh=bool(number and orders.repair),
            **common,
        )  # type: ignore[arg-type]
    else:
        found = search(training, first, symptom, causes, evidence, orders, full=FULL, steps=20 * FULL)
        verdict = Verdict.UNREPAIRED if found.plan is None else Verdict.REPAIRED
        told = Story(number, "fit", verdict, plan=found.plan or (), attempts=tuple(training.attempts), **common)  # type: ignore[arg-type]
    wire.story(told)
    return told


def program(job: Job, wire: Wire) -> Outcome:
    """The program: two trainings, and what it leaves behind."""
    print("begun", flush=True)
    stories: list[Story] = []
    for number in (0, 1):
        stories.append(trained(number, job.orders, wire))
        if stories[-1].verdict is Verdict.UNREPAIRED:
            return Outcome("unstable", 1, tuple(stories), {"python": "3"})
        if job.orders.probe_of(number) is not None and str(number) in job.orders.plans:
            return Outcome("probed", 0, tuple(stories), {"python": "3"})
    Path("weights.txt").write_text(repr([story.plan for story in stories]), encoding="utf-8")
    print("done", flush=True)
    return Outcome("finished", 0, tuple(stories), {"python": "3"})


def child() -> int:
    """In the place of `autostable.execution.child.main`."""
    wire = Wire(int(sys.argv[1]))
    job = wire.job()
    signals.say(job.signals)
    signals.end_with_parent(job.parent)
    Path("child.pid").write_text(str(os.getpid()), encoding="utf-8")
    try:
        outcome = program(job, wire)
    except KeyboardInterrupt:
        outcome = Outcome("interrupted", 130)
    wire.tell("outcome", outcome)
    return outcome.status


class Forked:
    """In the place of `subprocess.Popen`: the child is a fork, which has all modules loaded already."""

    def __init__(self, command: Sequence[str], *, pass_fds: Sequence[int], stdout: int | None, **_: object) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            status = 70
            try:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
                if stdout is not None:
                    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                sys.argv = ["-c", command[3]]
                status = child()
                sys.stdout.flush()
            finally:
                os._exit(status)

    def wait(self) -> int:
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def begin(folder: str, arguments: Sequence[str], largest: int | None) -> int:
    """In a fork: be the command line in this folder, in a session of its own, until its end.

    Files cannot grow beyond `largest` bytes, as on a disk that is full.
    """
    os.setsid()
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    os.chdir(folder)
    for number, name in ((0, os.devnull), (1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["autostable", *arguments]
    try:
        main()
        return 0
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    except KeyboardInterrupt:
        return 130
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def serve() -> None:
    """Fork the command line for each line of JSON on the standard input: a folder and its arguments."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "begin" in asked:
            pid = os.fork()
            if pid == 0:
                status = 70
                try:
                    status = begin(asked["begin"], asked["arguments"], asked["largest"])
                finally:
                    os._exit(status)
            print(pid, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)


if __name__ == "__main__":
    for number in EVIDENCE:
        known(number)
    assert html and json_report and terminal  # loaded once, for all forks
    runner.subprocess = SimpleNamespace(Popen=Forked, DEVNULL=subprocess.DEVNULL)  # type: ignore[assignment]
    supervisor.edits_of = lambda stories, root, arguments=None: ((), ())
    serve()
