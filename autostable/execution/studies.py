"""Optuna studies that run under watch: a trial that was repaired says so itself, and `best_params` does.

The parameters of such a trial are those that were sampled; by themselves they fail as they would have without us. So the
trial's user attributes hold its plan and the parameters that were in force.
"""

from __future__ import annotations

import functools
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autostable.records import to_json
from autostable.repair.effective import effective
from autostable.story import Story

PLAN, EFFECTIVE = "autostable_plan", "autostable_effective_parameters"

_begun: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def watch(optuna: Any, stories: Callable[[], Sequence[Story]], again: Callable[[], bool]) -> None:
    """Have the trials of studies keep what was done to their trainings.

    Args:
        optuna: The module.
        stories: Gives those of all trainings so far.
        again: Whether a fit is under way that has been run before, and failed.
    """
    optuna.trial.Trial.report = _report(optuna.trial.Trial.report, again)
    kind = optuna.study.Study
    kind.optimize = _optimize(kind.optimize, stories)
    kind.ask = _ask(kind.ask, stories)
    kind.tell = _tell(kind.tell, stories)
    kind.best_params = property(_best_params(kind.best_params.fget))


def attributes(params: dict[str, Any], stories: Sequence[Story]) -> dict[str, Any]:
    """The user attributes of a trial with these trainings; empty where none needed a plan."""
    plans = [story.plan for story in stories if story.plan]
    if not plans:
        return {}
    plan = [step for each in plans for step in each]
    return {PLAN: to_json(plan), EFFECTIVE: effective(params, stories)}


def needs_plan(trial: Any) -> str | None:
    """One loud sentence where a trial's parameters alone are not what trained it; None where they are."""
    plan = trial.user_attrs.get(PLAN)
    if not plan:
        return None
    names = " + ".join(step["name"] for step in plan)
    what = plan_words(names, trial.params, trial.user_attrs.get(EFFECTIVE, {}))
    return f"the best parameters (trial {trial.number}) {what}; see its user attributes {PLAN} and {EFFECTIVE}"


def plan_words(names: str, params: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """That parameters need a plan.

    Args:
        names: Of its remedies.
        params: What was asked for.
        made: What was in force.
    """
    changed = {name: value for name, value in made.items() if params.get(name) != value}
    shown = ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in changed.items()
    )
    force = f", in force were {shown}" if shown else ""
    return f"need a plan: trained by themselves they fail. It is {names}{force}"


def _report(original: Callable[..., Any], again: Callable[[], bool]) -> Callable[..., Any]:
    """Intermediate values of the run that counts take the place of those of a run that failed; Optuna would ignore them."""

    @functools.wraps(original)
    def report(trial: Any, value: Any, step: Any) -> Any:
        held = getattr(getattr(trial, "_cached_frozen_trial", None), "intermediate_values", None)
        if held is not None and again():
            held.pop(step, None)
        return original(trial, value, step)

    return report


def _keep(trial: Any, stories: Sequence[Story]) -> None:
    for name, value in attributes(dict(trial.params), stories).items():
        trial.set_user_attr(name, value)


def _optimize(original: Callable[..., Any], stories: Callable[[], Sequence[Story]]) -> Callable[..., Any]:
    @functools.wraps(original)
    def optimize(study: Any, func: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
        @functools.wraps(func)
        def watched(trial: Any) -> Any:
            first = len(stories())
            value = func(trial)
            if threading.current_thread() is threading.main_thread():
                _keep(trial, stories()[first:])  # with several at once nobody knows whose training is whose
            return value

        return original(study, watched, *args, **kwargs)

    return optimize


def _ask(original: Callable[..., Any], stories: Callable[[], Sequence[Story]]) -> Callable[..., Any]:
    @functools.wraps(original)
    def ask(study: Any, *args: Any, **kwargs: Any) -> Any:
        trial = original(study, *args, **kwargs)
        _begun[trial] = len(stories())
        return trial

    return ask


def _tell(original: Callable[..., Any], stories: Callable[[], Sequence[Story]]) -> Callable[..., Any]:
    @functools.wraps(original)
    def tell(study: Any, trial: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(trial, int) and trial in _begun:
            _keep(trial, stories()[_begun.pop(trial) :])
        return original(study, trial, *args, **kwargs)

    return tell


def _best_params(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def best_params(study: Any) -> Any:
        said = needs_plan(study.best_trial)
        if said is not None:
            warnings.warn(f"autostable: {said}", stacklevel=2)
        return original(study)

    return best_params
