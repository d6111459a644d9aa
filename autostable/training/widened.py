"""Layers of one unit that are made with more, where a plan asks for it and the script is run from its start."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable
from typing import Any

import keras

from autostable.records import Site
from autostable.setup import Setup, Widened
from autostable.training import created
from autostable.training.patches import Patches


def widen(patches: Patches, setups: Iterable[Setup]) -> None:
    """Where plans ask for it, have the `Dense` layers of one unit that some lines make be made with more units from now on."""
    asked = tuple(dict.fromkeys(each for setup in setups for each in setup.widened))
    if asked:
        patches.wrap(keras.layers.Dense, "__init__", functools.partial(_widening, asked))


def _widening(asked: tuple[Widened, ...], original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def make(self: Any, units: Any, *args: Any, **kwargs: Any) -> None:
        wanted = _of(created.site_of(self), asked) if units == 1 else None
        original(self, units if wanted is None else wanted.units, *args, **kwargs)

    make.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]  # Keras reads the names of its arguments
    return make


def _of(site: Site | None, asked: tuple[Widened, ...]) -> Widened | None:
    """What is asked of the line; of a file of that name in which the line is still the same."""
    if site is None or site.file is None:
        return None
    for each in asked:
        same = (os.path.basename(each.file), each.line, each.source)
        if same == (os.path.basename(site.file), site.line, site.source):
            return each
    return None
