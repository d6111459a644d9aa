"""A parsed file: its syntax tree with positions, parents, scopes and bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from autostable.knowledge.disturbances import STRENGTHS
from autostable.knowledge.optimizers import OPTIMIZERS

Node = TypeVar("Node", bound=cst.CSTNode)

_NEWLINE = re.compile(r"\r\n|\r|\n")
Scope = cst.FunctionDef | cst.Lambda | cst.ClassDef | cst.Module
# positional parameters of what programs build most; enough to find an argument without its keyword
_POSITIONS: dict[str, dict[str, int]] = {
    "activation": {"Dense": 1, "LSTM": 1, "GRU": 1, "SimpleRNN": 1, "Activation": 0},
    "learning_rate": dict.fromkeys(OPTIMIZERS, 0),
    "weight_decay": {"AdamW": 1},
    "optimizer": {"compile": 0, "get": 0},
    "loss": {"compile": 1},
    "x": {"fit": 0, "search": 0, "evaluate": 0},
    "y": {"fit": 1, "search": 1, "evaluate": 1},
    "units": {"Dense": 0},
    "mask_value": {"Masking": 0},
    "mode": {"RandomFlip": 0},
}
for _kind, _names in STRENGTHS.items():  # a layer takes by what it does more or less before all else
    for _place, _name in enumerate(_names):
        _POSITIONS.setdefault(_name, {})[_kind] = _place


class Source:
    """A parsed file.

    Raises:
        libcst.ParserSyntaxError: If the text is not Python.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        self.all_nodes = list(_walk(self.module))
        self._of_kind: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}

    # -- places ---------------------------------------------------------------------------------

    def range(self, node: cst.CSTNode) -> CodeRange:
        return self._positions[node]

    def line(self, node: cst.CSTNode) -> int:
        return self.range(node).start.line

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Offsets of the node's text, without parentheses around it."""
        place = self.range(node)
        return (
            self._starts[place.start.line - 1] + place.start.column,
            self._starts[place.end.line - 1] + place.end.column,
        )

    def code(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def line_start(self, line: int) -> int:
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def indent(self, line: int) -> str:
        rest = self.text[self.line_start(line) :]
        return rest[: len(rest) - len(rest.lstrip(" \t"))]

    @property
    def newline(self) -> str:
        return self.module.default_newline

    # -- nodes ----------------------------------------------------------------------------------

    def nodes(self, kind: type[Node]) -> list[Node]:
        if kind not in self._of_kind:
            self._of_kind[kind] = [node for node in self.all_nodes if isinstance(node, kind)]
        return cast(list[Node], self._of_kind[kind])

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        current = self.parent(node)
        while current is not None:
            yield current
            current = self.parent(current)

    def covers(self, node: cst.CSTNode, line: int) -> bool:
        place = self.range(node)
        return place.start.line <= line <= place.end.line

    def statement(self, line: int) -> cst.SimpleStatementLine | cst.BaseCompoundStatement | None:
        """The innermost statement on lines of its own that covers the line."""
        found: cst.SimpleStatementLine | cst.BaseCompoundStatement | None = None
        for node in self.all_nodes:
            if not isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                continue
            if self.covers(node, line) and (found is None or self.line(node) >= self.line(found)):
                found = node
        return found

    def calls_at(self, line: int) -> list[cst.Call]:
        """Calls at a line: first those whose name stands there, inner before outer; then those around, likewise."""
        found = [call for call in self.nodes(cst.Call) if self.covers(call, line)]
        found.sort(key=lambda call: self._size(call))
        own = [call for call in found if line in (self.line(call), self._name_line(call))]
        if not own:
            return found
        around = [call for call in found if call not in own]
        if all(self._displayed(call) for call in own if self.line(call) == line):
            # elements of a list have nothing to do with the arguments of the call around the list
            return own
        return [*own, *around]

    def _displayed(self, call: cst.Call) -> bool:
        for parent in self.parents(call):
            if isinstance(parent, cst.Element | cst.DictElement):
                return True
            if isinstance(parent, cst.Arg | cst.BaseSmallStatement):
                return False
        return False

    def _size(self, node: cst.CSTNode) -> int:
        start, end = self.span(node)
        return end - start

    def _name_line(self, call: cst.Call) -> int:
        return self.line(call.func.attr) if isinstance(call.func, cst.Attribute) else self.line(call.func)

    def scope(self, node: cst.CSTNode) -> Scope:
        for parent in self.parents(node):
            if isinstance(parent, cst.FunctionDef | cst.Lambda | cst.ClassDef | cst.Module):
                return parent
        return self.module

    def scopes(self, node: cst.CSTNode) -> list[Scope]:
        """The scopes that a name in the node is looked up in, inner first."""
        return [
            p for p in self.parents(node) if isinstance(p, cst.FunctionDef | cst.Lambda | cst.ClassDef | cst.Module)
        ]

    def looped(self, node: cst.CSTNode) -> bool:
        """Whether the node may run more than once within its scope."""
        for parent in self.parents(node):
            if isinstance(parent, cst.For | cst.While):
                return True
            if isinstance(parent, cst.FunctionDef | cst.Lambda | cst.Module):
                return False
        return False

    # -- bindings -------------------------------------------------------------------------------

    def bindings(self, name: str, seen_from: cst.CSTNode) -> list[tuple[cst.CSTNode, cst.BaseExpression]]:
        """Assignments (node, value) to a dotted name that a place can see, the likeliest first."""
        found: list[tuple[cst.CSTNode, cst.BaseExpression]] = []
        for node in self.all_nodes:
            if isinstance(node, cst.Assign):
                if any(self.code(target.target) == name for target in node.targets):
                    found.append((node, node.value))
                continue
            if not isinstance(node, cst.AnnAssign | cst.NamedExpr | cst.AugAssign):
                continue
            if node.value is not None and self.code(node.target) == name:
                found.append((node, node.value))
        line, scopes = self.line(seen_from), self.scopes(seen_from)
        around = set(self.parents(seen_from))  # what an assignment over several lines reads it has not assigned yet
        if "." not in name:
            found = [(node, value) for node, value in found if self.scope(node) in scopes]

        def rank(entry: tuple[cst.CSTNode, cst.BaseExpression]) -> tuple[int, bool, int]:
            scope, at = self.scope(entry[0]), self.line(entry[0])
            depth = scopes.index(scope) if scope in scopes else len(scopes)
            return depth, at >= line or entry[0] in around, -at

        return sorted(found, key=rank)

    def binds(self, scope: Scope, name: str) -> bool:
        """Whether a scope gives the name a value (so that it can be given another one there)."""
        if isinstance(scope, cst.FunctionDef):
            parameters = scope.params
            if any(p.name.value == name for p in (*parameters.params, *parameters.kwonly_params)):
                return True
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.(\[])")
        for node in self.all_nodes:
            if not isinstance(node, cst.AssignTarget | cst.For | cst.NamedExpr | cst.AnnAssign):
                continue
            if self.scope(node) is scope and pattern.search(self.code(node.target)):
                return True
        return False

    def read_after(self, name: str, statement: cst.CSTNode) -> bool:
        """Whether a variable is read below a statement."""
        end = self.range(statement).end.line
        return any(node.value == name and self.line(node) > end for node in self.nodes(cst.Name))

    def fresh(self, name: str) -> str:
        """The name, or one like it that the file does not use yet."""
        used = {node.value for node in self.nodes(cst.Name)}
        candidate, number = name, 2
        while candidate in used:
            candidate, number = f"{name}_{number}", number + 1
        return candidate

    def imported(self) -> dict[str, str]:
        """What the imports on module level bind: name -> dotted origin."""
        found: dict[str, str] = {}
        for statement in self.module.body:
            if not isinstance(statement, cst.SimpleStatementLine):
                continue
            for small in statement.body:
                if isinstance(small, cst.Import):
                    for alias in small.names:
                        dotted = self.code(alias.name)
                        if alias.asname is not None:
                            found[self.code(alias.asname.name)] = dotted
                        else:
                            found[dotted.split(".")[0]] = dotted.split(".")[0]
                elif isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
                    origin = self.code(small.module) if small.module is not None else ""
                    for alias in small.names:
                        bound = alias.asname.name if alias.asname is not None else alias.name
                        found[self.code(bound)] = f"{origin}.{self.code(alias.name)}"
        return found


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def callee(call: cst.Call) -> str:
    """The last name of what is called: "Dense" for keras.layers.Dense(...); "" for anything else."""
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else ""


def positional(call: cst.Call, keyword: str) -> cst.Arg | None:
    """The argument that stands for a keyword by its position, for the calls that are known."""
    index = _POSITIONS.get(keyword, {}).get(callee(call))
    if index is None or index >= len(call.args):
        return None
    if any(argument.keyword is not None or argument.star for argument in call.args[: index + 1]):
        return None
    return call.args[index]


def text_of(node: cst.CSTNode) -> str | None:
    """The text of a literal; None of everything else."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None
