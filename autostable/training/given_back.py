"""The loss of a fit's last epoch, as its History has it: the same figure with and without a plan."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras


def note_losses(note: Callable[[float], None]) -> None:
    """Tell what each `fit` comes to from now on; nothing of it changes."""
    trainer: Any = next(kind for kind in keras.Model.__mro__ if "fit" in vars(kind))
    original = vars(trainer)["fit"]

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        history = original(self, *args, **kwargs)
        losses = getattr(history, "history", {}).get("loss")
        if losses:
            note(float(losses[-1]))
        return history

    trainer.fit = fit
