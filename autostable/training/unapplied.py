"""Gradients that a program asks for and never uses: an update that stands in the text, and is never come to."""

from __future__ import annotations

import itertools
import linecache
import math
import re
from collections.abc import Iterable
from types import FrameType
from typing import Any

import tensorflow as tf

from autostable import frames
from autostable.evidence import NeverApplied
from autostable.records import Site
from autostable.training import seams
from autostable.training.rewind import MOST_NUMBERS, VariableState

_UPDATES = re.compile(r"\.apply_gradients\(|\w*opt\w*\.(apply|minimize)\(")


class Unapplied:
    """What is known of the gradients of a program as long as no optimizer of it has made an update.

    Attributes:
        steps: How often gradients were asked for.
        site: The line of an update in the same file; None where there is none.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.site: Site | None = None
        self._variables: dict[int, Any] = {}
        self._start = VariableState()

    def asked(self, variables: Iterable[Any], frame: FrameType | None) -> None:
        """Eager code, or a function that is being traced, asks for gradients with respect to these."""
        self._variables |= {id(each): each for each in map(seams.native, variables)}
        if self.site is None and frame is not None:
            self.site = _line_of_update(frame.f_code.co_filename)
        if tf.executing_eagerly():
            self.stepped()

    def stepped(self) -> None:
        """A step has asked for gradients; by the second one without an update its variables are worth remembering."""
        self.steps += 1
        if self.steps == 2 and sum(math.prod(each.shape) for each in self._variables.values()) <= MOST_NUMBERS:
            with tf.init_scope():
                self._start.include(self._variables.values())

    def forget(self) -> None:
        """An update is made."""
        self._variables, self._start = {}, VariableState()

    def at_fault(self, fewest: int) -> bool:
        """Whether so many steps were to train something, and nothing has moved, not by the program's own hand either."""
        return self.site is not None and self.steps >= fewest and self._start.moved(self._variables.values()) == 0.0

    def seen(self) -> NeverApplied | None:
        """The same as evidence; None where nothing of that kind was seen."""
        return None if self.site is None else NeverApplied(self.steps, self.site)


def _line_of_update(filename: str) -> Site | None:
    lines = zip(itertools.count(1), linecache.getlines(filename), strict=False)
    found = next((number for number, text in lines if _UPDATES.search(text)), None)
    return None if found is None else frames.line_site(filename, found)
