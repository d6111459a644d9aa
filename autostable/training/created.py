"""Where the user's code made each layer, operation, optimizer, schedule, loss and pipeline."""

from __future__ import annotations

import ast
import contextlib
import contextvars
import dataclasses
import functools
import inspect
import linecache
import os
import re
import sys
import textwrap
import warnings
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autostable import divisions, frames
from autostable.evidence import ArrayFacts, NegativeClasses, Warned
from autostable.patch import locate_argument, locate_data, locate_named, locate_reading, locate_value
from autostable.records import Site
from autostable.training import seams
from autostable.training.patches import Patches

SCHEDULES = tuple(
    kind
    for kind in vars(keras.optimizers.schedules).values()
    if isinstance(kind, type)
    and "__init__" in vars(kind)
    and issubclass(kind, keras.optimizers.schedules.LearningRateSchedule)
)
RATE_CALLBACKS = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
# What NumPy says where NaN or Inf comes up; it says so once for each line.
MAKES_NONFINITE = (
    "invalid value",
    "divide by zero",
    "overflow",
    "Mean of empty slice",
    "Degrees of freedom",
    "All-NaN",
)
# What it says of a division itself, not of one within a function of its own.
OF_DIVISION = re.compile(r"(invalid value|divide by zero) encountered in (scalar )?(true_)?divide")
_warned: list[Warned] = []
_divided: list[tuple[str, int]] = []  # files and lines
_reruns = False
_SITE = "_autostable_site"
_compiled: weakref.WeakKeyDictionary[Any, Site] = weakref.WeakKeyDictionary()
_sites: weakref.WeakKeyDictionary[Any, Site] = weakref.WeakKeyDictionary()
_unread = contextvars.ContextVar("_unread", default=False)


def site_of(made: Any) -> Site | None:
    """The user line that made this layer, optimizer or loss; None if it was made before we looked."""
    try:
        return _sites.get(made)
    except TypeError:
        return None


def compile_site(model: Any) -> Site | None:
    """The user line that compiled this model."""
    return _compiled.get(model)


def argument_site(site: Site | None, argument: str, call: str) -> Site | None:
    """The line where the call at a site gets a keyword (also out of `**KWARGS`); None where it does not."""
    return _in_its_file(site, lambda source, line: locate_argument(source, line, argument, call))


def value_site(site: Site | None, argument: str, call: str) -> Site | None:
    """The line where the value of a keyword of the call at a site is made: that of its variable, else the keyword's own."""
    return _in_its_file(site, lambda source, line: locate_value(source, line, argument, call))


def site_of_layer(name: str) -> Site | None:
    """Where the layer of a name was made, the latest that has it; None where that is not known."""
    found = [site for made, site in list(_sites.items()) if isinstance(made, keras.layers.Layer) and made.name == name]
    return found[-1] if found else None


def data_site(
    site: Site | None, argument: str, place: int, holds: Callable[[str], bool] | None = None, function: str = "fit"
) -> Site | None:
    """Where the data are made that the `fit` at a site is given; None where that is not known, or the call makes them.

    Args:
        site: Of the call.
        argument: "x" or "y".
        place: Of several inputs or targets, which one.
        holds: See `locate_data`.
        function: Likewise.
    """
    return _in_its_file(site, lambda source, line: locate_data(source, line, argument, place, holds, function))


def named_site(
    filename: str, line: int, name: str, part: int | None, holds: Callable[[str], bool] | None = None
) -> Site | None:
    """Where what a name means at a line of a file is made, or a part of it; None where that is not known.

    Args:
        filename: The file.
        line: The line, within the function that the name belongs to.
        name: A variable or a parameter.
        part: Which part of it, where it means several; None: all of it.
        holds: See `locate_data`.
    """
    site = frames.line_site(filename, line)
    return _in_its_file(site, lambda source, at: locate_named(source, at, name, part, holds))


def with_reader(facts: ArrayFacts, site: Site | None) -> ArrayFacts:
    """The facts of an array that was misread with where the file of a site reads it, if it reads such numbers once."""
    if facts.misread is None or site is None or site.file is None:
        return facts
    source = "".join(linecache.getlines(os.path.abspath(site.file)))
    found = locate_reading(source, facts.misread.stored)
    if found is None:
        return facts
    read = dataclasses.replace(facts.misread, reader=found[1])
    return dataclasses.replace(facts, site=frames.line_site(os.path.abspath(site.file), found[0]), misread=read)


@contextlib.contextmanager
def unread() -> Iterator[None]:
    """Within, no file of the user's is read: the place of an argument is that of its call.

    To read one takes longer than all else that is asked of a healthy training; only a cause is worth that.
    """
    token = _unread.set(True)
    try:
        yield
    finally:
        _unread.reset(token)


def _in_its_file(site: Site | None, locate: Callable[[str, int], int | None]) -> Site | None:
    """The line that is found from a site in the text of its file; None where there is no text, or nothing is found."""
    if site is None or site.file is None or site.line is None or _unread.get():
        return None
    source = "".join(linecache.getlines(os.path.abspath(site.file)))
    line = locate(source, site.line) if source else None
    return None if line is None else frames.line_site(os.path.abspath(site.file), line)


def rates_site(callback: Any) -> Site | None:
    """Where a callback's learning rates come from: the one `return` of the user's function, else where it was made."""
    function = inspect.unwrap(getattr(callback, "schedule", None) or callback.on_epoch_end)
    code = getattr(function, "__code__", None)
    if code is None or not frames.is_user_file(code.co_filename) or code.co_name == "<lambda>":
        return site_of(callback)
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError):
        return site_of(callback)
    given = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Return)]
    return frames.line_site(code.co_filename, first + given[0] - 1) if len(given) == 1 else site_of(callback)


def optimizer_was_made() -> bool:
    """Whether the program has made a Keras optimizer since it is watched."""
    return _optimizers_made > 0


def an_optimizer_works() -> None:
    """A Keras optimizer that was made before we looked has made an update."""
    global _optimizers_made
    _optimizers_made += 1


def _remember(made: Any) -> None:
    site = _of_compiled_loss() if isinstance(made, seams.Loss) else None
    site = site or frames.call_site(3)
    if site is not None:
        try:
            _sites.setdefault(made, site)
        except TypeError:
            return


def _of_compiled_loss() -> Site | None:
    """The line of the `compile` that named a loss which Keras makes only when `fit` first needs it."""
    for frame in frames.outward(sys._getframe(3)):
        if frame.f_code is seams.COMPILE_LOSS_BUILD:
            return site_of(frame.f_locals.get("self"))
    return None


_frozen: weakref.WeakKeyDictionary[Any, Site] = weakref.WeakKeyDictionary()
_adapted: weakref.WeakKeyDictionary[Any, Site] = weakref.WeakKeyDictionary()
_optimizers_made = 0


def record(patches: Patches, *, reruns: bool = False) -> None:
    """Have every layer, operation, optimizer, schedule, its callback, loss and pipeline made from now on remembered.

    Args:
        patches: Take it all back.
        reruns: Lines of the script can be computed otherwise in another run (see `Orders.reruns`).
    """
    global _optimizers_made, _reruns
    _optimizers_made, _reruns = 0, reruns
    make = seams.Operation.__new__

    @functools.wraps(make)
    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = make(cls, *args, **kwargs)
        _remember(made)
        return made

    patches.set(seams.Operation, "__new__", staticmethod(new), vars(seams.Operation)["__new__"])
    patches.wrap(seams.Trainer, "compile", _remembering_compile)
    for kind in (seams.BaseOptimizer, seams.Loss, tf.data.Dataset, *SCHEDULES, *RATE_CALLBACKS):
        patches.wrap(kind, "__init__", _remembering)
    keras_variable = next(each for each in keras.Variable.__mro__ if "__init__" in vars(each))
    for variable in (seams.LocalVariable, keras_variable):  # Keras may make the one behind it later, on the first call
        patches.wrap(variable, "__init__", _remembering_variable)
    patches.wrap(keras.layers.Normalization, "adapt", _remembering_adapt)
    patches.wrap(keras.layers.Layer, "trainable", _remembering_trainable)
    _warned.clear()
    _divided.clear()
    _negatives.clear()
    for module in seams.class_columns():
        patches.wrap(module, "to_categorical", _remembering_classes)
    patches.wrap(warnings, "showwarning", _remembering_warning)
    _halved.clear()
    for module in seams.type_settings():
        for name in seams.TYPE_SETTERS:
            if name in vars(module):
                patches.wrap(module, name, _remembering_type)


_halved: list[Site] = []


def half_site() -> Site | None:
    """Where the program has last asked for half precision as its default; None where it has not."""
    return _halved[-1] if _halved else None


def _remembering_type(original: Any) -> Any:
    @functools.wraps(original)
    def set_type(asked: Any) -> None:
        original(asked)
        site = frames.user_site(2) if str(getattr(asked, "name", asked)).endswith("float16") else None
        if site is not None:
            _halved.append(site)

    return set_type


def adapted_site(layer: Any) -> Site | None:
    """Where a Normalization was adapted last; None where it was not, or before we looked."""
    return _adapted.get(layer)


def _remembering_adapt(original: Any) -> Any:
    @functools.wraps(original)
    def adapt(self: Any, *args: Any, **kwargs: Any) -> Any:
        site = frames.user_site(2)
        if site is not None:
            _adapted[self] = site
        return original(self, *args, **kwargs)

    return adapt


def frozen_site(layer: Any) -> Site | None:
    """The user line that froze a layer last, or the argument that made it frozen; None where that is not known."""
    return _frozen.get(layer) or argument_site(site_of(layer), "trainable", type(layer).__name__)


def _remembering_trainable(original: Any) -> Any:
    """The property that says whether a layer is trained; it sets that of each layer within."""

    def set_trainable(self: Any, value: Any) -> None:
        site = None if value else frames.user_site(2)
        if site is not None:
            _frozen[self] = site
        original.fset(self, value)

    return property(original.fget, set_trainable, original.fdel, original.__doc__)


_negatives: list[NegativeClasses] = []


def negatives() -> tuple[NegativeClasses, ...]:
    """Class numbers below 0 that the program has made columns of."""
    return tuple(_negatives)


def _remembering_classes(original: Any) -> Any:
    @functools.wraps(original)
    def to_categorical(x: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(x, *args, **kwargs)
        given = np.asarray(x) if isinstance(x, np.ndarray | list | tuple) else None
        site = (
            frames.user_site(2) if given is not None and given.dtype.kind == "i" and given.min(initial=0) < 0 else None
        )
        if site is not None and given is not None:
            found = NegativeClasses(int((given < 0).sum()), given.size, int(given.min()), made.shape[-1], site)
            _negatives.append(found)
        return made

    return to_categorical


def variable_site(variable: Any) -> Site | None:
    """The user line that made a variable of TensorFlow's or Keras's; None if it was made before we looked."""
    return getattr(variable, _SITE, None) or getattr(seams.native(variable), _SITE, None)


def _remembering_variable(original: Any) -> Any:
    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        setattr(self, _SITE, frames.user_site(2))  # a variable cannot be a key

    return init


def warned() -> Warned | None:
    """Where NumPy first warned that it had made a number that is none: what it says later may follow from that."""
    return _warned[0] if _warned else None


def reruns() -> bool:
    """Whether another run of the script may compute lines of it otherwise."""
    return _reruns


def divided() -> tuple[Site, ...]:
    """The lines of the script at which NumPy has warned of a division, and those that divide by the same in the same function.

    Only where another run of the script may compute them otherwise, and where the line shows which division it was.
    """
    found: set[tuple[str, int]] = set()
    for filename, line in _divided:
        try:
            found |= {(filename, each) for each in divisions.alike("".join(linecache.getlines(filename)), line)}
        except SyntaxError:  # it is no longer the text that runs
            continue
    return tuple(frames.line_site(filename, line) for filename, line in sorted(found))


def _is_of_script(frame: FrameType | None) -> bool:
    """Whether the script itself is what runs in a frame, and can be run again."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return _reruns and frame is not None and script is not None and frame.f_code.co_filename == os.path.abspath(script)


def _remembering_warning(original: Any) -> Any:
    @functools.wraps(original)
    def showwarning(message: Any, category: Any, *args: Any, **kwargs: Any) -> None:
        if issubclass(category, RuntimeWarning) and str(message).startswith(MAKES_NONFINITE):
            site = frames.user_site(2)
            if site is not None and not _warned:
                _warned.append(Warned(str(message), site))
            frame = frames.user_frame(2)
            at = args[:2] or (kwargs.get("filename"), kwargs.get("lineno"))
            if OF_DIVISION.fullmatch(str(message)) and frame is not None and _is_of_script(frame):
                place = (frame.f_code.co_filename, frame.f_lineno)
                if place == at and place not in _divided:  # else it was a function that the line calls
                    _divided.append(place)
        original(message, category, *args, **kwargs)

    return showwarning


def _remembering_compile(original: Any) -> Any:
    @functools.wraps(original)
    def compile(self: Any, *args: Any, **kwargs: Any) -> Any:
        site = frames.user_site()
        if site is not None:
            _compiled[self] = site
        return original(self, *args, **kwargs)

    return compile


def _remembering(original: Any) -> Any:
    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        global _optimizers_made
        original(self, *args, **kwargs)
        _optimizers_made += isinstance(self, seams.BaseOptimizer)
        _remember(self)

    return init
