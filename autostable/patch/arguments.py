"""Arguments of calls and operands of operators: given another value, or put into an expression."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import libcst as cst

from autostable.knowledge import operations
from autostable.patch.locate import Written, argument, find_argument, in_mapping
from autostable.patch.pieces import NO_PLACE, TIGHT, Pieces, not_ours
from autostable.patch.source import callee
from autostable.strategy import SourceChange

_WRAPPERS = frozenset({"Bidirectional", "TimeDistributed", "RNN"})
_OPTIMIZER_ARGUMENTS = frozenset({"learning_rate", "global_clipnorm", "clipnorm", "epsilon", "weight_decay"})
_OPERATORS: dict[str, type[cst.BaseBinaryOp]] = {
    "/": cst.Divide, "**": cst.Power, "+": cst.Add, "-": cst.Subtract, "*": cst.Multiply,
}  # fmt: skip
_ALIKE = 1e-3  # of a number: what Keras keeps of it in float32 is as good as the number
_VARIANCES = {"reduce_std": "reduce_variance", "std": "var"}


class Arguments(Pieces):
    """Sets and wraps arguments."""

    def _set_argument(
        self, line: int, column: int | None, name: str | None, keyword: str, code: str, place: int = 0, of: int = 1
    ) -> str | None:
        source = self._source
        keyword, _, key = keyword.partition("[")  # an entry of a dictionary
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
        if key:
            given = None if written is None else written.value
            if isinstance(given, cst.List | cst.Tuple):  # in the order of the outputs
                plain = [each.value for each in given.elements if isinstance(each, cst.Element)]
                whole = len(plain) == len(given.elements) == of
                written = Written(plain[place], plain[place]) if whole else None
            else:
                mapping = None if given is None else self._values.mapping(given)
                written = None if mapping is None else in_mapping(source, mapping, key.removesuffix("]"))
            if written is None:
                return NO_PLACE
        if written is not None:
            depends = self._values.unsettled(written.value)
            if depends is not None:
                return not_ours(source.code(written.value), depends)
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

    def _says(self, line: int, column: int | None, name: str, was: float) -> bool:
        """Whether an argument may be the number that was in force: it is not written as another one."""
        called, _, keyword = name.rpartition(".")
        call = self._target(line, column, called or None, keyword)
        written = None if call is None else self._set_later(call, keyword) or argument(self._source, call, keyword)
        constant = None if written is None else self._source.code(self._values.place(written.value))
        try:
            return constant is None or abs(float(constant) - was) <= _ALIKE * abs(was)
        except ValueError:
            return True

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

    def _wrap_value(self, line: int, change: SourceChange) -> str | None:
        """Put what is assigned on a line into an expression."""
        statement = self._source.statement(line)
        assigned = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not isinstance(assigned, cst.Assign) or not isinstance(assigned.value, TIGHT):
            return self._todo(line, change)
        self._put_into(assigned.value, change.code)
        return None

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
                return not_ours(source.code(written.value), depends)
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

    def _wrap_argument(self, line: int, change: SourceChange) -> str | None:
        """Put what an operation takes into an expression."""
        names, _, reach = change.name.partition("@")
        if reach in ("first", "second"):
            self._wrap_one(line, names.split("|"), ("first", "second").index(reach), change.code)
        for each in self._reach(line) if reach == "function" else () if reach else (line,):
            self._wrap(each, names.split("|"), change.code)
        if not self._done and "sqrt" in names.split("|"):
            self._wrap_roots(line, change.code)
        if not self._done and change.todo:
            return self._todo(line, change)
        return None if self._done else NO_PLACE

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

    def _wrap_roots(self, line: int, code: str) -> None:
        """A deviation as the root of a variance that is bounded, a norm as that of a sum of squares."""
        for call in self._calls_named(line, [*_VARIANCES, "norm"]):
            under = self._under_the_root(call)
            if under is not None:
                text = self._in_namespace(f"keras.ops.sqrt({code.replace('{}', under)})", call)
                self._put(("value", self._source.span(call)[0]), *self._source.span(call), text)

    def _under_the_root(self, call: cst.Call) -> str | None:
        """What a deviation or a Euclidean norm is the root of; None where it is another norm."""
        if not isinstance(call.func, cst.Attribute) or not call.args or call.args[0].keyword is not None:
            return None
        root, given = self._source.code(call.func.value), [self._source.code(arg) for arg in call.args]
        given = [each.rstrip(", ") for each in given]
        if callee(call) in _VARIANCES:
            return f"{root}.{_VARIANCES[callee(call)]}({', '.join(given)})"
        keywords = {arg.keyword.value if arg.keyword is not None else "" for arg in call.args[1:]}
        if not keywords <= {"axis", "keepdims", "name"}:
            return None
        library = root.partition(".")[0] if self._modules.get(root.partition(".")[0]) == "tensorflow" else root
        summed = (
            f"{library}.reduce_sum" if library != root or "tensorflow" in self._modules.get(root, "") else f"{root}.sum"
        )
        return f"{summed}({', '.join([f'{library}.square({given[0]})', *given[1:]])})"

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
        if self._modules.get(root) == "tensorflow":
            code = code.replace("keras.ops.isfinite", f"{root}.math.is_finite")
        return code.replace("keras.ops", root)


def _is_literal(code: str) -> bool:
    try:
        ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return False
    return True


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
