"""autostable in a program of one's own: `run(function, ...)` and the decorator `stabilize`.

The function is called in this process. A `fit` in it is repaired in place; where that is not
possible (loops of one's own, one-shot generators) the function is called again, with its random
states as they were, until a plan holds.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from autostable.config import Settings, checked, load_settings
from autostable.doing import Doing, named, seen_words
from autostable.errors import AutostableError, UsageError
from autostable.evidence import Finding
from autostable.execution.edits import with_edits
from autostable.execution.fresh_runs import FRESH
from autostable.execution.job import Outcome
from autostable.execution.keep import keep
from autostable.execution.tuning import tuned
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Report, Verdict
from autostable.repair import fresh
from autostable.repair.bench import GoesOn
from autostable.report.live import Line, Silent, show_on
from autostable.report.shown import Shown, shown
from autostable.store import RunStore
from autostable.story import Story, UnstableError, report

P = ParamSpec("P")
R = TypeVar("R")
OPTIONS = (
    "goal", "on_failure", "on_spike", "max_attempts", "budget", "time_limit", "select", "ignore", "seed", "tune",
)  # fmt: skip


class _Call(Generic[R]):
    """One function with its arguments, called under watch as often as needed. A bench (`search.Bench`)."""

    def __init__(self, call: Callable[[], R], orders: Orders, show: Silent) -> None:
        from autostable.training.again import Program

        self._program, self._orders, self._show = Program(call, show), orders, show
        self._attempts = 0
        self._story: Story | None = None
        self.stories: list[Story] = []

    @property
    def value(self) -> R | None:
        """What the last call that came to its end returned."""
        return None if self._program.value is None else self._program.value[0]

    def first(self) -> None:
        """The baseline; repaired in place where possible, else by calling again."""
        ended, self.stories = self._program.once(self._orders, quiet=False)
        waiting = fresh.waiting(self.stories)
        if waiting is not None and self._orders.repair and (ended == "unstable" or waiting.verdict is Verdict.HEALTHY):
            self._again(waiting)
        self.stories = fresh.settled(self.stories)

    def _again(self, story: Story) -> None:
        self._story = story
        value = self._program.value
        healed = fresh.repaired(
            self, story, self._orders, rerun=lambda orders: self._program.once(orders, quiet=True)[1]
        )
        self.stories = [*(other for other in self.stories if other.number != story.number), healed]
        if healed.verdict is Verdict.HEALTHY:
            self._program.value = value

    def tune(self, runs: int, seconds: float | None) -> str:
        """Search the strengths of the plans that were found; gives a note.

        What arguments a function was called with cannot be told from another call's, so this search is not resumed.
        """
        value = self._program.value
        with tempfile.TemporaryDirectory(prefix="autostable-") as scratch:
            found = tuned(
                self.stories, self._rerun, self._orders, runs=runs, folder=Path(scratch), identity=None, seconds=seconds
            )
        self.stories = found.stories
        if found.interrupted:
            self._program.value = value
        return found.note

    def _rerun(self, orders: Orders, quiet: bool) -> Outcome:
        try:
            ended, stories = self._program.once(orders, quiet=quiet)
        except Exception as error:
            return Outcome("raised", 1, notes=(f"{type(error).__name__}: {error}",))
        return Outcome(ended, 0, tuple(stories))

    def located(self, plan: Plan) -> Finding | None:
        """Where the attempt that was run last has failed (see `repair.bench.Bench`)."""
        return self._program.failure.located(plan)

    def attempt(self, plan: Plan, *, kind: str, steps: int | None, goes_on: GoesOn | None = None) -> Attempt:
        """Attempt a plan (see `repair.bench.Bench`)."""
        assert self._story is not None
        number = self._story.number
        plans = {**self._orders.plans, str(number): plan}
        seen = seen_words(self._story.symptom)
        self._show.begin(Doing(kind, named(plan), steps=steps, seen=seen, shown=kind != "probe"))
        try:
            attempt = self._program.attempt(
                number, dataclasses.replace(self._orders, repair=False, plans=plans, probe=steps), plan, kind
            )
        finally:
            self._show.end()
        self._attempts += 1
        self._show.tried(attempt, (number, FRESH + self._attempts))
        return attempt


def _orders(options: dict[str, Any]) -> tuple[Orders, int]:
    """What a session is asked to do, and in how many runs the plan is to be tuned."""
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise UsageError(f"stabilize has no option {unknown[0]!r}; it has {', '.join(OPTIONS)}")
    names = {"max_attempts": "attempts", "time_limit": "seconds"}
    given = {name: value for name, value in options.items() if value is not None}
    read = {names.get(name, name): checked(name, value, f"{name}={value!r}") for name, value in given.items()}
    tune: int = read.pop("tune", 0)
    return Orders(**read), tune


def _conduct(
    function: Callable[..., R], args: Any, kwargs: Any, orders: Orders, tune: int = 0, *,
    name: str | None = None, kind: str = "function",
) -> tuple[R | None, Shown]:  # fmt: skip
    from autostable.training import watching

    described = {"kind": kind, "name": name or _name_of(function)}
    if watching.is_watching():  # an outer session (`autostable run`, an outer decorated function) has the say
        value = function(*args, **kwargs)
        return value, shown(Report(Verdict.HEALTHY, described, notes=("Watched by the session around it.",)))
    settings = _settings()
    began = time.monotonic()
    function = _looked_up_late(function)
    show = _line(settings, orders)
    call = _Call(lambda: function(*args, **kwargs), orders, show)
    notes: tuple[str, ...] = ()
    try:
        call.first()
        if tune and any(story.plan for story in call.stories) and not _unrepaired(call.stories):
            left = None if orders.seconds is None else orders.seconds - (time.monotonic() - began)
            notes = (call.tune(tune, left),)
    finally:
        show.close()
    told = report(
        call.stories, target=described, environment=watching.environment(), seconds=time.monotonic() - began, notes=notes,
    )  # fmt: skip
    told = _kept(with_edits(told, call.stories, Path.cwd()), str(described["name"]), settings)
    return call.value, _printed(shown(told), settings)


def _name_of(function: Callable[..., Any]) -> str:
    """A function by its module and name; a method by its object's type; of what has no name, its type's."""
    owner = getattr(function, "__self__", None)
    if owner is not None and hasattr(function, "__name__"):
        return f"{type(owner).__name__}.{function.__name__}"
    name = getattr(function, "__qualname__", type(function).__qualname__)
    module = getattr(function, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def _looked_up_late(function: Callable[..., R]) -> Callable[..., R]:
    """The same, but a bound method (`model.fit`) is taken from its object when it is called: by then it is watched."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if owner is None or getattr(owner, name, None) != function:
        return function
    return lambda *args, **kwargs: getattr(owner, name)(*args, **kwargs)


def _line(settings: Settings, orders: Orders) -> Silent:
    """A live line on a terminal; elsewhere a program's own log is left alone."""
    found = Silent() if settings.quiet or not orders.repair else show_on(sys.stderr, orders.attempts)
    return found if isinstance(found, Line) else Silent()


def _settings() -> Settings:
    """Where runs are kept and what is said; a program is not to fail for settings that it does not use."""
    try:
        return load_settings({}, Path.cwd(), os.environ)[0]
    except (AutostableError, OSError):
        return Settings()


def _kept(told: Report, name: str, settings: Settings) -> Report:
    """The report with its run folder and page; where that cannot be written, with a note."""
    try:
        return keep(told, RunStore(settings.run_dir).create(name.rpartition(".")[2]))
    except (AutostableError, OSError) as error:
        return dataclasses.replace(told, notes=(*told.notes, f"The report was not kept: {error}."))


def _printed(told: Shown, settings: Settings) -> Shown:
    """Print the ending on the standard error; a notebook shows the report itself, where it is a cell's value."""
    if not settings.quiet and sys.stderr is not None and told.target.get("kind") != "notebook":
        with contextlib.suppress(OSError, ValueError):
            print(told, file=sys.stderr, flush=True)
    return told


def conducted(function: Callable[[], Any], options: dict[str, Any], *, name: str, kind: str) -> Shown:
    """Call a function under watch, with options as `stabilize` takes them; its value is lost.

    Args:
        function: Trains.
        options: As texts or values.
        name: What the report calls it.
        kind: Likewise.

    Raises:
        UsageError: If an option is unknown.
        SettingsError: If the value of an option is not allowed.
    """
    orders, tune = _orders(options)
    return _conduct(function, (), {}, dataclasses.replace(orders, stop_unhealthy=False), tune, name=name, kind=kind)[1]


def _unrepaired(stories: Sequence[Story]) -> bool:
    return any(story.verdict is Verdict.UNREPAIRED for story in stories)


def run(
    function: Callable[..., Any], *args: Any, on_failure: str = "restart", on_spike: str = "log", **kwargs: Any
) -> Shown:
    """Call a function that trains; if its training fails, find a plan and finish it with that.

    Args:
        function: Any function that trains Keras models.
        *args: Its arguments.
        on_failure: "restart" repairs a training that fails from its start; "heal" goes back to its last healthy state.
        on_spike: With "heal": a loss that leaves its course and stays finite is told ("log") or gone back from ("heal").
        **kwargs: Its keyword arguments.

    Returns:
        The report, which shows itself in a notebook; its run folder has the page. The function's own value is lost; use
        `stabilize` to keep it.
    """
    orders = dataclasses.replace(_orders({"on_failure": on_failure, "on_spike": on_spike})[0], stop_unhealthy=False)
    return _conduct(function, args, kwargs, orders)[1]


class Stabilized(Generic[P, R]):
    """A decorated train function.

    Attributes:
        report: Of the last call; None before the first.
    """

    def __init__(self, function: Callable[P, R], orders: Orders, tune: int = 0) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._tune = tune
        self._orders = orders
        self.report: Shown | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function under watch.

        Raises:
            UnstableError: If its training is unstable and no plan holds.
        """
        value, self.report = _conduct(self._function, args, kwargs, self._orders, self._tune)
        if self.report.verdict is Verdict.UNREPAIRED:
            raise UnstableError(self.report)
        return value  # type: ignore[return-value]


def stabilize(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Decorate a train function so that it is watched, and repaired where it fails.

    Args:
        function: The function, where the decorator is used without options.
        **options: `goal`, `on_failure`, `on_spike`, `max_attempts`, `budget`, `time_limit`, `select`, `ignore`, `seed`,
            `tune`, as on the command line; a search by `tune` calls the function again and is not resumed by a later call.

    Returns:
        The decorated function; its attribute `report` tells about the last call.

    Raises:
        UsageError: If an option is unknown.
        SettingsError: If the value of an option is not allowed.
    """
    orders, tune = _orders(options)
    if function is not None:
        return Stabilized(function, orders, tune)
    return lambda decorated: Stabilized(decorated, orders, tune)
