"""The source edits that do what a plan did."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from autostable import registry
from autostable.evidence import Evidence
from autostable.patch import edits_for
from autostable.records import Edit, Remedy
from autostable.story import Story
from autostable.strategy import SourceChange


def edits_of(stories: Sequence[Story], root: Path) -> tuple[Edit, ...]:
    """The diffs for the plans of these stories, against the files as they are now.

    Args:
        stories: Trainings; those without a plan (or without evidence) ask for no edit.
        root: Folder that files are named from.
    """
    changes = [
        change
        for story in stories
        if story.evidence is not None
        for step in story.plan
        for change in _changes(step, story.evidence)
    ]
    return edits_for(changes, root) if changes else ()


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
