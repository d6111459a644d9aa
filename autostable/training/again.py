"""What trains by calls of one function, called again where its training cannot be rewound.

That is so for loops of one's own and one-shot generators. The function may be the user's, or a trial of a tuner.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from autostable.doing import Doing
from autostable.evidence import Finding
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Verdict
from autostable.repair import fresh
from autostable.repair.bench import GoesOn
from autostable.report.live import Silent
from autostable.story import Story
from autostable.training import hooks, seams
from autostable.training.rewind import RandomState
from autostable.training.session import ProbeDone, Session, Unstable

R = TypeVar("R")


def conducted(session: Session, call: Callable[[], R], lost: Callable[[Story], Exception]) -> R:
    """Run a trial; where it went bad and cannot be rewound, run it again until a plan holds.

    Args:
        session: The session that is armed.
        call: Runs the whole trial; may be called several times.
        lost: Makes the exception that ends a trial which no plan cures.

    Returns:
        What the last, good call returned.
    """
    trial = _Trial(session, call)
    hooks.begin_loop(session)  # this trial's loops are no part of those before it
    try:
        value = call()
        session.loop.finish()
        suspect = fresh.waiting(session.stories[trial.first :])
        if suspect is None or trial.repaired(suspect).verdict is not Verdict.REPAIRED or trial.value is None:
            return value
        return trial.value[0]
    except Unstable as ended:
        if not ended.story.asks_fresh or not session.orders.repair:
            raise lost(ended.story) from None
        story = trial.repaired(ended.story)
    finally:
        hooks.begin_loop(session)
    if story.verdict is not Verdict.REPAIRED or trial.value is None:
        raise lost(story)
    return trial.value[0]


class Program(Generic[R]):
    """A function that trains, called under watch as often as needed.

    Random states are always those of the first call, and so are the names that Keras gives: plans name layers.

    Attributes:
        value: What the last call that came to its end returned, in a tuple of one.
        failure: Where the last attempt has failed.
    """

    def __init__(self, call: Callable[[], R], show: Silent | None = None) -> None:
        """Keep the state that each call is to begin with.

        Args:
            call: The function.
            show: Shows what is going on.
        """
        self._call, self._show = call, show
        self._random, self._names = RandomState(), seams.name_counts()
        self.value: tuple[R] | None = None
        self.failure = fresh.LastFailure()

    def once(self, orders: Orders, *, quiet: bool) -> tuple[str, list[Story]]:
        """Call it with a session of its own; how that ended ("finished", "unstable", "probed"), and the stories."""
        self._random.restore()
        seams.set_name_counts(self._names)
        session = Session(orders)
        if self._show is not None:
            _shown(session, self._show, quiet=quiet)
        hooks.arm(session)
        try:
            with contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext():
                self.value = (self._called(session),)
                session.loop.finish()
            return "finished", session.stories
        except Unstable:
            return "unstable", session.stories
        except ProbeDone:
            return "probed", session.stories
        except Exception as error:
            if error is not session.unmended:
                raise
            return "unstable", session.stories
        finally:
            hooks.disarm()

    def _called(self, session: Session) -> R:
        """Call it; what it raises may be what its loops are told of as unstable for."""
        try:
            return self._call()
        except Exception as error:
            session.loop.finish(error)
            raise

    def attempt(self, number: int, orders: Orders, plan: Plan, kind: str) -> Attempt:
        """Call it with the plan that the orders hold for one of its trainings (see `repair.bench.Bench`)."""
        began = time.monotonic()
        try:
            _, stories = self.once(orders, quiet=kind == "probe")
        except Exception as error:
            return Attempt(plan, kind, "crashed", 0, time.monotonic() - began, why=f"{type(error).__name__}: {error}")
        mine = next((story for story in stories if story.number == number and story.attempts), None)
        self.failure.note(plan, mine)
        if mine is None:
            return Attempt(plan, kind, "crashed", 0, time.monotonic() - began, why="no training was seen")
        return dataclasses.replace(mine.attempts[-1], plan=plan, kind=kind)


def _shown(session: Session, show: Silent, *, quiet: bool) -> None:
    """Have what a session does be shown; of a call that is quiet nothing else is to be seen."""

    def doing(now: Doing) -> None:
        show.doing(dataclasses.replace(now, shown=now.shown and not quiet))

    session.on_doing.append(doing)
    session.on_step.append(lambda: doing(session.describe()))
    if not quiet:
        session.on_tried.append(lambda training, place, tried: show.tried(tried.attempt, (training, place)))


class _Trial(Generic[R]):
    """One trial, run as often as needed. A bench (`search.Bench`).

    Attributes:
        first: Place of its first story among the session's.
    """

    def __init__(self, session: Session, call: Callable[[], R]) -> None:
        self._session, self._program = session, Program(call)
        self.first, self._offset = len(session.stories), session.count
        self._number = 0

    @property
    def value(self) -> tuple[R] | None:
        """What the last good run returned."""
        return self._program.value

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._program.failure.located(plan)

    def repaired(self, story: Story) -> Story:
        """The story with its new verdict; it takes the place of the old one among the session's."""
        mine = dataclasses.replace(story, number=story.number - self._offset)
        self._number = mine.number
        orders = dataclasses.replace(self._session.orders, stop_unhealthy=False)
        hooks.disarm()
        try:
            healed = fresh.repaired(
                self, mine, orders, rerun=lambda asked: self._program.once(asked, quiet=True)[1], kin=self._session.kin
            )
        finally:
            hooks.arm(self._session)
        healed = dataclasses.replace(healed, number=story.number)
        stories = self._session.stories
        stories[self.first :] = [healed if each.number == story.number else each for each in stories[self.first :]]
        return healed

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        known = {str(each.number - self._offset): each.plan for each in self._session.stories[self.first :]}
        plans = {**{number: held for number, held in known.items() if held}, str(self._number): plan}
        orders = dataclasses.replace(
            self._session.orders, repair=False, stop_unhealthy=False, plans=plans, probe=steps, capsule=None
        )
        return self._program.attempt(self._number, orders, plan, kind)
