"""Optuna studies: which trials went bad, and repaired ones added as new trials (extra `autostable[optuna]`)."""

from __future__ import annotations

import datetime
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autostable.errors import UsageError
from autostable.execution.studies import EFFECTIVE, PLAN, needs_plan
from autostable.records import to_json
from autostable.sweeps.items import Item, Outcome, Sweep
from autostable.sweeps.tables import objective

NOTE, OF = "autostable", "autostable_repairs_trial"
SQLITE = "sqlite:///"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise UsageError("Optuna is not installed: pip install 'autostable[optuna]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def open_study(storage: str, name: str | None) -> Any:
    """Open a study.

    Raises:
        UsageError: If there is no such study.
    """
    optuna = _optuna()
    if storage.startswith(SQLITE) and not Path(storage[len(SQLITE) :]).is_file():
        raise UsageError(f"there is no file {storage[len(SQLITE) :]}")
    try:
        names = optuna.study.get_all_study_names(storage)
    except Exception as error:  # whatever the database's driver raises
        raise UsageError(f"cannot open {storage}: {' '.join(str(error).split())[:200]}") from None
    if name is None and len(names) == 1:
        name = names[0]
    if name is None and names:
        raise UsageError(f"{storage} has several studies: give one of {', '.join(names)} with --study-name")
    if name not in names:
        raise UsageError(f"{storage} has no study {name!r}; it has {', '.join(names) or 'none'}")
    study = optuna.load_study(study_name=name, storage=storage)
    if len(study.directions) > 1:
        raise UsageError(f"study {name!r} has several objectives; only studies with one can be repaired")
    return study


def read(storage: str, name: str | None) -> Sweep:
    """Look through a study: failed trials, those left running, and those with a value that is not finite."""
    study = open_study(storage, name)
    trials = study.get_trials(deepcopy=False)
    mended = {trial.user_attrs[OF] for trial in trials if OF in trial.user_attrs}
    bad, sound = [], []
    for trial in trials:
        if trial.state.name in ("PRUNED", "WAITING") or trial.number in mended:
            continue
        if trial.state.name == "COMPLETE" and trial.value is not None and math.isfinite(trial.value):
            sound.append((dict(trial.params), float(trial.value)))
            continue
        known = {"FAIL": "failed", "RUNNING": "left behind while it ran"}
        bad.append(Item(str(trial.number), dict(trial.params), known.get(trial.state.name, f"value {trial.values}")))
    return Sweep(f"Optuna study {study.study_name}", tuple(bad), tuple(sound), len(mended))


def write_back(storage: str, name: str | None, outcomes: Mapping[str, Outcome]) -> Path | None:
    """Add a completed trial for each repaired one; of a SQLite file a backup is kept.

    A trial that was added by a repair that was then killed is not added again.
    """
    optuna = _optuna()
    study = open_study(storage, name)
    backup = None
    if storage.startswith(SQLITE):
        file = Path(storage[len(SQLITE) :])
        backup = file.with_name(f"{file.name}.backup-{datetime.datetime.now():%Y%m%dT%H%M%S}")
        shutil.copy2(file, backup)
    trials = {trial.number: trial for trial in study.get_trials(deepcopy=False)}
    mended = {trial.user_attrs.get(OF) for trial in trials.values()}
    for key, outcome in outcomes.items():
        value = objective(outcome.metrics, "score") if outcome.usable else None
        if value is None or int(key) in mended:
            continue
        study.add_trial(optuna.trial.create_trial(value=value, **_as_trial(trials[int(key)], outcome)))
    return backup


def best(storage: str, name: str | None) -> str | None:
    """One sentence where the best trial's parameters need a plan; None where they do not, or there is none."""
    study = open_study(storage, name)
    try:
        return needs_plan(study.best_trial)
    except ValueError:  # no trial has come to its end
        return None


def _as_trial(old: Any, outcome: Outcome) -> dict[str, Any]:
    """A trial as it is to stand in the study, but for its value: what was asked for, what was done, what it said on its way."""
    plan = {PLAN: to_json(list(outcome.plan)), EFFECTIVE: to_json(outcome.effective)} if outcome.plan else {}
    kept = {
        "params": old.params, "distributions": old.distributions,
        "user_attrs": {**old.user_attrs, **outcome.attributes, NOTE: outcome.message, OF: int(outcome.key), **plan},
        "system_attrs": {key: value for key, value in old.system_attrs.items() if key == "constraints"},
        "intermediate_values": {int(step): value for step, value in outcome.reported.items()},
    }  # fmt: skip
    constraints = {**getattr(old, "constraints", {}), **outcome.constraints}
    return {**kept, "constraints": constraints} if constraints else kept
