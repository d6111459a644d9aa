"""Which optimizers of a program belong together: those that lower one loss, those that oppose, those that follow."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Iterable
from typing import Any

from autostable.training import seams

LATEST = 16  # gradients that are remembered with the loss they are of: a step asks for few before it uses them


class Parties:
    """The optimizers that were met, by the losses whose gradients they were given.

    Those that are given gradients of one loss (a rate for the body, another for the head) are one party. Parties whose
    steps take turns may work against each other, as a GAN's do. One that begins when all before it have ended is another
    training of the same program.

    Attributes:
        phases: Trainings that followed one another.
    """

    def __init__(self) -> None:
        self.phases = 0
        self._phase_of: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()  # of optimizers and of steps
        self._parties: list[list[Any]] = []
        self._takes_turns = False
        self._local = threading.local()

    def differentiated(self, loss: Any, sources: Iterable[Any]) -> None:
        """A step asks for the gradients of this loss with respect to these variables."""
        self._latest().append((loss, {id(seams.native(each)) for each in sources}))

    def applied(self, optimizer: Any, variables: Iterable[Any], step: Any | None) -> bool:
        """An optimizer updates these variables.

        Args:
            optimizer: The optimizer.
            variables: What it updates.
            step: The traced function, or whatever else stands for the step of which the update is a part; None where it
                is part of nothing.

        Returns:
            Whether another training begins with it.
        """
        partner = self._partner(optimizer, variables)
        known = optimizer in self._phase_of
        self._join([optimizer] if partner is None else [optimizer, partner])
        if partner is not None and not known:
            self._phase_of[optimizer] = self._phase_of[partner]
        begins = optimizer not in self._phase_of
        if begins:
            self.phases += 1
            self._phase_of[optimizer] = self.phases
        self._comes(optimizer)
        if step is not None:
            self._takes_turns |= self._phase_of.setdefault(step, self._phase_of[optimizer]) != self._phase_of[optimizer]
        return begins and self.phases > 1

    def called(self, step: Any) -> None:
        """A step that may have been met is called once more."""
        if step in self._phase_of:
            self._comes(step)

    @property
    def oppose(self) -> bool:
        """Whether several parties are at work."""
        latest = {id(one) for one in self.latest()}
        return sum(any(id(one) in latest for one in party) for party in self._parties) > 1

    @property
    def follow(self) -> bool:
        """Whether several trainings followed one another."""
        return self.phases > 1 and not self._takes_turns

    def latest(self) -> list[Any]:
        """The optimizers of the training that goes on; all of them where parties take turns."""
        met = [one for party in self._parties for one in party]
        return met if self._takes_turns else [one for one in met if self._phase_of[one] == self.phases]

    def _comes(self, met: Any) -> None:
        self._takes_turns |= self._phase_of[met] < self.phases

    def _partner(self, optimizer: Any, variables: Iterable[Any]) -> Any | None:
        """Another optimizer that was given gradients of the same loss; None where there is none."""
        updated = {id(seams.native(each)) for each in variables}
        loss = next((loss for loss, sources in reversed(self._latest()) if sources & updated), None)
        lowers: dict[int, tuple[Any, Any]] = self._local.__dict__.setdefault("lowers", {})
        lowers[id(optimizer)] = (optimizer, loss)
        others = [one for one, its in lowers.values() if its is loss is not None and one is not optimizer]
        return others[0] if others else None

    def _join(self, together: list[Any]) -> None:
        touched = [party for party in self._parties if any(one is each for one in party for each in together)]
        kept = [party for party in self._parties if not any(party is each for each in touched)]
        merged = [one for party in touched for one in party]
        merged += [each for each in together if not any(each is one for one in merged)]
        self._parties = [*kept, merged]

    def _latest(self) -> deque[tuple[Any, set[int]]]:
        found: deque[tuple[Any, set[int]]] = self._local.__dict__.setdefault("latest", deque(maxlen=LATEST))
        return found
