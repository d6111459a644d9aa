"""What a repair would begin with: for `check`, which changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from autostable import registry
from autostable.config import Settings
from autostable.records import Verdict
from autostable.repair.ladders import prescribe
from autostable.story import Story, worst_of

NAMED = 3  # remedies that are named
RUN_WOULD = "`autostable run` would try"


def outlook(stories: Sequence[Story], settings: Settings) -> str:
    """One sentence on what `run` would try, the likeliest first; empty where nothing is wrong."""
    sick = [story for story in stories if story.verdict is Verdict.UNREPAIRED]
    if not sick:
        return ""
    story = worst_of(sick)
    if story.evidence is None:
        return f"{RUN_WOULD} to find the place first, in another run of the program."
    ladders = prescribe(story.causes, story.evidence, select=settings.select, ignore=settings.ignore)
    if not ladders:
        return "`autostable run` would find no remedy that applies: only the owner can decide."
    names = [f"{ladder.name} ({said})" if (said := registry.brief(ladder.first)) != ladder.name else ladder.name
             for ladder in ladders[:NAMED]]  # fmt: skip
    more = f", and {len(ladders) - NAMED} more" if len(ladders) > NAMED else ""
    return f"{RUN_WOULD} {', '.join(names)}{more}."
