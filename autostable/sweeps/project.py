"""A keras-tuner project on the disk: what in it is bad, and how repaired trials are put in. Knows no TensorFlow."""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from autostable.errors import UsageError
from autostable.store import write_file
from autostable.sweeps.items import Item, Outcome, Sweep

RECORD = "autostable.json"  # as `training.trials` writes it
LOST = "lost: "  # how the message of a trial begins whose file was damaged
UNREADABLE = "autostable/unreadable"  # why a file could not be read, in the state that stands for it
TUNER_KEYS = ("tuner/epochs", "tuner/initial_epoch", "tuner/bracket", "tuner/round", "tuner/trial_id")


def is_project(path: Path) -> bool:
    """Whether this is the folder of a keras-tuner project."""
    return (path / "oracle.json").is_file() or any(path.glob("trial_*/trial.json"))


def read(path: Path) -> Sweep:
    """Look through a project.

    Raises:
        UsageError: If it holds no trials, or none that this version can read, or its oracle cannot be read.
    """
    known = states(path)
    _check_oracle(path / "oracle.json")
    lost = {key: state["message"] for key, state in known.items() if is_lost(state)}
    trials = {key: state for key, state in known.items() if key not in lost}
    reasons = {key: _reason(path, state) for key, state in trials.items()}
    chance = {
        round(float(trials[key]["score"]), 6)
        for key, reason in reasons.items()
        if reason is not None and _finite(trials[key]["score"])
    }
    for key, state in trials.items():
        if reasons[key] is None and _finite(state["score"]) and round(float(state["score"]), 6) in chance:
            reasons[key] = f"scored at {state['score']:.4g} as if it had died"
    at_chance = [key for key, state in trials.items() if reasons[key] is None and _at_chance(state)]
    if len(at_chance) < sum(reason is None for reason in reasons.values()):  # others have learnt, so there is something
        reasons.update(dict.fromkeys(at_chance, "scored as a constant guess would be"))
    bad = tuple(Item(key, config_of(trials[key]), reason) for key, reason in reasons.items() if reason is not None)
    sound = tuple((config_of(trials[key]), trials[key]["score"]) for key, reason in reasons.items() if reason is None)
    repaired = sum(is_repaired(path, key) for key, reason in reasons.items() if reason is None)
    return Sweep(f"keras-tuner project {path}", bad, sound, repaired, lost)


def states(path: Path) -> dict[str, dict[str, Any]]:
    """The trials of a project by their ids, each as keras-tuner keeps it.

    Raises:
        UsageError: If there are none, or none that this version can read.
    """
    files = sorted(path.glob("trial_*/trial.json"))
    if not files:
        raise UsageError(f"{path} holds no trials of keras-tuner (no trial_*/trial.json)")
    found = [state_of(file) for file in files]
    if all(is_unreadable(state) for state in found):
        raise UsageError(
            f"{files[0]} is not a trial as keras-tuner 1.4 writes it ({found[0][UNREADABLE]}), and there is no other"
        )
    return {str(state["trial_id"]): state for state in found}


def state_of(file: Path) -> dict[str, Any]:
    """A trial as keras-tuner keeps it; where its file is damaged, a failed one without hyperparameters in its place."""

    def whole(state: Any) -> None:
        space = state["hyperparameters"]
        _ = [state[name] for name in ("trial_id", "status", "score", "best_step", "message")]
        _ = space["space"], space["values"].items(), state["metrics"]["metrics"].items()

    state, why = _loaded(file, whole)
    return state if why is None else {
        "trial_id": file.parent.name.removeprefix("trial_"), "hyperparameters": {"space": [], "values": {}},
        "metrics": {"metrics": {}}, "score": None, "best_step": 0, "status": "FAILED", UNREADABLE: why,
        "message": f"{LOST}{file.parent.name}/{file.name} cannot be read ({why}); put a copy of it there, or go on without it",
    }  # fmt: skip


def _loaded(file: Path, whole: Callable[[Any], None]) -> tuple[Any, str | None]:
    """What a JSON file holds, and what is wrong with it, if anything is."""
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        state = json.loads(text)
        whole(state)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return None, f"{type(error).__name__}: {error}" if text.strip() else "it is empty"
    return state, None


def is_unreadable(state: Mapping[str, Any]) -> bool:
    """Whether a state stands for a file that is damaged."""
    return UNREADABLE in state


def is_lost(state: Mapping[str, Any]) -> bool:
    """Whether a state stands for a file that is damaged, or was when an earlier repair put the state in its place."""
    return str(state["message"] or "").startswith(LOST)


def _check_oracle(file: Path) -> None:
    """keras-tuner loads no project without its oracle's state.

    Raises:
        UsageError: If it is there and cannot be read.
    """
    if not file.is_file():
        return

    def whole(state: Any) -> None:
        _ = state["ongoing_trials"].items(), list(state["end_order"])

    _, why = _loaded(file, whole)
    if why is not None:
        raise UsageError(f"{file} is damaged ({why}); keras-tuner loads no project without it: put a copy of it there")


def config_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's own hyperparameters."""
    return {key: value for key, value in state["hyperparameters"]["values"].items() if key not in TUNER_KEYS}


def _reason(path: Path, state: Mapping[str, Any]) -> str | None:
    """Why a trial is bad; None where it is sound."""
    if state["status"] != "COMPLETED":
        return {"RUNNING": "left behind while it ran"}.get(state["status"], str(state["status"]).lower())
    if not _finite(state["score"]):
        return f"scored {state['score']}"
    for name, metric in state["metrics"]["metrics"].items():
        for observed in metric["observations"]:
            if not all(_finite(value) for value in observed["value"]):
                return f"its {name} is not finite"
    known = record(path, state["trial_id"])
    if known is not None and known.get("verdict") == "unrepaired":
        return str(known.get("message", "not repaired"))
    if _bad_weights(path / f"trial_{state['trial_id']}" / "checkpoint.weights.h5"):
        return "its weights are not finite"
    return None


def _at_chance(state: Mapping[str, Any]) -> bool:
    """Whether a classifier's loss and accuracy are those of equal guesses at all classes: its model died."""
    seen = {}
    for name in ("loss", "accuracy", "acc"):
        observed = state["metrics"]["metrics"].get(name, {}).get("observations") or [{"value": [None]}]
        seen[name] = observed[-1]["value"][-1]
    loss, share = seen["loss"], seen["accuracy"] or seen["acc"]
    if not loss or not share:
        return False
    classes = round(1 / share)
    return bool(classes >= 2 and abs(share * classes - 1) < 0.1 and abs(loss / math.log(classes) - 1) < 0.003)


def record(path: Path, key: str) -> dict[str, Any] | None:
    """What autostable wrote down of a trial; None where it had nothing to."""
    with contextlib.suppress(OSError, ValueError):
        value = json.loads((path / f"trial_{key}" / RECORD).read_text(encoding="utf-8"))
        return value if isinstance(value, dict) else None
    return None


def is_repaired(path: Path, key: str) -> bool:
    """Whether autostable has repaired this trial."""
    known = record(path, key)
    return known is not None and known.get("verdict") == "repaired"


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _bad_weights(file: Path) -> bool:
    """Whether a checkpoint holds weights that are not finite; one that cannot be read is not judged."""
    if not file.is_file():
        return False
    import h5py
    import numpy as np

    found: list[bool] = []

    def look(name: str, value: Any) -> bool | None:
        floats = isinstance(value, h5py.Dataset) and value.dtype.kind == "f" and not name.startswith("optimizer")
        if floats and not np.isfinite(value[...]).all():
            found.append(True)
        return True if found else None

    try:
        with h5py.File(file, "r") as weights:
            weights.visititems(look)
    except OSError:
        return False
    return bool(found)


def swap_in(path: Path, folder: Path, outcomes: Iterable[Outcome]) -> Path:
    """Put repaired trials into a project: written beside, then swapped; the original is kept.

    Args:
        path: The project.
        folder: Where the repair keeps its things; the folders of repaired trials lie in `trials/`.
        outcomes: Of its items.

    Returns:
        Where the original now lies.
    """
    new = folder / "project"
    if new.exists():
        shutil.rmtree(new)
    shutil.copytree(path, new, copy_function=_linked_or_copied)
    lost = [state for state in states(new).values() if is_unreadable(state)]
    for state in lost:
        kept = {key: value for key, value in state.items() if key != UNREADABLE}
        name = f"trial_{state['trial_id']}"
        text = f"{LOST}{name}/trial.json could not be read ({state[UNREADABLE]}) when autostable repaired the others"
        write_file(new / name / "trial.json", json.dumps({**kept, "message": text}))
    done = [outcome for outcome in outcomes if outcome.usable and outcome.state]
    for outcome in done:
        target, source = new / f"trial_{outcome.key}", folder / "trials" / f"trial_{outcome.key}"
        for stale in (target / RECORD, *target.glob("checkpoint*.h5")):  # of the training that failed
            stale.unlink(missing_ok=True)
        for file in source.iterdir() if source.is_dir() else ():
            (target / file.name).unlink(missing_ok=True)
            shutil.copy2(file, target / file.name)
        write_file(target / "trial.json", json.dumps(outcome.state["trial"]))
    _heal_oracle(new / "oracle.json", [*(outcome.key for outcome in done), *(state["trial_id"] for state in lost)])
    backup = path.with_name(f"{path.name}.backup-{datetime.datetime.now():%Y%m%dT%H%M%S}")
    os.replace(path, backup)
    os.replace(new, path)
    return backup


def finish_swap(path: Path, folder: Path) -> None:
    """If a swap was cut short between its two renames, do the second one."""
    if not path.exists() and (folder / "project").is_dir():
        os.replace(folder / "project", path)


def _linked_or_copied(source: str, target: str) -> None:
    """Weights are big and never written in place by us; all else is copied."""
    if source.endswith(".h5"):
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


def _heal_oracle(file: Path, done: list[str]) -> None:
    """The oracle no longer takes these trials for running, or for something to run again."""
    if not file.is_file():
        return
    state = json.loads(file.read_text(encoding="utf-8"))
    state["ongoing_trials"] = {name: key for name, key in state["ongoing_trials"].items() if key not in done}
    state["retry_queue"] = [key for key in state.get("retry_queue", []) if key not in done]
    state["end_order"] += [key for key in done if key not in state["end_order"]]
    for key in done:
        state.setdefault("run_times", {}).setdefault(key, 1)
    write_file(file, json.dumps(state))
