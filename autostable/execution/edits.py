"""The source edits that do what the plans of a program's trainings did."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from pathlib import Path

from autostable import registry
from autostable.evidence import Evidence
from autostable.patch import edits_for
from autostable.records import Edit, Remedy, Report, Safety
from autostable.story import Story
from autostable.strategy import SourceChange

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?(?:e[+-]?\d+)?(?![\w.])")
# which of two numbers is the stronger remedy; the others' strengths have no order
_STRONGER = {"lower-learning-rate": min, "clip-gradients": min, "raise-optimizer-epsilon": max, "epsilon-loss": max}
_ALIKE = 2.0  # numbers of several trainings' data within this factor are taken for one


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """A change that one training asks for."""

    training: int
    remedy: str
    change: SourceChange

    @property
    def place(self) -> tuple[object, ...]:
        name = self.remedy if self.change.action == "note" else self.change.name
        site = self.change.site
        return site.file, site.line, site.column, self.change.action, name, self.change.place


def with_edits(report: Report, stories: Sequence[Story], root: Path) -> Report:
    """The report with the source edits for its plans, and a note for each remedy that cannot be written."""
    edits, notes = edits_of(stories, root, report.target.get("arguments"))
    return dataclasses.replace(report, edits=edits, notes=(*report.notes, *notes))


def edits_of(
    stories: Sequence[Story], root: Path, arguments: Sequence[str] | None = None
) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The diffs for the plans of these stories, against the files as they are now, and what is not in them.

    Args:
        stories: All trainings of the program; those without a plan (or without evidence) ask for no edit.
        root: Folder that files are named from.
        arguments: Of the command line that the program was run with, None where they are not known.
    """
    wanted = [each for story in stories for each in _wanted(story)]
    unwritten = tuple(dict.fromkeys(f"{name} has no source edit." for name in _unwritten(stories)))
    if not wanted:
        return (), unwritten
    agreed, notes = _agreed(wanted, len(stories))
    edits, refused = edits_for([each.change for each in agreed], root, arguments)
    notes += [_note(each, refused[each.change]) for each in agreed if each.change in refused]
    notes += unwritten
    complete = all(edit.complete for edit in edits) and not notes
    safety = _safety({step.name for story in stories for step in story.stable}, complete=complete)
    edits = tuple(dataclasses.replace(edit, complete=complete, safety=safety) for edit in edits)
    if edits and not complete:
        notes.append("The source edits are a part of the plan, which was found and tried as a whole.")
    return edits, tuple(dict.fromkeys(notes))


def _safety(names: set[str], *, complete: bool) -> Safety:
    """What the edits of these remedies may do to a program."""
    if not complete:
        return Safety.INCOMPLETE
    known = registry.remedies()
    only_guards = all(name in known and registry.remedy(name).guards for name in names)
    return Safety.SAFE if only_guards else Safety.CHANGES_TRAINING


def _wanted(story: Story) -> list[_Wanted]:
    """The changes that do a whole plan: what sets a learning rate sees the rate that the others left it."""
    found: list[_Wanted] = []
    evidence = story.evidence
    for step in sorted(story.stable, key=lambda step: step.name == "warm-up-learning-rate"):
        if evidence is None:
            break
        found += [_Wanted(story.number, step.name, change) for change in _changes(step, evidence)]
        rate = evidence.model.learning_rate
        if step.name in ("lower-learning-rate", "raise-learning-rate") and rate is not None:
            left = step.parameters.get("rate") or rate * step.parameters.get("factor", 1.0)
            evidence = dataclasses.replace(evidence, model=dataclasses.replace(evidence.model, learning_rate=left))
    return found


def _unwritten(stories: Sequence[Story]) -> list[str]:
    """The remedies that say nothing of how the source would have to be changed."""
    return [
        step.name
        for story in stories
        for step in story.stable
        if story.evidence is None or not _changes(step, story.evidence)
    ]


def _agreed(wanted: Sequence[_Wanted], trainings: int) -> tuple[list[_Wanted], list[str]]:
    """One change for each place: what suits all the trainings that ask for one there; and what has no such change."""
    agreed: list[_Wanted] = []
    notes: list[str] = []
    decided: set[object] = set()
    for each in wanted:
        if each.change.action == "insert-before":
            if _treats(each).isdisjoint(found for other in agreed if _before(other, each) for found in _treats(other)):
                agreed.append(_for_all(each, wanted, trainings))
        elif each.change.action == "wrap-model":
            if not any(_before(other, each) for other in agreed):
                agreed.append(_for_all(each, wanted, trainings))
        elif each.place not in decided:
            decided.add(each.place)
            last = {other.training: other for other in wanted if other.place == each.place}
            chosen = _strongest(list(last.values()))
            if chosen is None and each.change.action == "note":
                chosen = each
            if chosen is not None:
                agreed.append(chosen)
            else:
                codes = " or ".join(sorted({other.change.code for other in last.values()}))
                notes.append(_note(each, f"its trainings need different values, {codes}", held=False))
    return agreed, notes


def _strongest(rivals: Sequence[_Wanted]) -> _Wanted | None:
    """The change that does what each of them does; None where each training needs another one."""
    if len({each.change.code for each in rivals}) == 1:
        return rivals[0]
    pick = _STRONGER.get(rivals[0].remedy)
    if pick is None or len({(each.remedy, _NUMBER.sub("#", each.change.code)) for each in rivals}) > 1:
        return None
    if "ops.minimum({}" in rivals[0].change.code:  # bounded from above
        pick = min
    return pick(rivals, key=lambda each: _numbers(each.change.code))


def _treats(each: _Wanted) -> set[str]:
    """The arguments of `fit` that lines before it give another value."""
    assigned = (line.partition(" = ")[0] for line in each.change.code.splitlines())
    return {name for line in assigned for name in ("{x}", "{y}") if name in line.split(", ")}


def _before(earlier: _Wanted, each: _Wanted) -> bool:
    """Whether another training's lines stand at the same place already (done twice they would be wrong)."""
    return earlier.place == each.place and earlier.training != each.training


def _for_all(each: _Wanted, wanted: Sequence[_Wanted], trainings: int) -> _Wanted:
    """Numbers out of one training's data are right where all the trainings have as good as the same ones."""
    numbers = _numbers(each.change.code)
    alike = {
        other.training
        for other in wanted
        if other.place == each.place and other.remedy == each.remedy and _alike(numbers, _numbers(other.change.code))
    }
    if len(alike) < trainings:
        return each
    return dataclasses.replace(each, change=dataclasses.replace(each.change, fitted=False))


def _alike(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return len(ours) == len(theirs) and all(
        one == other or (other != 0 and 1 / _ALIKE <= one / other <= _ALIKE)
        for one, other in zip(ours, theirs, strict=True)
    )


def _numbers(code: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(code)]


def _note(each: _Wanted, why: str, *, held: bool = True) -> str:
    site = each.change.site
    where = f" at {site.file}:{site.line}" if site.file is not None and site.line is not None else ""
    value = f" ({each.change.name}={each.change.code} held)" if held and each.change.action == "set-argument" else ""
    return f"{each.remedy} has no source edit{where}: {why}{value}."


def _changes(step: Remedy, evidence: Evidence) -> Sequence[SourceChange]:
    """A remedy's own changes; a fault in a remedy costs its edit, never the report of a training that is done."""
    try:
        return registry.remedy(step.name).edit(step.parameters, evidence)
    except Exception as error:
        if os.environ.get("AUTOSTABLE_INTERNAL_RAISE"):
            raise
        site = evidence.model.fit_site
        if site is None or site.file is None or site.line is None:
            return ()
        said = f"autostable: {step.name} is not written here, its edit failed ({type(error).__name__}: {error})"
        return (SourceChange(site, "note", "", said),)
