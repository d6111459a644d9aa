"""Runs a target, as often as asked, each time in a process of its own; what was run in an earlier call is not run again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from autostable.doing import Doing
from autostable.execution import cluster
from autostable.execution.discarded import Discarded
from autostable.execution.elsewhere import Elsewhere
from autostable.execution.job import Job, Outcome, Told
from autostable.execution.runlog import UNTOLD, Asked, Hearing, RunLog
from autostable.execution.signals import OUTSIDE, Heeded
from autostable.execution.targets import Target
from autostable.execution.waiting import Ending, Patience, awaited
from autostable.execution.wire import HUSH, Listening
from autostable.orders import Orders
from autostable.records import Verdict, from_json
from autostable.report.live import Silent

FALLBACK = "outcome.json"
_STDERR = 2
_BOOT = """\
import sys
if not sys.flags.safe_path:
    del sys.path[0]
sys.path += [path for path in sys.argv[2:] if path not in sys.path]
from autostable.execution.child import main
sys.exit(main())
"""  # the working directory is not looked in, where a user's own json.py or typing.py may lie


class Stopped(Exception):
    """Nothing more is to be run.

    Attributes:
        why: A sentence.
        outcome: Of the run that was under way; None where none was.
        interrupted: By Ctrl-C.
    """

    def __init__(self, why: str, outcome: Outcome | None = None, *, interrupted: bool = False) -> None:
        super().__init__(why)
        self.why, self.outcome, self.interrupted = why, outcome, interrupted


class Runner:
    """Runs one target.

    Attributes:
        over: Whether the run is to be ended because others that it trains with have.
        shown: How the last run ended whose output was shown; with what it printed, where the runner listens.
        verdict: What became of it all.
        show: Shows what is going on.
    """

    def __init__(
        self, target: Target, log: RunLog, heeded: Heeded, *, folder: Path | None = None, stall: float | None = None,
        listens: bool = False, show: Silent | None = None,
        aside: bool = False,
    ) -> None:  # fmt: skip
        self.show = show or Silent()
        self._target, self._log, self._heeded = target, log, heeded
        self._folder, self._stall, self._listens = folder, stall, listens
        self._aside = aside  # the standard output is the report's: what the program prints goes to the standard error
        self._source = target.source().read_bytes()
        self.over: Callable[[], bool] | None = None
        self.shown: Outcome | None = None
        self.verdict = Verdict.FAILED

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go of."""

    @property
    def alone(self) -> bool:
        """Whether others that the target trains with are out of reach, so that it cannot be run again."""
        return False

    @property
    def edited(self) -> bool:
        """Whether somebody has changed the target since the first run."""
        try:
            return self._target.source().read_bytes() != self._source
        except Exception:  # gone, or the folder that it was looked for from
            return True

    def run(self, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
        """Run it once, unless an earlier call has.

        Args:
            orders: What the child is asked to do.
            quiet: Show nothing of the script's output.
            seconds: Longest time that it may take.

        Raises:
            Stopped: If a signal says that nothing more is to be run.
        """
        asked = Asked(orders, quiet)
        recalled = self._log.recalled(asked)
        if recalled is not None:
            self.shown = self.shown if quiet else recalled
            return recalled
        self.go_on()
        if self._target.kind == "module" and self.edited:
            raise Stopped(f"{self._target.path_or_name} was changed while it was being repaired.")
        known, healed = self._log.known(asked), self._log.healed(asked)
        hearing = self._log.begin(asked)
        orders = dataclasses.replace(orders, known=known, healed=healed)
        outcome = self._run(orders, hearing, quiet=quiet, seconds=seconds)
        if self._heeded.stops and outcome.ended in (
            "died",
            "raised",
            "exited",
            "broken",
        ):  # of the signal, as far as is known
            outcome = dataclasses.replace(outcome, ended="interrupted" if self._interrupted else "killed")
        hearing.ended(outcome)
        self.shown = self.shown if quiet else outcome
        if outcome.ended == "interrupted" or (self._heeded.stops and outcome.ended in UNTOLD):
            raise Stopped(f"It was stopped by {self._heeded.words() if self._heeded.stops else 'Ctrl-C'}.", outcome,
                          interrupted=self._interrupted or outcome.ended == "interrupted")  # fmt: skip
        return outcome

    def run_again(self, orders: Orders, *, quiet: bool = False, seconds: float | None = None) -> Outcome:
        """As `run`; once more where a signal from outside has ended it, which says nothing of what was asked."""
        outcome = self.run(orders, quiet=quiet, seconds=seconds)
        return self.run(orders, quiet=quiet, seconds=seconds) if outcome.ended == "killed" else outcome

    def go_on(self) -> None:
        """Whether something more may be run.

        Raises:
            Stopped: If a signal says that nothing is.
        """
        if self._heeded.stops:
            raise Stopped(f"It was stopped by {self._heeded.words()}.", interrupted=self._interrupted)

    @property
    def _interrupted(self) -> bool:
        return signal.SIGINT in self._heeded.sent

    def _run(self, orders: Orders, hearing: Hearing, *, quiet: bool, seconds: float | None) -> Outcome:
        patience = Patience(seconds, self._stall, self.over)

        def heard(what: str, value: object) -> None:
            patience.pulse()
            if what in ("pulse", "doing", HUSH):
                self._show(what, value, quiet)
                return
            hearing.hear(what, value)
            if what == "tried":
                self._show(what, value, quiet)

        wire = Listening(heard)
        said, says = os.pipe()
        handle = wire.theirs.fileno()
        discarded = Discarded() if quiet else None
        sink = None if discarded is None else discarded.theirs
        out = _STDERR if self._aside and not quiet else sink
        try:
            try:
                process = subprocess.Popen(
                    [sys.executable, "-c", _BOOT, str(handle), *homes()],
                    stdin=subprocess.DEVNULL if quiet else None, stdout=out, stderr=sink, pass_fds=(says, handle),
                )  # fmt: skip
            finally:
                os.close(says)
                if discarded is not None:
                    os.close(discarded.theirs)
            wire.begin(self._job(orders, says, quiet=quiet))
            elsewhere = Elsewhere(process.pid)
            try:
                ending = awaited(process, said, self._heeded, patience)
            finally:
                trained = elsewhere.seen()
        finally:
            os.close(said)
            wire.end()
            if discarded is not None:
                discarded.keep(self._folder, orders)
        outcome = hearing.outcome or self._left_behind() or dataclasses.replace(
            _died(ending, self._stall), stories=hearing.stories
        )  # fmt: skip
        return dataclasses.replace(outcome, trained=(*outcome.trained, *trained))

    def _show(self, what: str, value: object, quiet: bool) -> None:
        """Pass on what is going on; called in the thread that listens, so it raises nothing."""
        with contextlib.suppress(ValueError):
            if what == HUSH:
                self.show.hush()
            elif what == "tried":
                told = from_json(value, Told)
                if not quiet:
                    self.show.tried(told.tried.attempt, (told.training, told.place))
            elif value is not None:
                doing = from_json(value, Doing)
                self.show.doing(dataclasses.replace(doing, shown=doing.shown and not quiet))

    def _job(self, orders: Orders, says: int, *, quiet: bool) -> Job:
        # Linux ends a child with the thread that has started it
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else None
        return Job(
            self._target.kind, self._target.path_or_name, self._target.arguments, orders, says, parent,
            source=self._source.decode("latin-1") if self._target.kind == "script" else None,
            fallback=None if self._folder is None else str(self._folder / FALLBACK),
            listens=self._listens and not quiet,
        )  # fmt: skip

    def _left_behind(self) -> Outcome | None:
        """The outcome of a program that has closed its connection to us."""
        if self._folder is None:
            return None
        file = self._folder / FALLBACK
        with contextlib.suppress(OSError, ValueError):
            outcome = from_json(json.loads(file.read_text(encoding="utf-8")), Outcome)
            file.unlink()
            return outcome
        return None


class ChiefRunner(Runner):
    """Runs the target here, and at the same time at all the other workers of its cluster."""

    def __init__(
        self,
        target: Target,
        task: cluster.Task,
        heeded: Heeded,
        *,
        stall: float | None = None,
        show: Silent | None = None,
    ) -> None:
        super().__init__(
            target, RunLog(None, {}), heeded, stall=stall, show=show
        )  # the others would wait for what is not run again
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
        if own.ended == "refused":
            return own
        outcome = cluster.merged([own, *self._chief.gather(own)], self._names)
        if not self.alone:
            return outcome
        who = ", ".join(self._chief.absent)
        note = f"{who} cannot be reached: without all workers under autostable nothing can be run again."
        return dataclasses.replace(outcome, notes=(*outcome.notes, note))


def homes() -> list[str]:
    """Where this very autostable and its remedies lie; the child looks there last of all."""
    root = Path(__file__).resolve().parents[2]
    return [str(path) for path in (root, root / "strategies") if path.is_dir()]


def _died(ending: Ending, stall: float | None) -> Outcome:
    """How a child ended that did not say so."""
    if ending.why == "timed-out":
        return Outcome("timed-out", 124)
    if ending.why == "stalled":
        note = f"No training step was done for {stall:g} seconds (--stall-timeout): the script hung, and was ended."
        return Outcome("stalled", 124, notes=(note,))
    if ending.why == "interrupted" or ending.status == -signal.SIGINT:
        return Outcome("interrupted", 130)
    status = ending.status
    if status < 0:
        name = signal.Signals(-status).name
        outside = -status in OUTSIDE
        memory = " The system may have run out of memory." if -status == signal.SIGKILL else ""
        return Outcome(
            "killed" if outside else "died", 128 - status, notes=(f"The script's process was ended by {name}.{memory}",)
        )
    what = f"The script's process left at once with status {status}: what came after its last training is not known."
    return Outcome("died" if status else "finished", status, notes=(what,))
