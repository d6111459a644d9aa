"""What was tried of one training before a kill, and is not tried again after it. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from autostable.evidence import Finding
from autostable.orders import Tried
from autostable.records import Attempt, Plan


class Memory:
    """The attempts of one training: those of an earlier run are recalled, each once; new ones are told as they come.

    A whole run that was good enough is not recalled: what it has trained is gone with the process, and is wanted.
    """

    def __init__(self, known: Sequence[Tried], tell: Callable[[int, Tried], None]) -> None:
        """Begin.

        Args:
            known: What an earlier run had tried.
            tell: Is told of each attempt that is new, and again when more is found out by it; the number is its place.
        """
        self._known, self._tell = list(known), tell
        self._latest: Tried | None = None
        self._count, self._told, self.recalled = 0, False, False

    def recall(self, plan: Plan, kind: str, limit: int | None, *, leads: bool = False) -> Attempt | None:
        """The attempt of this plan, where there was one.

        Args:
            plan: The plan.
            kind: "probe" or "full".
            limit: The steps that it is given.
            leads: Whether it is asked, too, if the plan leads.
        """
        for tried in self._known:
            attempt = tried.attempt
            same = (attempt.plan, attempt.kind, tried.limit) == (plan, kind, limit)
            wanted = kind == "full" and attempt.stable and (attempt.learnt or attempt.passes)
            if same and not wanted and not (leads and attempt.stable and tried.leads is None):
                self._known.remove(tried)
                self._latest, self._told, self.recalled = tried, True, True
                return attempt
        return None

    def under_way(self, attempt: Attempt, limit: int) -> None:
        """A probe is at its limit and may be gone on with; it is told of when it has ended."""
        self._latest, self._told, self.recalled = Tried(attempt, limit), False, False

    def made(self, attempt: Attempt, limit: int | None) -> None:
        """An attempt was made."""
        latest, ended = self._latest, Tried(attempt, limit)
        if latest is not None and not self._told and limit is not None:  # where it stood is where it was left
            ended = dataclasses.replace(latest, attempt=attempt)
        self._latest, self._told, self.recalled = ended, True, False
        self._count += 1
        self._tell(self._count, ended)

    def locate(self, plan: Plan, find: Callable[[], Finding | None]) -> Finding | None:
        """Where the latest attempt has failed: known, or found now; None where it was of another plan."""
        latest = self._latest
        if latest is None or latest.attempt.plan != plan:
            return None
        if not latest.located and not self.recalled:
            latest = dataclasses.replace(latest, located=True, finding=find())
            self._more(latest)
        return latest.finding

    def lead(self, ask: Callable[[], bool]) -> bool:
        """Whether the plan of the latest attempt leads: known, or asked now."""
        latest = self._latest
        assert latest is not None
        if latest.leads is None and not self.recalled:
            latest = dataclasses.replace(latest, leads=ask())
            self._more(latest)
        return bool(latest.leads)

    def _more(self, latest: Tried) -> None:
        self._latest = latest
        if self._told:
            self._tell(self._count, latest)
