"""keras-tuner under watch: its trials are repaired as they run, and its oracle is told the truth.

Nothing is imported that the program does not import itself: the wrapping happens at the moment when
it imports keras-tuner, and while no session is armed the wrapped methods do what they always did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import wrapt

from autostable.training import trials
from autostable.training.session import Session

_current: Callable[[], Session | None] = lambda: None  # noqa: E731
_BASE = "keras_tuner.src.engine.base_tuner"
_waiting = False
_guarded = False


def watch(current: Callable[[], Session | None]) -> None:
    """Have the trials of every tuner watched by the session that `current` gives, if it gives one."""
    global _current, _waiting
    _current = current
    if not _waiting:
        _waiting = True
        wrapt.register_post_import_hook(_wrap, "keras_tuner")


def _wrap(keras_tuner: Any) -> None:
    if hasattr(keras_tuner, "Tuner"):
        _wrap_trials(keras_tuner, keras_tuner.Tuner.__mro__[1])  # BaseTuner, which has no public name
        return
    # the program imported it before Keras: it is importing Keras at this moment, and its tuners only then
    wrapt.register_post_import_hook(lambda module: _wrap_trials(keras_tuner, module.BaseTuner), _BASE)


def _wrap_trials(keras_tuner: Any, base: Any) -> None:
    original = base._run_and_update_trial

    @functools.wraps(original)
    def run_and_update_trial(tuner: Any, trial: Any, *args: Any, **kwargs: Any) -> Any:
        session = _current()
        if session is None or session.active is not None or not session.orders.repair:
            return original(tuner, trial, *args, **kwargs)
        guard_oracle(keras_tuner)
        folder = Path(tuner.get_trial_dir(trial.trial_id))
        lost = keras_tuner.errors.FailedTrialError
        with trials.watched(session, folder, trial.trial_id, lost=lost) as seen:
            result = seen.run(lambda: original(tuner, _unscored(trial), *args, **kwargs))
        trial.message = seen.message or trial.message
        return result

    base._run_and_update_trial = run_and_update_trial


def _unscored(trial: Any) -> Any:
    """The trial as it was before it ran: it may be run again."""
    trial.metrics, trial.score = type(trial.metrics)(), None
    return trial


def guard_oracle(keras_tuner: Any) -> None:
    """Keep keras-tuner's oracle from drawing the wrong conclusions from trials that went bad.

    Trials that autostable judged hopeless do not count as failures in a row (three of them would end
    the search), and a list of the best trials is not filled up with failed ones.
    """
    global _guarded
    if _guarded:
        return
    _guarded = True
    oracle = keras_tuner.Oracle
    check, best = oracle._check_consecutive_failures, oracle.get_best_trials

    @functools.wraps(check)
    def check_consecutive_failures(self: Any) -> None:
        order = self.end_order
        self.end_order = [trial_id for trial_id in order if not _judged(self, trial_id)]
        try:
            check(self)
        finally:
            self.end_order = order

    @functools.wraps(best)
    def get_best_trials(self: Any, num_trials: int = 1) -> Any:
        found = best(self, num_trials)
        sound = [trial for trial in found if trial.status == "COMPLETED"]
        return sound or found

    oracle._check_consecutive_failures = check_consecutive_failures
    oracle.get_best_trials = get_best_trials


def _judged(oracle: Any, trial_id: str) -> bool:
    return (Path(oracle._get_trial_dir(trial_id)) / trials.RECORD).exists()
