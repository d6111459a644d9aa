"""What a repair of a sweep deals with: bad configurations, and what became of them. Pure data, JSON both ways."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from autostable.records import Cause, Plan, Symptom
from autostable.repair.warm_start import Lesson

SOUND, REPAIRED, HOPELESS, RAISED = "sound", "repaired", "hopeless", "raised"


@dataclasses.dataclass(frozen=True)
class Item:
    """One configuration that went bad.

    Attributes:
        key: Names it within its sweep: a trial's id, a row's number.
        config: Its hyperparameters.
        reason: Why it is taken for bad.
    """

    key: str
    config: Mapping[str, Any]
    reason: str


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one item.

    Attributes:
        verdict: "repaired"; "sound" (it trained well this time, as it was); "hopeless" (it trained,
            and no plan helped); "raised" (the program's own code raised).
        metrics: Of the repaired training, by name; the objective is among them.
        message: One line.
        attempts: Plans that were tried (the baseline is none).
        steps, full: Training steps in all, and of one whole run.
        state: What the sweep's own format needs besides (a keras-tuner trial as it is to stand in trial.json).
        effective: The configuration with what the plan has made of it: the learning rate that was in force, a bound.
        reported: What an objective reported on its way, by step; `constraints` and `attributes` it set.
    """

    key: str
    config: Mapping[str, Any]
    verdict: str
    message: str = ""
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    symptom: Symptom | None = None
    causes: tuple[Cause, ...] = ()
    plan: Plan = ()
    attempts: int = 0
    steps: int = 0
    full: int = 0
    seconds: float = 0.0
    lessons: tuple[Lesson, ...] = ()
    state: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    effective: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    reported: Mapping[str, float] = dataclasses.field(default_factory=dict)
    constraints: Mapping[str, float] = dataclasses.field(default_factory=dict)
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.verdict in (REPAIRED, SOUND)


@dataclasses.dataclass(frozen=True)
class Sweep:
    """What was found in a sweep before anything is repaired.

    Attributes:
        name: For people.
        bad: What is to be repaired.
        sound: Configurations that are as they should be, with their score.
        repaired: How many of the sound ones an earlier repair has healed.
        lost: What nobody can train again, for its hyperparameters cannot be read: why, by its key.
    """

    name: str
    bad: tuple[Item, ...]
    sound: tuple[tuple[Mapping[str, Any], float | None], ...]
    repaired: int = 0
    lost: Mapping[str, str] = dataclasses.field(default_factory=dict)
