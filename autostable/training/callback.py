"""`autostable.Guard()`: a callback that watches one `fit`, names cause and line, and stops it."""

from __future__ import annotations

import logging
from typing import Any

import keras

from autostable.config import checked
from autostable.orders import Orders
from autostable.records import Report, SymptomKind, Verdict
from autostable.report import words
from autostable.report.shown import Shown, shown
from autostable.story import UnstableError, report
from autostable.training import hooks
from autostable.training.session import Session

_log = logging.getLogger("autostable")


class Guard(keras.callbacks.Callback):
    """Watches the `fit` that it is given to; changes nothing while it is healthy.

    On a non-finite loss, gradient, weight or state the training ends at once with the weights of the
    last good step. A training that has diverged, or learnt nothing though there was something to learn,
    goes on to its end, where that is seen. Cause and line are logged, under the name "autostable".
    With `on_failure="heal"` a training that fails goes back to its last healthy state instead, and on from there;
    what was done stands in the report's `interventions`.

    Args:
        raises: Raise `autostable.UnstableError`, too.
        on_failure: "stop" ends a training that fails, "heal" goes on with it.
        on_spike: With "heal": a loss that leaves its course and stays finite is told ("log") or gone back from ("heal").

    Raises:
        SettingsError: If one of the two is something else.

    Attributes:
        report: What was seen, once the `fit` has ended.
    """

    def __init__(self, *, raises: bool = False, on_failure: str = "stop", on_spike: str = "log") -> None:
        super().__init__()
        self._on_failure = on_failure if on_failure == "stop" else checked("on_failure", on_failure, f"{on_failure=}")
        self._on_spike: str = checked("on_spike", on_spike, f"{on_spike=}")
        self.report: Shown | None = None
        self.raises = raises
        hooks.arm_callbacks()

    def watch(self, conduct: Any) -> Any:
        """Called by the wrapped `fit` that has this callback among its own.

        Args:
            conduct: Function of a session that runs the fit and returns its History.
        """
        from autostable.training import watching

        orders = Orders(
            repair=False, loops=False, stop_unhealthy=False, on_failure=self._on_failure, on_spike=self._on_spike
        )
        session = Session(orders)
        history = conduct(session)
        self.report = shown(report(session.stories, target={"kind": "fit"}, environment=watching.environment()))
        if self.report.verdict is Verdict.UNREPAIRED:
            if self.raises:
                raise UnstableError(self.report)
            _log.warning("%s", _sentence(self.report))
        return history


def _sentence(told: Report) -> str:
    symptom, site = told.symptom, told.site
    seen = "" if symptom is None else words.symptom_words(symptom)
    where = "" if site is None else f", at {site.file}:{site.line}: {site.source}"
    cause = f"; {told.causes[0].code}: {told.causes[0].evidence}" if told.causes else ""
    return f"{_ENDED.get(symptom.kind, 'unstable') if symptom else 'unstable'}: {seen}{where}{cause}"


_ENDED = {
    SymptomKind.NONFINITE: "training stopped",
    SymptomKind.STALLED: "training stopped",
    SymptomKind.DIVERGED: "diverged",
    SymptomKind.USELESS: "nothing learnt",
}
