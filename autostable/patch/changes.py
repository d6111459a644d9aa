"""Carries out source changes on one file's text: as insertions and replacements, so that all else stays as it is."""

from __future__ import annotations

import ast
import dataclasses
import re
import textwrap
from collections.abc import Iterator, Sequence, Set

import libcst as cst

from autostable.knowledge import operations
from autostable.patch.boundary import Place, find_place, of_class, rendered, returned, start_of
from autostable.patch.datasets import is_dataset, is_generator
from autostable.patch.locate import Written, argument, find_argument, in_mapping
from autostable.patch.logarithms import in_logarithms
from autostable.patch.source import Scope, Source, callee
from autostable.patch.values import Values
from autostable.strategy import SourceChange

_WRAPPERS = frozenset({"Bidirectional", "TimeDistributed", "RNN"})
_OPTIMIZER_ARGUMENTS = frozenset({"learning_rate", "global_clipnorm", "clipnorm", "epsilon"})
_OPERATORS: dict[str, type[cst.BaseBinaryOp]] = {
    "/": cst.Divide, "**": cst.Power, "+": cst.Add, "-": cst.Subtract, "*": cst.Multiply,
}  # fmt: skip
# what may be given a name of its own before the statement
_EXPRESSIONS = (
    cst.Name | cst.Attribute | cst.Subscript | cst.Call | cst.BinaryOperation | cst.UnaryOperation | cst.IfExp
)
# what binds tighter than any operator
_TIGHT = cst.Name | cst.Attribute | cst.Subscript | cst.Call
_TRAINING = ("fit", "search")
_VARIANCES = {"reduce_std": "reduce_variance", "std": "var"}
NO_PLACE = "no sure place for it was found"
COMMENT = "a comment there says what to do"
_COMMENT_WIDTH = 110
_LINES = -1_000_000_000  # whole lines come before anything on the line
_MODULES = {"np": "numpy", "keras": "keras", "tf": "tensorflow"}


def apply_changes(
    text: str, changes: Sequence[SourceChange], arguments: Sequence[str] | None = None
) -> tuple[str, dict[SourceChange, str]]:
    """The text with as many of the changes as can be carried out for sure (itself if none can); why not the others.

    A change that only became a comment is among both.

    Raises:
        libcst.ParserSyntaxError: If the text is not Python.
    """
    rewriter = _Rewriter(Source(text), arguments)
    refused: dict[SourceChange, str] = {}
    for change in dict.fromkeys(changes):
        why = NO_PLACE if change.site.line is None else rewriter.carry_out(change, change.site.line)
        if why is not None:
            refused[change] = why
    changed = rewriter.result()
    try:
        cst.parse_module(changed)
    except cst.ParserSyntaxError:
        return text, dict.fromkeys(changes, NO_PLACE)
    return changed, refused


@dataclasses.dataclass(frozen=True)
class _Piece:
    """Text that takes the place of [start, end); an insertion where start == end.

    Of insertions at one place the one of lower rank comes first.
    """

    start: int
    end: int
    text: str
    rank: int = 0


class _Rewriter:
    def __init__(self, source: Source, arguments: Sequence[str] | None) -> None:
        self._source = source
        self._pieces: dict[tuple[object, ...], _Piece] = {}  # a later change of the same place wins
        self._stringly: dict[tuple[int, int], tuple[str, dict[str, str]]] = {}
        self._taken: dict[tuple[int, str], str] = {}
        self._imports: set[str] = set()
        self._modules = source.imported()
        self._values = Values(source, arguments)
        self._done = False
        self._wrapped: dict[cst.CSTNode, tuple[Place, list[SourceChange]]] = {}

    def carry_out(self, change: SourceChange, line: int) -> str | None:
        """Carry a change out, or say why it is not."""
        if change.action == "set-argument":
            call, _, keyword = change.name.rpartition(".")
            return self._set_argument(line, change.site.column, call or None, keyword, change.code)
        if change.action == "wrap-model":
            return self._wrap_model(line, change)
        self._done = False
        if change.action == "wrap-argument":
            names, _, reach = change.name.partition("@")
            if reach in ("first", "second"):
                self._wrap_one(line, names.split("|"), ("first", "second").index(reach), change.code)
            for each in self._reach(line) if reach == "function" else () if reach else (line,):
                self._wrap(each, names.split("|"), change.code)
            if not self._done and "sqrt" in names.split("|"):
                self._wrap_variance(line, change.code)
            if not self._done and change.todo:
                return self._todo(line, change)
        elif change.action == "in-logarithms":
            return self._in_logarithms(line, change)
        elif change.action == "insert-before":
            return self._insert_before(line, change)
        elif change.action == "map-labels":
            return self._map_labels(line, change)
        elif change.action == "wrap-loss":
            return self._wrap_loss(line, change)
        elif change.action == "wrap-call":
            target = self._target(line, change.site.column, change.name, "")
            if target is None or not self._is(target, change.name):
                return self._todo(line, change)
            code = self._with_modules(change.code)
            if "{}" in code:
                self._put_into(target, code)
            else:
                self._put(("value", self._source.span(target)[0]), *self._source.span(target), code)
        elif change.action == "draw-matrices":
            return self._draw_matrices(line, change)
        elif change.action == "scale-arguments":
            self._scale_arguments(change)
            if not self._done:
                return self._todo(line, change)
        elif change.action == "wrap-rate":
            return self._wrap_rate(line, change)
        elif change.action == "replace-text":
            self._replace_texts(change.name, change.code)
            if not self._done and change.todo:
                self._note(line, f"TODO(autostable): {change.todo}")
                return COMMENT if self._done else NO_PLACE
        elif change.action == "note":
            self._note(line, change.code)
            return COMMENT if self._done else NO_PLACE
        return None if self._done else NO_PLACE

    def result(self) -> str:
        for around, changes in self._wrapped.values():
            self._put_around(around, changes)
        for (start, end), (optimizer, arguments) in self._stringly.items():
            written = ", ".join(f"{name}={code}" for name, code in arguments.items())
            self._put(("stringly", start), start, end, f"{self._spelt('keras')}.optimizers.{optimizer}({written})")
        if self._imports:
            place = self._import_place()
            lines = "".join(f"{line}{self._source.newline}" for line in sorted(self._imports))
            self._put(("import",), place, place, lines, _LINES - 1)
        pieces = list(self._pieces.values())
        kept = [p for p in pieces if not any(_inside(p, other) for other in pieces if other is not p)]
        text = self._source.text
        # from the end to the front; of two at one place the later one comes last
        ordered = sorted(enumerate(kept), key=lambda entry: (entry[1].start, entry[1].end, entry[1].rank, entry[0]))
        for _, piece in reversed(ordered):
            text = text[: piece.start] + piece.text + text[piece.end :]
        return text

    def _put(self, key: tuple[object, ...], start: int, end: int, text: str, rank: int = 0) -> None:
        self._done = True
        self._pieces.pop(key, None)
        self._pieces[key] = _Piece(start, end, text, rank)

    # -- set-argument ---------------------------------------------------------------------------

    def _set_argument(self, line: int, column: int | None, name: str | None, keyword: str, code: str) -> str | None:
        source = self._source
        call = self._target(line, column, name, keyword)
        if call is None:
            if keyword in _OPTIMIZER_ARGUMENTS and name is not None:
                return self._set_in_stringly(line, name, keyword, code)
            return NO_PLACE
        written = self._set_later(call, keyword) or argument(source, call, keyword)
        for arg in call.args:
            if arg.star == "**" and written is None:
                mapping = self._values.mapping(arg.value)
                if mapping is None:
                    return f"`**{source.code(arg.value)}` may hold it"
                written = in_mapping(source, mapping, keyword)
        if written is not None:
            depends = self._values.unsettled(written.value)
            if depends is not None:
                return _not_ours(source.code(written.value), depends)
        code = self._with_modules(code)
        if written is not None:
            # what is not a plain number or name may not fit where a constant is read earlier
            constant = self._values.place(written.value) if _is_literal(code) else written.value
            start, end = source.span(constant)
            self._put(("value", start), start, end, code)
            return None
        if not call.args:
            end = source.span(call)[1] - 1
            self._put(("argument", end, keyword), end, end, self._listed(end, f"{keyword}={code}"))
            return None
        last = call.args[-1]
        closing = source.span(call)[1] - 1
        start = source.span(last)[0] if not last.star else source.span(last.value)[0] - len(last.star)
        line_of_last = source.line(last)
        own_line = source.text[source.line_start(line_of_last) : start].strip() == ""
        comma = isinstance(last.comma, cst.Comma)
        place = self._end_of_arguments(call)
        if own_line and line_of_last != source.line(call):
            separator = source.newline + source.indent(line_of_last)
        else:
            separator = " "
        body = f"{separator}{keyword}={code}"
        comment = re.match(r"[ \t]*#[^\r\n]*", source.text[place:])
        if not comma and any(key[:2] == ("argument", closing) for key in self._pieces):
            body = f",{body}"
        elif not comma:
            self._put(("argument", closing, ","), place, place, ",")
        behind = place + (comment.end() if comment is not None and separator != " " else 0)
        self._put(("argument", closing, keyword), behind, behind, body + "," if comma else body)
        return None

    def _set_later(self, call: cst.Call, keyword: str) -> Written | None:
        """`opt.learning_rate = 0.1` between the making of an optimizer and its use."""
        source, made = self._source, self._source.parent(call)
        if not isinstance(made, cst.Assign) or len(made.targets) != 1:
            return None
        name, scope = source.code(made.targets[0].target), source.scope(made)
        used = [
            source.line(use)
            for use in source.nodes(cst.Call)
            if callee(use) in ("compile", "fit") and source.line(use) > source.line(call)
        ]
        for node in source.nodes(cst.Assign):
            place = node.targets[0].target
            if (
                source.code(place) == f"{name}.{keyword}"
                and source.scope(node) is scope
                and source.line(call) < source.line(node) < min(used, default=source.line(node) + 1)
            ):
                return Written(place, node.value)
        return None

    def _listed(self, key: int, text: str) -> str:
        """An argument of a call that had none; a comma where it is not the first that is added."""
        first = not any(other[:2] == ("argument", key) for other in self._pieces)
        return text if first else f", {text}"

    def _end_of_arguments(self, call: cst.Call) -> int:
        """Behind the last argument and its comma, before any comment."""
        source, last = self._source, call.args[-1]
        end = source.span(last.value)[1]
        for _ in getattr(last.value, "rpar", ()):
            end = source.text.index(")", end) + 1
        if isinstance(last.comma, cst.Comma):
            end = source.text.index(",", end) + 1
        return end

    def _target(self, line: int, column: int | None, name: str | None, keyword: str) -> cst.Call | None:
        source = self._source
        candidates = source.calls_at(line)
        if name is None:
            found = find_argument(source, line, keyword)
            return found[0] if found is not None else candidates[0] if candidates else None
        named = [call for call in candidates if self._is(call, name)]
        named = [call for call in named if self._begins_at(call, line, column)] or named
        if not named:
            named = [call for call in candidates for value in self._made_for(call) if self._is(value, name)]
            named = [value for call in named for value in self._made_for(call) if self._is(value, name)]
        if not named:
            found = find_argument(source, line, keyword)
            return found[0] if found is not None else None
        call = next((call for call in named if argument(source, call, keyword) is not None), named[0])
        if callee(call) in _WRAPPERS and call.args and isinstance(call.args[0].value, cst.Call):
            return call.args[0].value
        return call

    def _begins_at(self, call: cst.Call, line: int, column: int | None) -> bool:
        start = self._source.range(call).start
        return (start.line, start.column) == (line, column)

    def _is(self, call: cst.BaseExpression, name: str) -> bool:
        if not isinstance(call, cst.Call):
            return False
        text = callee(call)
        return text == name or self._modules.get(text, "").rpartition(".")[2] == name

    def _made_for(self, call: cst.Call) -> list[cst.Call]:
        """The calls that made the arguments of a call: `opt = Adam()` for `compile(opt)`."""
        found: list[cst.Call] = []
        for arg in call.args:
            if isinstance(arg.value, cst.Name):
                for _, value in self._source.bindings(arg.value.value, call):
                    if isinstance(value, cst.Call):
                        found.append(value)
        return found

    def _set_in_stringly(self, line: int, optimizer: str, keyword: str, code: str) -> str | None:
        """`compile(optimizer="adam")` has no call that could take an argument: make one. A dictionary takes an entry."""
        source = self._source
        for call in source.calls_at(line):
            by_name = source.code(call.func).endswith("optimizers.get")
            if callee(call) != "compile" and not by_name:
                continue
            written = argument(source, call, "optimizer")
            if written is None:
                continue
            depends = self._values.unsettled(written.value)
            if depends is not None:
                return _not_ours(source.code(written.value), depends)
            constant = self._values.place(written.value)
            if isinstance(constant, cst.SimpleString):
                span = source.span(call if by_name else written.value)
                self._stringly.setdefault(span, (optimizer, {}))[1][keyword] = self._with_modules(code)
                self._need("keras")
                return None
            if isinstance(constant, cst.Dict):
                config = in_mapping(source, constant, "config")
                entry = None if config is None else in_mapping(source, config.value, keyword)
                if entry is not None:
                    self._put(("value", source.span(entry.value)[0]), *source.span(entry.value), code)
                    return None
                if config is not None and isinstance(config.value, cst.Dict):
                    start = source.span(config.value)[0] + 1
                    comma = ", " if config.value.elements else ""
                    self._put(("entry", start, keyword), start, start, f'"{keyword}": {code}{comma}')
                    return None
        return NO_PLACE

    # -- wrap-argument --------------------------------------------------------------------------

    def _wrap(self, line: int, names: Sequence[str], code: str) -> None:
        operands = [
            *((call, operand) for call in self._calls_named(line, names) if (operand := _operand(call)) is not None),
            *((node, operand) for node in self._operations(line, names) if (operand := _base(node)) is not None),
        ]
        for node, operand in operands:
            self._put_into(operand, self._in_namespace(code, node))

    def _wrap_one(self, line: int, names: Sequence[str], place: int, code: str) -> None:
        """Wrap one argument of the only such operation on a line; where there are several nobody knows which it is."""
        calls = [call for call in self._calls_named(line, names) if len(call.args) == 2]
        nodes = [*((call, call.args[place].value) for call in calls), *(
            (node, node.right if place else node.left) for node in self._operations(line, names)
        )]  # fmt: skip
        if len(nodes) == 1:
            self._put_into(nodes[0][1], self._in_namespace(code, nodes[0][0]))

    def _in_logarithms(self, line: int, change: SourceChange) -> str | None:
        """Logarithms of shares as one function; else a bound, `inline`, so that nothing is NaN until somebody writes it."""
        replaced = in_logarithms(self._source, line)
        if replaced is None:
            if change.inline:
                self._wrap(line, change.name.split("|"), change.inline)
            return self._todo(line, change)
        for call, text in replaced:
            self._put(("value", self._source.span(call)[0]), *self._source.span(call), text)
        return None

    def _wrap_variance(self, line: int, code: str) -> None:
        """A deviation as the root of a variance that is bounded."""
        for call in self._calls_named(line, list(_VARIANCES)):
            if isinstance(call.func, cst.Attribute):
                root, given = (
                    self._source.code(call.func.value),
                    self._source.code(call)[len(self._source.code(call.func)) :],
                )
                bounded = code.replace("{}", f"{root}.{_VARIANCES[callee(call)]}{given}")
                text = self._in_namespace(f"keras.ops.sqrt({bounded})", call)
                self._put(("value", self._source.span(call)[0]), *self._source.span(call), text)

    def _put_into(self, operand: cst.BaseExpression, template: str) -> None:
        if isinstance(operand, cst.Integer | cst.Float):
            return
        text = self._source.code(operand)
        before, _, behind = template.rpartition("{}")
        start, end = self._source.span(operand)
        # of operands that begin (or end) at one place the larger one is the outer one
        self._put(("wrap", start, end, "before"), start, start, before.replace("{}", text), start - end)
        self._put(("wrap", start, end, "behind"), end, end, behind, end - start)

    def _reach(self, line: int) -> Sequence[int]:
        """The lines of the innermost function around a line; the line alone on module level."""
        around = [node for node in self._source.nodes(cst.FunctionDef) if self._source.covers(node, line)]
        if not around:
            return (line,)
        place = self._source.range(around[-1])
        return range(place.start.line, place.end.line + 1)

    def _calls_named(self, line: int, names: Sequence[str]) -> list[cst.Call]:
        covering = [call for call in self._source.calls_at(line) if callee(call) in names]
        own = [call for call in covering if line in (self._source.line(call), self._source.range(call.func).end.line)]
        return own or covering[:1]

    def _operations(self, line: int, names: Sequence[str]) -> list[cst.BinaryOperation]:
        kinds = tuple(_OPERATORS[name] for name in names if name in _OPERATORS)
        if not kinds:
            return []
        covering = [
            node
            for node in self._source.nodes(cst.BinaryOperation)
            if isinstance(node.operator, kinds) and self._source.covers(node, line) and _base(node) is not None
        ]
        own = [node for node in covering if self._source.line(node.right) == line]
        return own or covering[-1:]

    def _in_namespace(self, code: str, node: cst.CSTNode) -> str:
        """`keras.ops.maximum` in the words of the program: `tf.maximum`, `ops.maximum`."""
        root = ""
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            dotted = self._source.code(node.func)
            first = dotted.split(".")[0]
            origin = self._modules.get(first, "")
            if origin in {"tensorflow", "numpy", "jax.numpy"}:
                root = first
            elif origin in {"keras", "keras.ops", "tensorflow.keras", "tensorflow.keras.ops"}:
                root = first if origin.endswith("ops") else f"{first}.ops"
        if not root:
            known = {origin: name for name, origin in self._modules.items()}
            root = known.get("keras.ops") or known.get("tensorflow") or ""
        if not root:
            self._need("keras")
            root = f"{self._spelt('keras')}.ops"
        return code.replace("keras.ops", root)

    # -- wrap-model -----------------------------------------------------------------------------

    def _wrap_model(self, line: int, change: SourceChange) -> str | None:
        """Note a layer that goes to the boundary of the model that is trained at a line."""
        depends = self._of_other_data(line) if change.fitted else None
        if depends is not None:
            return depends
        place: Place | str = find_place(self._source, change)
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
        call = next((call for call in self._source.calls_at(line) if callee(call) in _TRAINING), None)
        if call is None or self._values.once(call):
            return None
        for keyword in ("x", "y"):
            written = argument(self._source, call, keyword)
            depends = None if written is None else self._values.unsettled(written.value)
            if written is not None and depends is not None:
                why = _not_ours(self._source.code(written.value), depends)
                return f"its numbers are those of one training's data, and {why}"
        return None

    def _uses(self) -> str:
        """The lines where models are given data, for a comment."""
        names = ("fit", "evaluate", "predict", "predict_on_batch", "train_on_batch", "test_on_batch")
        lines = sorted({self._source.line(call) for call in self._source.nodes(cst.Call) if callee(call) in names})
        return f"; models are given data at line {', '.join(map(str, lines))} (before this change)" if lines else ""

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
        self._put(("around", start), start, start, text, _LINES - 1)

    def _built(self) -> bool:
        """Whether models of this file know the shapes of their inputs."""
        return re.search(r"\bInput\(|\binput_shape=|\bInputLayer\(", self._source.text) is not None

    def _outermost(self, statement: cst.CSTNode) -> cst.CSTNode:
        """The statement on module level that a statement lies in."""
        for parent in self._source.parents(statement):
            if isinstance(parent, cst.Module):
                return statement
            statement = parent
        return statement

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
            self._put_into(value, code if isinstance(value, _TIGHT) else code.replace("{}", "({})"))
        return None

    def _scale_arguments(self, change: SourceChange) -> None:
        """Put all that calls of some names are given, in this file, into an expression."""
        for call in self._source.nodes(cst.Call):
            for arg in call.args if callee(call) in change.name.split("|") else ():
                if arg.star == "":
                    tight = isinstance(arg.value, cst.Integer | cst.Float | _TIGHT)
                    start, end = self._source.span(arg.value)
                    inner = self._source.code(arg.value) if tight else f"({self._source.code(arg.value)})"
                    self._put(("value", start), start, end, change.code.replace("{}", inner))

    def _wrap_rate(self, line: int, change: SourceChange) -> str | None:
        """Put the schedule that an optimizer is given into another one, or a floor under that of the only callback."""
        call = self._target(line, change.site.column, change.name, "learning_rate")
        written = None if call is None else argument(self._source, call, "learning_rate")
        if written is not None and self._is_schedule(written.value):
            *helper, name = self._with_modules(self._without_clashes(change.code, set())).split("\n")
            self._put_into(written.value, f"{name}({{}})")
            self._put_before(self._outermost(written.value), ["", *helper, "", ""])
            return None
        plateaus = [call for call in self._source.nodes(cst.Call) if callee(call) == "ReduceLROnPlateau"]
        if change.inline and len(plateaus) == 1 and argument(self._source, plateaus[0], "min_lr") is None:
            return self._set_argument(
                self._source.line(plateaus[0]), None, "ReduceLROnPlateau", "min_lr", change.inline
            )
        return self._todo(line, change)

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

    # -- replace-text ---------------------------------------------------------------------------

    def _replace_texts(self, name: str, code: str) -> None:
        """Put another text in the place of some texts that calls or keywords of some names are given."""
        names, _, texts = name.partition("=")
        for call in self._source.nodes(cst.Call):
            for number, arg in enumerate(call.args):
                known = callee(call) in names.split("|") and number == 0
                known = known or (arg.keyword is not None and arg.keyword.value in names.split("|"))
                if known and isinstance(arg.value, cst.SimpleString) and arg.value.evaluated_value in texts.split("|"):
                    start, end = self._source.span(arg.value)
                    self._put(("value", start), start, end, code)

    # -- lines of their own ---------------------------------------------------------------------

    def _insert_before(self, line: int, change: SourceChange) -> str | None:
        source, code = self._source, change.code
        statement = source.statement(line)
        # keras-tuner's search hands its arguments to fit
        names = _TRAINING if change.name in ("", "fit") else (change.name,)
        call = next((call for call in source.calls_at(line) if callee(call) in names), None)
        if not isinstance(statement, cst.SimpleStatementLine) or call is None or not _alone(source, statement):
            return NO_PLACE
        paired = all(argument(source, call, name) for name in ("x", "y"))
        if change.inline and not paired:
            done = self._through_function(call, statement, change)
            return None if done else self._remark(line, code)
        lines: list[str] = []
        before = dict(self._pieces), dict(self._taken)
        for keyword, place in (("x", "{x}"), ("y", "{y}"), ("sample_weight", "{w}")):
            if place not in code:
                continue
            # without a target the first argument is a data set or a generator
            if keyword != "sample_weight" and not paired:
                return self._remark(line, code)
            written = argument(source, call, keyword)
            if written is None:
                code = "\n".join(entry for entry in code.splitlines() if place not in entry)
                continue
            depends = self._values.unsettled(written.value) if change.fitted and not self._values.once(call) else None
            if depends is not None:
                self._pieces, self._taken = before
                return f"its numbers are those of one training's data, and {_not_ours(source.code(written.value), depends)}"
            variable = self._variable(call, keyword, statement, lines)
            if variable is None:
                self._pieces, self._taken = before
                return self._remark(line, change.code)
            code = code.replace(place, variable)
        parts = self._parts_held(call, statement, code, lines)
        if parts is None:
            self._pieces, self._taken = before
            return self._remark(line, change.code)
        code = parts
        treated = self._for_validation(call, statement, code, lines)
        if treated is None:
            self._pieces, self._taken = before
            return self._remark(line, change.code)
        code = self._without_clashes(treated, set(self._taken.values()))
        self._put_before(statement, [*lines, *self._with_modules(code).splitlines()])
        return None

    def _parts_held(
        self, call: cst.Call, statement: cst.SimpleStatementLine, code: str, lines: list[str]
    ) -> str | None:
        """The code with variables for `{x0}`, `{y1}`: parts of several inputs or targets that the call lists.

        Returns:
            None where it does not list them.
        """
        at = self._source.span(call)[0]
        for keyword, number in sorted(set(re.findall(r"\{([xy])(\d+)\}", code))):
            written = argument(self._source, call, keyword)
            listed = written.value if written is not None else None
            if not isinstance(listed, cst.Tuple | cst.List) or int(number) >= len(listed.elements):
                return None
            value = listed.elements[int(number)].value
            name = {"x": "inputs", "y": "targets"}[keyword]
            variable = self._held((at, keyword + number), value, f"{name}_{number}", statement, lines)
            if variable is None:
                return None
            code = code.replace(f"{{{keyword}{number}}}", variable)
        return code

    def _put_before(self, statement: cst.CSTNode, lines: Sequence[str]) -> None:
        """Put lines of their own before a statement."""
        source = self._source
        line = source.line(statement)
        start, indent = source.line_start(line), source.indent(line)
        text = "".join(f"{indent}{entry}{source.newline}" if entry else source.newline for entry in lines)
        self._put(("before", start, text), start, start, text, _LINES)

    # -- data sets ------------------------------------------------------------------------------

    def _through_function(self, call: cst.Call, statement: cst.CSTNode, change: SourceChange) -> bool:
        """Map the data sets that a training reads through a function of a batch, `change.inline`, if they are data sets."""
        source = self._source
        given = [argument(source, call, name) for name in ("x", "validation_data")]
        found = [written.value for written in given if written is not None]
        if not change.inline or not found or not all(is_dataset(source, value) for value in found):
            return False
        code = self._with_modules(self._without_clashes(change.inline, set()))
        name = re.findall(r"^def (\w+)", code, re.M)[-1]
        for value in found:
            self._map(value, name)
        self._put_before(statement, code.splitlines())
        return True

    def _map(self, value: cst.BaseExpression, function: str) -> None:
        """Put a stage behind a data set."""
        start, end = self._source.span(value)
        simple = isinstance(value, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
        self._put(("map", start, end, "before"), start, start, "" if simple else "(", start - end)
        self._put(("map", start, end, "behind"), end, end, f"{'' if simple else ')'}.map({function})", end - start)

    def _map_labels(self, line: int, change: SourceChange) -> str | None:
        """Give training, validation and evaluation other labels: `code` of `{}`, `inline` of a tensor `{}`."""
        source = self._source
        calls = [call for call in source.calls_at(line) if callee(call) in _TRAINING]
        calls += [call for call in source.nodes(cst.Call) if callee(call) == "evaluate" and call not in calls]
        labels: list[cst.BaseExpression] = []
        streams: list[cst.BaseExpression] = []
        for call in calls:
            given, target, unseen = (argument(source, call, name) for name in ("x", "y", "validation_data"))
            if given is not None:
                (labels if target is not None else streams).append(given.value if target is None else target.value)
            if unseen is not None and isinstance(unseen.value, cst.Tuple) and len(unseen.value.elements) > 1:
                labels.append(unseen.value.elements[1].value)
            elif unseen is not None:
                streams.append(unseen.value)
        yielded = [value for value in streams if is_generator(source, value)]
        streams = [value for value in streams if value not in yielded]
        if not labels + streams + yielded or not all(is_dataset(source, value) for value in streams):
            return self._todo(line, change)
        for value in labels:
            self._put_into(value, change.code if isinstance(value, _TIGHT) else change.code.replace("{}", "({})"))
        function = self._with_modules(f"lambda x, y, *weights: (x, {change.inline.format('y')}, *weights)")
        for value in streams:
            self._map(value, function)
        for value in yielded:
            self._put_into(value, f"((x, {change.code.format('y')}, *weights) for x, y, *weights in {{}})")
        statement, first = source.statement(line), change.todo.partition(":")[0]
        if statement is not None and _alone(source, statement):
            self._put_before(statement, [f"# autostable: {first}"])
        return None

    def _todo(self, line: int, change: SourceChange) -> str:
        """A comment that says what is to be done by hand, and where models are given data."""
        self._done = False
        self._note(line, f"TODO(autostable): {change.todo}{self._uses()}")
        return COMMENT if self._done else NO_PLACE

    # -- wrap-loss ------------------------------------------------------------------------------

    def _wrap_loss(self, line: int, change: SourceChange) -> str | None:
        """Put a function of the user's loss in its place, where a model is compiled: lines in which `{loss}` stands for it."""
        source = self._source
        compiled = change.compiled.line if change.compiled is not None else None
        calls = [call for call in source.nodes(cst.Call) if callee(call) == "compile"]
        own = [call for call in calls if compiled is not None and source.covers(call, compiled)]
        chosen = own or (calls if len(calls) == 1 else [])
        written = argument(source, chosen[0], "loss") if chosen else None
        statement = source.statement(source.line(chosen[0])) if chosen else None
        if written is None or statement is None or not _alone(source, statement) or change.of > 1:
            return self._todo(line, change)
        value = written.value
        if isinstance(value, cst.Dict | cst.List | cst.Tuple):
            return self._todo(line, change)
        code = change.code.replace("{loss}", source.code(value))
        code = self._with_modules(self._without_clashes(code, {"y_true", "y_pred"}))
        start, end = source.span(value)
        self._put(("value", start), start, end, re.findall(r"^def (\w+)", code, re.M)[-1])
        self._put_before(statement, code.splitlines())
        return None

    def _remark(self, line: int, code: str) -> str:
        self._done = False
        self._note(line, f"TODO(autostable): {_comment_of(code)}{self._uses()}")
        return COMMENT if self._done else NO_PLACE

    def _for_validation(
        self, call: cst.Call, statement: cst.SimpleStatementLine, code: str, lines: list[str]
    ) -> str | None:
        """The lines for `{x_val}` and `{y_val}`, where the call gives a pair; without them where it gives nothing.

        Returns:
            None where validation data is given that cannot be treated as the training's is.
        """
        source = self._source
        if "_val}" not in code:
            return code
        written = argument(source, call, "validation_data")
        if written is None:
            if any(arg.star for arg in call.args):
                return None
            return "\n".join(line for line in code.splitlines() if "_val}" not in line)
        value, pair = written.value, written.value
        if isinstance(value, cst.Name):
            pair = next((found for _, found in source.bindings(value.value, call)), value)
        if not isinstance(pair, cst.Tuple) or len(pair.elements) < 2 or (pair is not value and len(pair.elements) > 2):
            return None
        if len(pair.elements) > 2 and "{y_val}[" in code:
            return None  # weights of rows that are left out
        at = source.span(call)[0]
        if pair is not value and (at, "x_val") not in self._taken:
            names = source.fresh("val_inputs"), source.fresh("val_targets")
            start, end = source.span(value)
            self._put(("value", start), start, end, "({}, {})".format(*names))
            lines.append("{}, {} = {}".format(*names, source.code(value)))
            self._taken[at, "x_val"], self._taken[at, "y_val"] = names
        for number, keyword in enumerate(("x_val", "y_val")):
            place = f"{{{keyword}}}"
            if place in code:
                ours = argument(source, call, keyword[0])
                if ours is not None and source.code(ours.value) == source.code(pair.elements[number].value):
                    # the same data, treated already
                    start, end = source.span(pair.elements[number].value)
                    self._put(("value", start), start, end, self._taken[at, keyword[0]])
                    code = "\n".join(line for line in code.splitlines() if place not in line)
                    continue
                name = ("val_inputs", "val_targets")[number]
                variable = self._held((at, keyword), pair.elements[number].value, name, statement, lines)
                if variable is None:
                    return None
                code = code.replace(place, variable)
        return code

    def _variable(
        self, call: cst.Call, keyword: str, statement: cst.SimpleStatementLine, lines: list[str]
    ) -> str | None:
        """A variable that holds an argument and may be given a new value before the statement."""
        written = argument(self._source, call, keyword)
        if written is None:
            return None
        at = self._source.span(call)[0], keyword
        return self._held(
            at, written.value, {"x": "inputs", "y": "targets", "sample_weight": "weights"}[keyword], statement, lines
        )

    def _held(
        self, at: tuple[int, str], value: cst.BaseExpression, name: str, statement: cst.CSTNode, lines: list[str]
    ) -> str | None:
        source, text = self._source, self._source.code(value)
        if at in self._taken:
            return self._taken[at]
        if not isinstance(value, _EXPRESSIONS):
            return None
        scope: Scope = source.scope(statement)
        alone = isinstance(value, cst.Name) and source.binds(scope, text) and not source.looped(statement)
        if alone and not source.read_after(text, statement):
            self._taken[at] = text
            return text
        name = source.fresh(name)
        start, end = source.span(value)
        self._put(("value", start), start, end, name)
        lines.append(f"{name} = {text}")
        self._taken[at] = name
        return name

    def _without_clashes(self, code: str, taken: Set[str]) -> str:
        """The lines with variables and classes of their own under names that the program does not use."""
        for name in _given_names(ast.parse(code)):
            if name not in taken:
                fresh = self._source.fresh(name)
                if fresh != name:
                    code = "\n".join(_renamed(line, name, fresh) for line in code.split("\n"))
        return code

    def _note(self, line: int, text: str) -> None:
        source = self._source
        statement = source.statement(line)
        if statement is None or not _alone(source, statement):
            return
        at = source.line(statement)
        start = source.line_start(at)
        wrapped = (part for entry in text.splitlines() for part in textwrap.wrap(entry, _COMMENT_WIDTH))
        for entry in wrapped:
            comment = entry if entry.startswith("#") else f"# {entry}"
            written = f"{source.indent(at)}{comment}{source.newline}"
            self._put(("note", start, entry), start, start, written, _LINES)

    # -- imports --------------------------------------------------------------------------------

    def _with_modules(self, code: str) -> str:
        """The code with modules as this file calls them; what is missing is imported."""
        for short in _MODULES:
            if re.search(rf"(?<![\w.]){short}\.", code):
                self._need(short)
                code = re.sub(rf"(?<![\w.]){short}\.", f"{self._spelt(short)}.", code)
        return code

    def _spelt(self, short: str) -> str:
        module = _MODULES[short]
        accepted = {module, "tensorflow.keras"} if short == "keras" else {module}
        for name, origin in self._modules.items():
            if origin in accepted:
                return name
        return short

    def _need(self, short: str) -> None:
        if self._spelt(short) not in self._modules:
            module = _MODULES[short]
            self._imports.add(f"import {module}" if module == short else f"import {module} as {short}")

    def _import_place(self) -> int:
        """Before the first import that is not from __future__, else behind the docstring."""
        source = self._source
        for number, statement in enumerate(source.module.body):
            if number == 0 and _is_docstring(statement):
                continue
            if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.ImportFrom):
                origin = statement.body[0].module
                if origin is not None and source.code(origin) == "__future__":
                    continue
            return source.line_start(source.line(statement))
        return len(source.text)


def _given_names(node: ast.AST) -> Iterator[str]:
    """The variables, functions and classes that lines of code define, but for what belongs to a class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            yield child.name
        if not isinstance(child, ast.ClassDef):
            yield from _given_names(child)


def _is_matrix(value: cst.CSTNode) -> bool:
    """Whether a call within an expression is given a shape of two axes."""
    if isinstance(value, cst.Call):
        given = [arg.value for number, arg in enumerate(value.args) if arg.keyword is None and number == 0]
        given += [arg.value for arg in value.args if arg.keyword is not None and arg.keyword.value == "shape"]
        if any(isinstance(each, cst.Tuple | cst.List) and len(each.elements) == 2 for each in given):
            return True
    return any(_is_matrix(child) for child in value.children)


def _renamed(line: str, name: str, fresh: str) -> str:
    """A line of code with another name for a variable; a comment stays as it is."""
    return line if line.startswith("#") else re.sub(rf"(?<![\w.]){name}(?!\w)", fresh, line)


def _parameters(place: Place) -> set[str]:
    """The names of a method's parameters, where a place lies in one."""
    statement = place.statement
    parameters = statement.params.params if isinstance(statement, cst.FunctionDef) else ()
    return {*place.names, *(each.name.value for each in parameters)}


def _is_docstring(statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def _inside(piece: _Piece, other: _Piece) -> bool:
    """Whether another piece replaces the text that this one changes."""
    if other.start == other.end or (other.start, other.end) == (piece.start, piece.end):
        return False
    return (
        other.start <= piece.start
        and piece.end <= other.end
        and not (piece.start == piece.end and piece.start in (other.start, other.end))
    )


def _alone(source: Source, statement: cst.CSTNode) -> bool:
    """Whether the statement begins its line (nothing can be put before it otherwise)."""
    start = source.span(statement)[0]
    return source.text[source.line_start(source.line(statement)) : start].strip() == ""


def _not_ours(code: str, depends: str) -> str:
    what = "changes" if code == depends else f"depends on {depends}, which changes"
    return f"`{code}` {what} from training to training, or is given from outside"


def _is_literal(code: str) -> bool:
    try:
        ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return False
    return True


def _comment_of(code: str) -> str:
    """The comments in some lines of code; where these lines cannot be written, what they would have done."""
    comments = [line.partition("# ")[2] for line in code.splitlines() if "# " in line]
    done = "; ".join(line.partition("  # ")[0] for line in code.splitlines() if not line.startswith("#"))
    done = re.sub(r"\{(\w+)\}", r"\1", done)
    said = f" ({comments[0].removeprefix('autostable: ')})" if comments else ""
    return f"do this where the data are made: {done}{said}"


def _operand(call: cst.Call) -> cst.BaseExpression | None:
    """What is to be bounded in a call: the first argument, the second one of a division."""
    index = 1 if callee(call) in operations.SECOND else 0
    if index >= len(call.args):
        return None
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value in (("x2", "y") if index else ("x", "input")):
            return arg.value
    found = call.args[index]
    return None if found.star or found.keyword is not None else found.value


def _base(node: cst.BinaryOperation) -> cst.BaseExpression | None:
    """What is to be bounded in `a / b` (b) and `a ** b` (a); None where it cannot be singular."""
    if isinstance(node.operator, cst.Divide):
        return None if isinstance(node.right, cst.Integer | cst.Float) else node.right
    if isinstance(node.right, cst.Integer):
        return None
    return node.left
