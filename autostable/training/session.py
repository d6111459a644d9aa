"""One program under watch: its trainings, what happened to each, and what was done about it."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from autostable.doing import Doing
from autostable.judgement.peers import Peers
from autostable.orders import Orders, Tried
from autostable.records import Intervention, Plan, Verdict
from autostable.repair.memory import Memory
from autostable.repair.warm_start import Kin
from autostable.story import Story
from autostable.training.examine.closing import Allowance
from autostable.training.guard import Guard


class Unstable(BaseException):
    """Ends a program whose training failed and could not be repaired here. Not an Exception on purpose."""

    def __init__(self, story: Story) -> None:
        super().__init__(f"training {story.number} is unstable")
        self.story = story


class Refused(BaseException):
    """Ends a program that a plan from elsewhere is not for; its text says why."""


class ProbeDone(BaseException):
    """Ends a program that is a probe, once it has run long enough."""


class Session:
    """The state of watching one program. At most one is active in a process (`hooks.arm`).

    Attributes:
        stories: What became of the trainings so far.
        active: The fit that is under way; None outside of `fit`.
        aside: Another fit ran in another thread meanwhile, which was left alone.
        interrupted: Ctrl-C was pressed and has not come through yet.
        peers: What sound trainings of the same sweep have reached; None outside of sweeps.
        kin: What cured other trainings of the same sweep; None outside of sweeps.
        known_trials: Folders of trials that `kin` has learnt from.
        lost: Within a trial of a sweep: the exception that ends it when its training was not repaired.
        verdict: The last exception that `lost` made; no fault of autostable's own.
        unmended: What a fit has raised that nothing cures and that was run as without us: the story tells of it.
        audits: The time that audits may take.
        remarks: What is to be told of the program beside its trainings.
        describe: Says what is being done; asked now and then while it lasts.
    """

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.stories: list[Story] = []
        self.active: Any = None
        self.aside = False
        self._turn = threading.Lock()
        self._thread: int | None = None  # of the fit that is under way
        self.interrupted = False
        self.loop: Any = None
        self.models: weakref.WeakSet[Any] = weakref.WeakSet()
        self.guards: weakref.WeakKeyDictionary[Any, Guard] = weakref.WeakKeyDictionary()
        self.on_repaired: list[Callable[[Any, Plan], None]] = []
        self.on_story: list[Callable[[Story], None]] = []
        self.on_tried: list[Callable[[int, int, Tried], None]] = []
        self.on_healed: list[Callable[[int, int, Intervention], None]] = []
        self.on_step: list[Callable[[], None]] = []
        self.on_doing: list[Callable[[Doing], None]] = []
        self.describe: Callable[[], Doing] = lambda: Doing("baseline")
        self.kin: Kin | None = None
        self.peers: Peers | None = None
        self.known_trials: set[str] = set()
        self.lost: Callable[[Story], BaseException | None] | None = None
        self.verdict: BaseException | None = None
        self.unmended: Exception | None = None
        self.audits = Allowance()
        self.remarks: list[str] = []
        self._count = 0

    @property
    def count(self) -> int:
        """How many trainings have begun."""
        return self._count

    @contextlib.contextmanager
    def conducting(self) -> Iterator[bool]:
        """A fit begins; gives whether it is to be watched: not where one of another thread is under way."""
        own: int | None = threading.get_ident()
        with self._turn:
            outer = self._thread
            if outer not in (None, own):
                self.aside = True
                own = None
            else:
                self._thread = own
        try:
            yield own is not None
        finally:
            if own is not None:
                self._thread = outer

    @contextlib.contextmanager
    def watching(self, training: Any) -> Iterator[None]:
        """What happens within belongs to this fit."""
        outer, self.active = self.active, training
        try:
            yield
        finally:
            self.active = outer

    def next_number(self) -> int:
        """Number of the next training."""
        number = self._count
        self._count += 1
        return number

    def guard_of(self, model: Any) -> Guard:
        """The guard of a model, kept between its fits so that its traced functions stay valid."""
        guard = self.guards.get(model)
        if guard is None:
            guard = self.guards[model] = Guard(self.stepped)
        return guard

    def remark(self, *remarks: str) -> None:
        """Tell something of the program that is no matter of one training's."""
        self.remarks += [each for each in remarks if each not in self.remarks]

    def memory_of(self, number: int) -> Memory:
        """What an earlier run has tried of a training, and who is told of what this one tries."""

        def tell(place: int, tried: Tried) -> None:
            for listener in self.on_tried:
                listener(number, place, tried)

        return Memory(self.orders.known.get(str(number), ()), tell)

    def healed(self, number: int, place: int, intervention: Intervention) -> None:
        """Something was done about a training while it goes on; told again at the same place when its cost is known."""
        for listener in self.on_healed:
            listener(number, place, intervention)

    def stepped(self) -> None:
        """Steps were done since the last call."""
        for listener in self.on_step:
            listener()

    def does(self, describe: Callable[[], Doing]) -> None:
        """Something else is done from now on."""
        if not self.on_doing:
            return
        self.describe = describe
        doing = describe()
        for listener in self.on_doing:
            listener(doing)

    @property
    def goes_on(self) -> bool:
        """Whether the program goes on after a fit that could not be repaired: a trial of a sweep ends, a Guard only looks."""
        orders = self.orders
        return self.lost is None and orders.repair and not orders.stop_unhealthy and not orders.sweep

    def keep(self, story: Story) -> None:
        """Keep the story of a training that has come to its end."""
        self.stories.append(story)
        for listener in self.on_story:
            listener(story)

    def tell(self, story: Story) -> None:
        """Keep a story; end the program if it must not go on."""
        self.keep(story)
        if story.verdict is not Verdict.UNREPAIRED:
            return
        if self.lost is None:
            if self.orders.stop_unhealthy or story.asks_fresh:
                raise Unstable(story)
            return
        error = self.lost(story)
        if error is not None:
            self.verdict = error
            raise error
