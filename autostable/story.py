"""What became of each training of a program, and the report that is made of it all. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from autostable.diagnosis.operations import place_of
from autostable.errors import AutostableError
from autostable.evidence import Evidence, Finding
from autostable.knowledge.signs import LIKELY
from autostable.records import (
    Attempt,
    Cause,
    Code,
    Cost,
    Intervention,
    Plan,
    Report,
    Site,
    Symptom,
    SymptomKind,
    Verdict,
)


@dataclasses.dataclass(frozen=True)
class Story:
    """One training (a `fit`, or the program's own loops).

    Attributes:
        number: Of the training in the program, counted from 0.
        kind: "fit", "train_on_batch" or "loop".
        full: Steps of one whole run.
        asks_fresh: It cannot be rewound; the attempts have to be fresh runs of the target. One that is healthy and asks is a
            suspect: it came to its end, and only a plan could show that it is sick.
        interventions: What was done about it while it ran.
        handed: The plan for a run from step 0, where it is more than what was in force at the end of a training that was healed
            while it went on; else empty.
        in_script: It asks for a run of the script with its own lines mended, and for no other: what else there is to try is
            tried where it trains.
    """

    number: int
    kind: str
    verdict: Verdict
    symptom: Symptom | None = None
    finding: Finding | None = None
    causes: tuple[Cause, ...] = ()
    warnings: tuple[Cause, ...] = ()
    plan: Plan = ()
    attempts: tuple[Attempt, ...] = ()
    full: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    evidence: Evidence | None = None
    asks_fresh: bool = False
    interventions: tuple[Intervention, ...] = ()
    handed: Plan = ()
    in_script: bool = False

    @property
    def stable(self) -> Plan:
        """What `stable.json` keeps of it."""
        return self.handed or self.plan


class UnstableError(AutostableError):
    """A training is unstable and no plan was found that holds.

    Attributes:
        report: The whole story.
    """

    def __init__(self, report: Report) -> None:
        cause = report.causes[0] if report.causes else None
        what = "no cause was found" if cause is None else f"{cause.code}: {cause.evidence}"
        super().__init__(f"the training is unstable and was not repaired ({what})")
        self.report = report


CERTAIN = 1.0
HOUR, THIRD = 3600.0, 3  # seconds, and the part of a run: a failure that comes later is dear to start over from
HEALING_OFFERED = (
    "This came late in the run: --on-failure heal goes back to the last healthy state of a training, not to its start."
)
HEALED = "autostable repaired"  # how the line on a repaired trial begins
_ORDER = {each: place for place, each in enumerate(("failed", "unrepaired", "repaired", "healthy", "unwatched"))}


def report(
    stories: Sequence[Story], *, target: Mapping[str, Any], environment: Mapping[str, Any],
    failed: bool = False, seconds: float = 0.0, notes: Sequence[str] = (), unwatched: Sequence[str] = (),
    trained: Sequence[str] = (),
) -> Report:  # fmt: skip
    """Tell all the stories of a program as one report; the worst training gives symptom, site and causes.

    Args:
        stories: Of all trainings that were watched.
        target: What was run.
        environment: What it ran on.
        failed: The program itself ended with an error.
        seconds: How long all of it took.
        notes: What else is to be said.
        unwatched: What the program may have trained with that is not watched.
        trained: What has trained, and was not watched.
    """
    others = [each for each in unwatched if each not in trained]
    unwatched = others if stories else [*trained, *others]
    notes = [*notes, *_unwatched_words(unwatched, seen=bool(stories), failed=failed)]
    if not stories:
        verdict = Verdict.FAILED if failed else Verdict.UNWATCHED
        return Report(verdict=verdict, target=target, environment=environment, notes=tuple(notes),
                      cost=Cost(seconds=seconds))  # fmt: skip
    caught = _caught(stories, failed)
    if caught and len(caught) < len(stories):  # a tuner goes on with its other trials
        notes.append(
            f"{len(caught)} of {len(stories)} trainings raised an error of the program's own, which it caught."
        )
    main = worst_of(stories, failed=failed)
    verdict = Verdict.FAILED if failed and main.verdict is not Verdict.UNREPAIRED else main.verdict
    sick = [story for story in stories if story.verdict in (Verdict.REPAIRED, Verdict.UNREPAIRED)]
    if len(stories) > 1 and sick:
        notes.append(f"{len(sick)} of {len(stories)} trainings of the program went wrong.")
    for story in stories:
        notes += [note for note in story.notes if note not in notes]
    if _came_late(main):
        notes.append(HEALING_OFFERED)
    total = sum(_steps(story) for story in stories)
    full = sum(story.full for story in stories)
    return Report(
        verdict=verdict,
        target=target,
        environment=environment,
        symptom=_checked(main),
        site=site_of(main),
        causes=main.causes if main.verdict is not Verdict.HEALTHY else (),
        warnings=(*_beside(trained), *_warnings([main, *(story for story in stories if story is not main)])),
        plan=main.plan,
        attempts=tuple(attempt for story in stories for attempt in story.attempts),
        cost=Cost(total, full, round(total / full, 4) if full else 0.0, round(seconds, 2)),
        notes=tuple(notes),
        plans={str(story.number): story.stable for story in stories if story.stable},
        interventions=tuple(each for story in stories for each in story.interventions),
    )


def _came_late(story: Story) -> bool:
    """Whether a training that nobody healed in flight failed when most people would rather have gone on."""
    if (
        story.symptom is None
        or story.symptom.kind not in (SymptomKind.NONFINITE, SymptomKind.STALLED)
        or story.interventions
    ):
        return False
    first = story.attempts[0] if story.attempts else None
    if first is None or story.verdict not in (Verdict.REPAIRED, Verdict.UNREPAIRED):
        return False
    return first.seconds >= HOUR or 0 < story.full <= THIRD * story.symptom.step


def _unwatched_words(unwatched: Sequence[str], *, seen: bool, failed: bool) -> tuple[str, ...]:
    """What is said of trainings that nobody has looked at."""
    names = ", ".join(unwatched)
    if seen:
        return (f"{names} was imported as well: what is trained with it is not watched.",) if names else ()
    if names:
        return (f"No training was seen: what is trained with {names} is not watched.",)
    return () if failed else ("No training was seen: the program calls neither Keras's fit nor one of its optimizers.",)


def _beside(trained: Sequence[str]) -> tuple[Cause, ...]:
    """The warning that a part of the program has trained without being watched."""
    if not trained:
        return ()
    what = ", ".join(trained)
    return (Cause(Code.NOT_WATCHED, CERTAIN, f"nothing is known of what was trained beside what was watched: {what}"),)


def worst_of(stories: Sequence[Story], *, failed: bool = False) -> Story:
    """The training that gives the report of a program its verdict, symptom, site and causes.

    Args:
        stories: At least one.
        failed: The program itself ended with an error.
    """
    caught = _caught(stories, failed)
    return min(stories, key=lambda story: (story in caught, _ORDER[story.verdict], story.number))


def _caught(stories: Sequence[Story], failed: bool) -> list[Story]:
    """Trainings that raised an error which the program itself caught."""
    return [] if failed else [story for story in stories if story.verdict is Verdict.FAILED]


def _warnings(stories: Sequence[Story]) -> tuple[Cause, ...]:
    """What was seen in any training, once for each place and each kind: folds and trials have nearly the same data."""
    found: dict[Any, Cause] = {}
    for warning in (each for story in stories for each in story.warnings):
        place = warning.site
        found.setdefault((warning.code, place and place.file, place and place.line), warning)
    return tuple(found.values())


def _steps(story: Story) -> int:
    return sum(attempt.steps for attempt in story.attempts) if story.attempts else story.full


def site_of(story: Story) -> Site | None:
    """Where the failure first arose, or shows: the operation, else layer or optimizer, else where it is trained on."""
    if story.finding is not None:
        place = place_of(story.finding)
        if place is not None:
            return place
    shows = [
        cause for cause in story.causes if cause.confidence > LIKELY and not cause.code.startswith(("data-", "labels-"))
    ]
    found = next((cause.site for cause in shows if cause.site is not None), None)
    if found is None and story.evidence is not None:
        bad = bool(story.causes) and story.causes[0].code == Code.DATA_NONFINITE
        warned = story.evidence.warned if bad else None  # NumPy has seen the bad numbers arise
        found = story.evidence.model.fit_site if warned is None else warned.site
    return found or next((cause.site for cause in story.causes if cause.site is not None), None)


def skipped(count: int) -> str:
    """What is said of updates that were left out under `skip-bad-updates`; nothing where there were none."""
    many = "1 update was" if count == 1 else f"{count} updates were"
    return f"{many} not finite and skipped: a last resort, their cause stays" if count else ""


def thin(values: Sequence[float], most: int = 2000) -> tuple[float, ...]:
    """At most so many values, evenly spaced, the last one always among them."""
    if len(values) <= most:
        return tuple(values)
    step = (len(values) - 1) / (most - 1)
    return tuple(values[round(index * step)] for index in range(most))


def mean(values: Sequence[float]) -> float | None:
    """Mean; None of nothing; not finite where a value is not."""
    return math.fsum(values) / len(values) if values and all(map(math.isfinite, values)) else (
        None if not values else math.nan
    )  # fmt: skip


def stretches(values: Sequence[float], most: int = 100) -> tuple[float, ...]:
    """Means of at most so many equal stretches."""
    count = min(most, len(values))
    bounds = [round(index * len(values) / count) for index in range(count + 1)] if count else []
    found = (mean(values[low:high]) for low, high in itertools.pairwise(bounds))
    return tuple(math.nan if value is None else value for value in found)


def _checked(story: Story) -> Symptom | None:
    """The symptom of a story, with what TensorFlow's own check says of the operation that was found."""
    said = None if story.finding is None else story.finding.check
    if story.symptom is None or said is None:
        return story.symptom
    return dataclasses.replace(story.symptom, evidence={**story.symptom.evidence, "check_numerics": said})
