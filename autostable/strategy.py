"""The contract of a remedy: a pure function from setup to setup, its strengths, page and source edit."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autostable.evidence import Evidence
from autostable.records import Code, Site
from autostable.setup import Setup

Parameters = Mapping[str, Any]
LAYERS = ("fill", "clip", "scale", "output", "whole")
"""Where a layer goes that a model is wrapped into, in this order: missing entries are filled, then outliers clipped, then
all is scaled; "output" comes behind the model. "whole" is statements, parted by "; ", that do something
to `{model}` of `{shape}` by themselves."""


@dataclasses.dataclass(frozen=True)
class SourceChange:
    """One change to the user's source, to be carried out by `autostable.patch`.

    Attributes:
        site: The statement (or the call in it) that is to be changed.
        action: "set-argument" (keyword `name` of the call at the site becomes `code`, if it may be `inline` now),
            "wrap-argument" (the first positional argument of the call `name`, or the whole
            operand of an operator `name`, is put into `code`, where `{}` stands for it),
            "insert-before" (the lines `code` go before the statement; `{x}` and `{y}` stand for what `fit` is
            given, `{w}` for its sample weights; a line with `{x_val}`, `{y_val}` or `{w}` is left out where there is none of
            it; where `fit` is given data sets, `inline` defines a function that their batches go through),
            "in-logarithms" (logarithms at the site of a softmax, a sigmoid, a sum of exponentials or a determinant become one
            function; where that cannot be written what `name` takes is put into `inline` at least),
            "map-labels" (training, validation and evaluation are given `code` of the labels `{}`, `inline` of tensors),
            "shuffle" (`fit` shuffles its arrays, or its data set through the stages `code`),
            "wrap-value" (what the assignment at the site assigns is put into `code`),
            "wrap-call" (the call of `name` at the site becomes `code`, where `{}` stands for it),
            "swap-call" (the function `name` of the only call of it at the site gives way to `code`),
            "unwrap-call" (the only call of `name` at the site gives way to its first argument),
            "swap-comparison" (the only comparison by the operator `name` at the site becomes `code` of the difference `{}`),
            "draw-matrices" (the first values of all variables with two axes, `name` of them, are put into `code`),
            "wrap-rate" (the schedule of the optimizer `name` is put into the one that `code` defines and names in its last
            line; `inline` is a floor for the rates of a callback; a schedule of Keras' that is to be multiplied by `factor` is
            changed in its own arguments instead),
            "scale-arguments" (all arguments of calls of the names `name` in the file are put into `code`),
            "wrap-loss" (the loss of `compile` gives way to the function that `code` defines, in which it is `{loss}`),
            "wrap-model" (the model gets the layer `code` at its boundary, `name` says where: see `LAYERS`),
            "replace-text" (every text `name` that is an argument in the file becomes the text `code`),
            "guard-divisor" (the divisor of the only division that begins at the site gets 1 in the place of each 0),
            "whole-batches" (`fit` is given whole batches only: arrays by the lines `code`, as under "insert-before"; a data set
            is told so where it makes its batches),
            "note" (a comment).
        name: See action.
        code: Python source.
        fitted: Its numbers are those of one training's data, and wrong for other data.
        inline: The same as an expression of what `{}` stands for, for the `call` of a model of the user's own class.
        todo: What the user is to do where the change cannot be carried out for sure; `code` says it where this is empty.
        place: Of several inputs or outputs, which one; `of` how many there are.
        shape: Of one row of the only input, where a model is wrapped.
        compiled: Where the model is compiled, where a model is wrapped and that is known.
        built: It needs a model that has its weights.
        factor: What a schedule is multiplied by; 0 where it is changed otherwise.
    """

    site: Site
    action: str
    name: str = ""
    code: str = ""
    fitted: bool = False
    inline: str = ""
    todo: str = ""
    place: int = 0
    of: int = 1
    shape: tuple[int | None, ...] = ()
    compiled: Site | None = None
    built: bool = False
    factor: float = 0.0


class Pace(enum.StrEnum):
    """What more of a remedy does to the pace of a training, where its strength is a matter of degree."""

    SLOWER = "slower"
    FASTER = "faster"

    @property
    def faster(self) -> bool:
        return self is Pace.FASTER


class RemedyStrategy(ABC):
    """One remedy. Subclasses are stateless; their docstring is their page.

    The docstring has the sections (ruff's order): first line what it does, then
    "## What it does", "## Why it works", "## Example", "## Use instead", "## Safety", "## References".

    Class attributes:
        name: As in plans and on the command line.
        cures: The causes that it is for; the diagnosis' order decides among remedies.
        alternatives: Whether its strengths are no more and no less than each other: where one does too little another may do.
        betters: Whether it can make a finite training better: then it is tried on top of a plan that holds. The others
            only keep a training finite.
        pace: Set where no one strength is right and the best lies somewhere on the ladder (a learning rate): the search
            moves along it. None where a strength is either enough or not.
        instead_of: Remedies that are left out where this one applies, for it does their work in another way.
        safe: False where the remedy changes the meaning of data or labels; it is marked in reports.
        in_script: It mends a line of the script, not what a training makes of it: it comes before all others where it
            applies, and is tried by a run of the whole script.
        guards: True where whatever was finite is computed as before; a source edit of such remedies alone is marked safe.
    """

    name: ClassVar[str]
    cures: ClassVar[tuple[Code, ...]]
    betters: ClassVar[bool] = True
    alternatives: ClassVar[bool] = False
    pace: ClassVar[Pace | None] = None
    instead_of: ClassVar[tuple[str, ...]] = ()
    safe: ClassVar[bool] = True
    guards: ClassVar[bool] = False
    in_script: ClassVar[bool] = False

    @abstractmethod
    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        """The parameters to try, mild to strong; empty where the remedy does not apply.

        Parameters are JSON values and complete: `apply` needs nothing else, so that a plan read
        from stable.json does the same as the plan that was probed.
        """

    @abstractmethod
    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        """Return the setup with this remedy in it. Pure; never undoes another remedy."""

    @abstractmethod
    def describe(self, parameters: Parameters) -> str:
        """One short phrase for a report: "learning rate times 0.1"."""

    def brief(self, parameters: Parameters) -> str:
        """A word or two for a table, with the strength: "rate x0.1"."""
        return self.name

    def joined(self, one: Parameters, other: Parameters) -> Parameters | None:
        """What does the work of both, where the remedy is needed in two places; None where it has no places."""
        return None

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        """The change to the user's source that does the same; empty where none is possible."""
        return ()

    @classmethod
    def page(cls) -> str:
        """The remedy's page (Markdown)."""
        return inspect.cleandoc(cls.__doc__ or "")
