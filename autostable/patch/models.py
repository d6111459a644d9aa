"""What is around a model, and how it is compiled: layers, losses, schedules, first weights, precision."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from autostable.patch.boundary import Place, find_place, of_class, rendered, returned, start_of
from autostable.patch.locate import argument
from autostable.patch.logarithms import in_logarithms
from autostable.patch.pieces import COMMENT, LINES, TIGHT, TRAINING, alone, not_ours
from autostable.patch.schedules import Schedules
from autostable.patch.source import Source, callee, text_of
from autostable.strategy import SourceChange

_OPERATORS = {  # each also as it is written the other way round
    ">": (cst.GreaterThan, cst.LessThan),
    ">=": (cst.GreaterThanEqual, cst.LessThanEqual),
    "<": (cst.LessThan, cst.GreaterThan),
    "<=": (cst.LessThanEqual, cst.GreaterThanEqual),
}
_TERMS = (cst.Name, cst.Integer, cst.Float, cst.Call, cst.Attribute, cst.Subscript)

_HOLDERS: tuple[type[cst.Return | cst.Assign | cst.Arg], ...] = (cst.Return, cst.Assign, cst.Arg)
_GIVEN = ("logits", "x", "features")  # what the first argument of an activation is called


class Models(Schedules):
    """Changes models, and formulas that are written in two steps."""

    def __init__(self, source: Source, arguments: Sequence[str] | None) -> None:
        super().__init__(source, arguments)
        self._wrapped: dict[cst.CSTNode, tuple[Place, list[SourceChange]]] = {}

    def result(self) -> str:
        """The text with all pieces in it."""
        for around, changes in self._wrapped.values():
            self._put_around(around, changes)
        return super().result()

    def _wrap_model(self, line: int, change: SourceChange) -> str | None:
        """Note a layer that goes to the boundary of the model that is trained at a line."""
        depends = self._of_other_data(line) if change.fitted else None
        if depends is not None:
            return depends
        place: Place | str = find_place(self._source, change)
        if change.todo in self._left:
            return COMMENT
        if change.built and not self._built():
            place = "the model may have no weights there yet"
        if isinstance(place, Place) and place.owner is not None:
            takes = 1 if change.name == "output" else max(1, len(place.names))
            if change.of != takes or not (change.inline or change.name == "output"):
                place = f"`{place.model}` is of a class of its own"
        if isinstance(place, str):
            return f"{place}; {self._todo(line, change)}"
        same = next((other for other, _ in self._wrapped.values() if self._one_model(other, place)), place)
        changes = self._wrapped.setdefault(same.statement, (same, []))[1]
        # what is around a model stays there for its later trainings
        if place.statement is same.statement or all(
            (other.name, other.place) != (change.name, change.place) for other in changes
        ):
            changes.append(change)
        return None

    def _one_model(self, other: Place, place: Place) -> bool:
        """Whether the model that is wrapped at one place is that of another place, compiled once more."""
        source = self._source
        if other.statement is place.statement or other.model != place.model:
            return other.statement is place.statement
        if source.scope(other.statement) is not source.scope(place.statement):
            return False
        first, last = sorted((source.line(other.statement), source.line(place.statement)))
        return all(not first < source.line(node) < last for node, _ in source.bindings(place.model, place.statement))

    def _of_other_data(self, line: int) -> str | None:
        """Why numbers of one training's data are not those of all that run this line; None where they are."""
        call = next((call for call in self._source.calls_at(line) if callee(call) in TRAINING), None)
        if call is None or self._values.once(call):
            return None
        for keyword in ("x", "y"):
            written = argument(self._source, call, keyword)
            depends = None if written is None else self._values.unsettled(written.value)
            if written is not None and depends is not None:
                why = not_ours(self._source.code(written.value), depends)
                return f"its numbers are those of one training's data, and {why}"
        return None

    def _put_around(self, place: Place, changes: Sequence[SourceChange]) -> None:
        source = self._source
        built = self._built()
        if place.owner is not None and isinstance(place.statement, cst.FunctionDef):
            behind = [change for change in changes if change.name == "output"]
            changes = [change for change in changes if change.name != "output"]
            if behind:
                before, around = of_class(behind)
                self._put_before(place.owner, self._with_modules("\n".join(before)).splitlines())
                for value in returned(source, place.statement):
                    self._put_into(value, around)
            if not changes:
                return
        definitions, lines = rendered(place, changes, built=built)
        code = "\n".join([*definitions, *lines])
        renamed = self._with_modules(self._without_clashes(code, {place.model, *_parameters(place)})).split("\n")
        start, indent = start_of(source, place)
        outer = self._outermost(place.statement)
        if definitions and outer is not place.statement:
            self._put_before(outer, [*renamed[: len(definitions)], ""])
            renamed = renamed[len(definitions) :]
        text = "".join(f"{indent}{entry}{source.newline}" if entry else source.newline for entry in renamed)
        self._put(("around", start), start, start, text, LINES - 1)

    def _built(self) -> bool:
        """Whether models of this file know the shapes of their inputs."""
        return re.search(r"\bInput\(|\binput_shape=|\bInputLayer\(", self._source.text) is not None

    # -- compile --------------------------------------------------------------------------------

    def _wrap_loss(self, line: int, change: SourceChange) -> str | None:
        """Put a function of the user's loss in its place, where a model is compiled: lines in which `{loss}` stands for it."""
        source = self._source
        compiled = change.compiled.line if change.compiled is not None else None
        calls = [call for call in source.nodes(cst.Call) if callee(call) == "compile"]
        own = [call for call in calls if compiled is not None and source.covers(call, compiled)]
        chosen = own or (calls if len(calls) == 1 else [])
        written = argument(source, chosen[0], "loss") if chosen else None
        statement = source.statement(source.line(chosen[0])) if chosen else None
        value = None if written is None else written.value
        clear = statement is not None and alone(source, statement) and change.of == 1
        if value is None or statement is None or not clear or isinstance(value, cst.Dict | cst.List | cst.Tuple):
            self._take_off(change.todo)
            return self._todo(line, change)
        if change.todo in self._left:
            return COMMENT
        code = change.code.replace("{loss}", source.code(value))
        code = self._with_modules(self._without_clashes(code, {"y_true", "y_pred"}))
        start, end = source.span(value)
        self._put(("value", start), start, end, re.findall(r"^def (\w+)", code, re.M)[-1])
        self._put_before(statement, code.splitlines())
        return None

    def _take_off(self, todo: str) -> None:
        """Leave out the layers that are of no use without what could not be done."""
        for _, changes in self._wrapped.values():
            changes[:] = [change for change in changes if change.todo != todo]
        self._wrapped = {statement: wrapped for statement, wrapped in self._wrapped.items() if wrapped[1]}

    # -- anywhere in the file -------------------------------------------------------------------

    def _wrap_call(self, line: int, change: SourceChange) -> str | None:
        """Put a call into an expression, or an expression in its place."""
        target = self._target(line, change.site.column, change.name, "")
        if target is None or not self._is(target, change.name):
            return self._todo(line, change)
        code = self._with_modules(change.code)
        if "{}" in code:
            self._put_into(target, code)
        else:
            self._put(("value", self._source.span(target)[0]), *self._source.span(target), code)
        return None

    def _swap_call(self, line: int, change: SourceChange) -> str | None:
        """Call another function of one argument, wherever this one is called on the line."""
        targets = self._calls_named(line, (change.name,))
        plain = all([(arg.keyword, arg.star) for arg in target.args] == [(None, "")] for target in targets)
        if not targets or not plain:
            return self._todo(line, change)
        code = self._with_modules(change.code)
        for target in targets:
            self._put(("value", self._source.span(target)[0]), *self._source.span(target.func), code)
        return None

    def _unwrap_call(self, line: int, change: SourceChange) -> str | None:
        """Put what the only call of a function on the line is given in its place."""
        targets = self._calls_named(line, (change.name,))
        given = targets[0].args[0] if len(targets) == 1 and targets[0].args else None
        if given is None or given.star or (given.keyword is not None and given.keyword.value not in _GIVEN):
            return self._todo(line, change)
        whole = any(node.value is targets[0] for kind in _HOLDERS for node in self._source.nodes(kind))
        code = self._source.code(given.value) if whole else self._operand(given.value)
        self._put(("value", self._source.span(targets[0])[0]), *self._source.span(targets[0]), code)
        return None

    def _swap_comparison(self, line: int, change: SourceChange) -> str | None:
        """Put a function of the difference in the place of the only comparison by this operator on the line."""
        found = [
            node for node in self._source.nodes(cst.Comparison)
            if self._source.covers(node, line) and len(node.comparisons) == 1
            and isinstance(node.comparisons[0].operator, _OPERATORS[change.name])
        ]  # fmt: skip
        if len(found) != 1:
            return self._todo(line, change)
        target = found[0].comparisons[0]
        left, right = (self._operand(each) for each in (found[0].left, target.comparator))
        above = isinstance(target.operator, cst.GreaterThan | cst.GreaterThanEqual)
        difference = f"{left} - {right}" if above else f"{right} - {left}"
        code = self._with_modules(change.code.format(difference))
        self._put(("value", self._source.span(found[0])[0]), *self._source.span(found[0]), code)
        return None

    def _operand(self, node: cst.BaseExpression) -> str:
        """The text of an operand of a difference, in parentheses where it is more than one term."""
        code = self._source.code(node)
        return code if isinstance(node, _TERMS) else f"({code})"

    def _in_logarithms(self, line: int, change: SourceChange) -> str | None:
        """Logarithms of shares as one function; else a bound, `inline`, so that nothing is NaN until somebody writes it."""
        replaced = in_logarithms(self._source, line)
        if replaced is None:
            for each in self._reach(line) if change.inline else ():
                self._wrap(each, change.name.split("|"), change.inline)
            return self._todo(line, change)
        for call, text in replaced:
            self._put(("value", self._source.span(call)[0]), *self._source.span(call), text)
        return None

    def _draw_matrices(self, line: int, change: SourceChange) -> str | None:
        """Put the first values of all variables with two axes into an expression, if there are as many as are trained."""
        made = [
            call.args[0].value
            for call in self._source.nodes(cst.Call)
            if callee(call) == "Variable" and call.args and _is_matrix(call.args[0].value)
        ]
        if len(made) != int(change.name) or not all(self._values.once(value) for value in made):
            return self._todo(line, change)
        code = self._with_modules(change.code)
        for value in made:
            self._put_into(value, code if isinstance(value, TIGHT) else code.replace("{}", "({})"))
        return None

    def _scale_arguments(self, line: int, change: SourceChange) -> str | None:
        """Put all that calls of some names are given, in this file, into an expression."""
        for call in self._source.nodes(cst.Call):
            for arg in call.args if callee(call) in change.name.split("|") else ():
                if arg.star == "":
                    tight = isinstance(arg.value, cst.Integer | cst.Float | TIGHT)
                    start, end = self._source.span(arg.value)
                    inner = self._source.code(arg.value) if tight else f"({self._source.code(arg.value)})"
                    self._put(("value", start), start, end, change.code.replace("{}", inner))
        return None if self._done else self._todo(line, change)

    def _replace_texts(self, line: int, change: SourceChange) -> str | None:
        """Put another text in the place of some texts that calls or keywords of some names are given."""
        names, _, texts = change.name.partition("=")
        for call in self._source.nodes(cst.Call):
            for number, arg in enumerate(call.args):
                known = callee(call) in names.split("|") and number == 0
                known = known or (arg.keyword is not None and arg.keyword.value in names.split("|"))
                written = self._values.place(arg.value) if known else arg.value  # a constant, the default of an option
                if known and text_of(written) in texts.split("|") and self._values.unsettled(arg.value) is None:
                    start, end = self._source.span(written)
                    self._put(("value", start), start, end, change.code)
        return None if self._done else self._todo(line, change)


def _is_matrix(value: cst.CSTNode) -> bool:
    """Whether a call within an expression is given a shape of two axes."""
    if isinstance(value, cst.Call):
        given = [arg.value for number, arg in enumerate(value.args) if arg.keyword is None and number == 0]
        given += [arg.value for arg in value.args if arg.keyword is not None and arg.keyword.value == "shape"]
        if any(isinstance(each, cst.Tuple | cst.List) and len(each.elements) == 2 for each in given):
            return True
    return any(_is_matrix(child) for child in value.children)


def _parameters(place: Place) -> set[str]:
    """The names of a method's parameters, where a place lies in one."""
    statement = place.statement
    parameters = statement.params.params if isinstance(statement, cst.FunctionDef) else ()
    return {*place.names, *(each.name.value for each in parameters)}
