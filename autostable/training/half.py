"""Models kept in float16 as a whole: weights, loss and metrics, not only what is computed in between.

Nothing of that can be promoted on a live model. The program runs anew, and what it asks for in
float16 it is given in float32.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import keras

from autostable.setup import Setup
from autostable.training import seams
from autostable.training.patches import Patches

_HALF, _FULL = "float16", "float32"


def keeps_weights(model: Any) -> bool:
    """Whether weights of a model are float16 themselves."""
    return any(str(getattr(variable, "dtype", "")) == _HALF for variable in model.trainable_variables)


def promote(patches: Patches, setups: Iterable[Setup]) -> None:
    """Where a plan asks for a larger type, have float16 as Keras' default type mean float32 from now on."""
    if not any(setup.dtype is not None for setup in setups):
        return
    for module in seams.type_settings():
        for name in seams.TYPE_SETTERS:
            if name in vars(module):
                patches.wrap(module, name, _promoted)
    if keras.config.floatx() == _HALF:
        patches.set(*seams.DEFAULT_TYPE, _FULL, _HALF)


def _promoted(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(original)
    def set_type(asked: Any) -> None:
        original(_FULL if getattr(asked, "name", asked) == _HALF else asked)

    return set_type
