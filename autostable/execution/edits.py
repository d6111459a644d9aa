"""The source edits that do what a plan did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autostable import registry
from autostable.patch import edits_for
from autostable.records import Edit
from autostable.story import Story


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
        for change in registry.remedy(step.name).edit(step.parameters, story.evidence)
    ]
    return edits_for(changes, root) if changes else ()
