"""What a configuration came to under the plan that its training needed. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autostable import registry
from autostable.story import Story

RATE, BOUND = "learning_rate", "global_clipnorm"


def effective(config: Mapping[str, Any], stories: Sequence[Story]) -> dict[str, Any]:
    """The parameters that trained the model: those of the configuration, with what plans have made of them.

    The learning rate is recognised among them by its value, whatever it is called; one that is none of them is added.

    Args:
        config: What was asked for.
        stories: Of the trainings that were made of it.
    """
    found = dict(config)
    for story in stories:
        if not story.plan:
            continue
        knobs = registry.setup_of(story.plan).optimizer
        made = None if story.evidence is None else story.evidence.model.learning_rate
        rate = made if made is None else knobs.in_force(made)
        if made is not None and rate is not None and rate != made:
            alike = [
                name for name, value in config.items() if _is_number(value) and math.isclose(value, made, rel_tol=1e-5)
            ]
            found[alike[0] if len(alike) == 1 else RATE] = float(f"{rate:.6g}")
        if knobs.global_clipnorm is not None:
            found[BOUND] = knobs.global_clipnorm
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
