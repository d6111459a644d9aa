"""Optuna studies: which trials went bad, and repaired ones added as new trials (extra `autostable[optuna]`)."""

from __future__ import annotations

import datetime
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autostable.errors import UsageError
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
        old = trials[int(key)]
        study.add_trial(
            optuna.trial.create_trial(
                params=old.params, distributions=old.distributions, value=value,
                user_attrs={**old.user_attrs, NOTE: outcome.message, OF: int(key)},
            )
        )  # fmt: skip
    return backup
