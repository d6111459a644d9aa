"""Schedules of the learning rate: changed in their own arguments, or put into another one."""

from __future__ import annotations

import libcst as cst

from autostable.knowledge.schedules import SCHEDULES, Rate
from autostable.patch.data import Data
from autostable.patch.locate import argument
from autostable.patch.pieces import not_ours
from autostable.patch.source import callee
from autostable.strategy import SourceChange

_RATE_CALLBACKS = ("ReduceLROnPlateau", "LearningRateScheduler")


class Schedules(Data):
    """Changes what an optimizer's schedule gives."""

    def _wrap_rate(self, line: int, change: SourceChange) -> str | None:
        """Put the schedule that an optimizer is given into another one, or a floor under that of the only callback."""
        call = self._target(line, change.site.column, change.name, "learning_rate")
        written = None if call is None else argument(self._source, call, "learning_rate")
        if written is not None and self._is_schedule(written.value):
            depends = self._values.unsettled(written.value)
            if depends is not None:
                return not_ours(self._source.code(written.value), depends)
            if change.factor and self._scaled(written.value, change.factor):
                return None
            *helper, name = self._with_modules(self._without_clashes(change.code, set())).split("\n")
            self._put_into(written.value, f"{name}({{}})")
            self._put_before(self._outermost(written.value), ["", *helper, "", ""])
            return None
        callbacks = [each for each in self._source.nodes(cst.Call) if callee(each) in _RATE_CALLBACKS]
        if len(callbacks) != 1 or not callbacks[0].args:
            return self._todo(line, change)
        if callee(callbacks[0]) == "LearningRateScheduler":
            return self._wrap_scheduled(callbacks[0].args[0].value, change)
        if change.inline and argument(self._source, callbacks[0], "min_lr") is None:
            at = self._source.line(callbacks[0])
            return self._set_argument(at, None, "ReduceLROnPlateau", "min_lr", change.inline)
        return self._todo(line, change)

    def _wrap_scheduled(self, function: cst.BaseExpression, change: SourceChange) -> str | None:
        """Put the function of a callback into one that changes what it gives."""
        line = self._source.line(function)
        if not isinstance(function, cst.Name | cst.Attribute):
            return self._todo(line, change)
        rate = f"{self._source.code(function)}(*given)"
        written = next(entry for entry in change.code.splitlines() if "self.schedule(step)" in entry)
        changed = written.strip().removeprefix("return ").replace("self.schedule(step)", rate)
        if "keras.ops" in changed and not change.inline:
            return self._todo(line, change)  # the callback takes floats only
        start, end = self._source.span(function)
        floored = f"max({rate}, {change.inline})"
        self._put(("value", start), start, end, f"lambda *given: {floored if change.inline else changed}")
        return None

    def _is_schedule(self, value: cst.BaseExpression) -> bool:
        """Whether a learning rate is a schedule of Keras', or of a class of the file's."""
        if isinstance(value, cst.Name):
            bound = self._source.bindings(value.value, value)
            return bool(bound) and isinstance(bound[0][1], cst.Call) and self._is_schedule(bound[0][1])
        if not isinstance(value, cst.Call):
            return False
        if "schedules." in self._source.code(value.func) or "schedules." in self._modules.get(callee(value), ""):
            return True
        bases = [
            arg for kind in self._source.nodes(cst.ClassDef) if kind.name.value == callee(value) for arg in kind.bases
        ]
        return any(self._source.code(arg.value).endswith("LearningRateSchedule") for arg in bases)

    def _scaled(self, value: cst.BaseExpression, factor: float) -> bool:
        """Multiply the rates that a schedule of Keras' is made of; False where it is not known to be one.

        All of it or nothing: a warm-up that climbs to the old rate would be another schedule.
        """
        made = value
        if isinstance(value, cst.Name):
            bound = self._source.bindings(value.value, value)
            if len(bound) != 1 or not isinstance(bound[0][1], cst.Call):
                return False
            made = bound[0][1]
        if not isinstance(made, cst.Call) or any(arg.star for arg in made.args):
            return False
        rates = SCHEDULES.get(callee(made)) if "schedules." in self._whole_name(made) else None
        given = [(rate, self._given_to(made, rate)) for rate in rates or ()]
        if not given or given[0][1] is None:
            return False
        for rate, written in given:
            if written is not None:
                self._multiply(written, factor)
            elif rate.default is not None:
                self._set_argument(
                    self._source.line(made), self._source.range(made).start.column, callee(made), rate.name,
                    _number(rate.default * factor),
                )  # fmt: skip
        return True

    def _whole_name(self, call: cst.Call) -> str:
        return f"{self._source.code(call.func)} {self._modules.get(callee(call), '')}"

    def _given_to(self, made: cst.Call, rate: Rate) -> cst.BaseExpression | None:
        by_name = [arg.value for arg in made.args if arg.keyword is not None and arg.keyword.value == rate.name]
        by_place = [arg.value for arg in made.args if arg.keyword is None]
        found = by_name or by_place[rate.place : rate.place + 1]
        return None if not found or self._source.code(found[0]) == "None" else found[0]

    def _multiply(self, value: cst.BaseExpression, factor: float) -> None:
        """A rate times a factor where it is written: a number becomes another one, what is computed is multiplied."""
        if isinstance(value, cst.List | cst.Tuple):
            for element in value.elements:
                self._multiply(element.value, factor)
            return
        written = self._values.place(value)
        start, end = self._source.span(written)
        if isinstance(written, cst.List | cst.Tuple):
            self._multiply(written, factor)
        elif isinstance(written, cst.Integer | cst.Float):
            self._put(("value", start), start, end, _number(float(written.evaluated_value) * factor))
        elif isinstance(written, cst.SimpleString):  # the default of an option that becomes a number
            self._put(("value", start), start, end, f'"{_number(float(written.raw_value) * factor)}"')
        elif isinstance(written, cst.Name | cst.Attribute | cst.Subscript | cst.Call):
            self._put(("value", start), start, end, f"{factor:g} * {self._source.code(written)}")
        else:
            self._put(("value", start), start, end, f"{factor:g} * ({self._source.code(written)})")


def _number(rate: float) -> str:
    """As code, to three digits; Keras takes no whole numbers."""
    shown = f"{rate:.3g}"
    return shown if set(shown) & set(".en") else f"{shown}.0"
