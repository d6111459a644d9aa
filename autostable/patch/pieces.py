"""Pieces of a file's text that are replaced or put in, so that all else stays as it is."""

from __future__ import annotations

import ast
import dataclasses
import re
import textwrap
from collections.abc import Iterator, Sequence, Set

import libcst as cst

from autostable.patch.source import Source, callee
from autostable.patch.values import Values
from autostable.strategy import SourceChange

NO_PLACE = "no sure place for it was found"
COMMENT = "a comment there says what to do"
LINES = -1_000_000_000  # whole lines come before anything on the line
TRAINING = ("fit", "search")  # keras-tuner's search hands its arguments to fit
# what binds tighter than any operator
TIGHT = cst.Name | cst.Attribute | cst.Subscript | cst.Call
_COMMENT_WIDTH = 110
_MODULES = {"np": "numpy", "keras": "keras", "tf": "tensorflow"}


@dataclasses.dataclass(frozen=True)
class _Piece:
    """Text that takes the place of [start, end); an insertion where start == end.

    Of insertions at one place the one of lower rank comes first.
    """

    start: int
    end: int
    text: str
    rank: int = 0


class Pieces:
    """The pieces of one file, and what they need: imports, names of their own, comments."""

    def __init__(self, source: Source, arguments: Sequence[str] | None) -> None:
        self._source = source
        self._pieces: dict[tuple[object, ...], _Piece] = {}  # a later change of the same place wins
        self._stringly: dict[tuple[int, int], tuple[str, dict[str, str]]] = {}
        self._taken: dict[tuple[int, str], str] = {}
        self._imports: set[str] = set()
        self._modules = source.imported()
        self._values = Values(source, arguments)
        self._done = False
        self._left: set[str] = (
            set()
        )  # what is left to the user: changes that say the same do nothing without each other

    def result(self) -> str:
        """The text with all pieces in it."""
        for (start, end), (optimizer, arguments) in self._stringly.items():
            written = ", ".join(f"{name}={code}" for name, code in arguments.items())
            self._put(("stringly", start), start, end, f"{self._spelt('keras')}.optimizers.{optimizer}({written})")
        if self._imports:
            place = self._import_place()
            lines = "".join(f"{line}{self._source.newline}" for line in sorted(self._imports))
            self._put(("import",), place, place, lines, LINES - 1)
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

    def _put_into(self, operand: cst.BaseExpression, template: str) -> None:
        if isinstance(operand, cst.Integer | cst.Float):
            return
        text = self._source.code(operand)
        before, _, behind = template.rpartition("{}")
        start, end = self._source.span(operand)
        # of operands that begin (or end) at one place the larger one is the outer one
        self._put(("wrap", start, end, "before"), start, start, before.replace("{}", text), start - end)
        self._put(("wrap", start, end, "behind"), end, end, behind, end - start)

    def _put_before(self, statement: cst.CSTNode, lines: Sequence[str]) -> None:
        """Put lines of their own before a statement."""
        source = self._source
        decorated = isinstance(statement, cst.FunctionDef | cst.ClassDef) and statement.decorators
        line = source.line(decorated[0] if decorated else statement)
        start, indent = source.line_start(line), source.indent(line)
        text = "".join(f"{indent}{entry}{source.newline}" if entry else source.newline for entry in lines)
        self._put(("before", start, text), start, start, text, LINES)

    def _outermost(self, statement: cst.CSTNode) -> cst.CSTNode:
        """The statement on module level that a statement lies in."""
        for parent in self._source.parents(statement):
            if isinstance(parent, cst.Module):
                return statement
            statement = parent
        return statement

    def _note(self, line: int, text: str) -> None:
        source = self._source
        statement = source.statement(line)
        if statement is None or not alone(source, statement):
            return
        at = source.line(statement)
        start = source.line_start(at)
        wrapped = (part for entry in text.splitlines() for part in textwrap.wrap(entry, _COMMENT_WIDTH))
        for entry in wrapped:
            comment = entry if entry.startswith("#") else f"# {entry}"
            written = f"{source.indent(at)}{comment}{source.newline}"
            self._put(("note", start, entry), start, start, written, LINES)

    def _todo(self, line: int, change: SourceChange, *, uses: bool = True) -> str:
        """A comment that says what is to be done by hand, and where models are given data if that matters to it."""
        self._left.add(change.todo)
        self._done = False
        self._note(line, f"TODO(autostable): {change.todo}{self._uses() if uses else ''}")
        return COMMENT if self._done else NO_PLACE

    def _uses(self) -> str:
        """The lines where models are given data, for a comment."""
        names = ("fit", "evaluate", "predict", "predict_on_batch", "train_on_batch", "test_on_batch")
        lines = sorted({self._source.line(call) for call in self._source.nodes(cst.Call) if callee(call) in names})
        return f"; models are given data at line {', '.join(map(str, lines))} (before this change)" if lines else ""

    def _without_clashes(self, code: str, taken: Set[str]) -> str:
        """The lines with variables and classes of their own under names that the program does not use."""
        for name in _given_names(ast.parse(code)):
            if name not in taken:
                fresh = self._source.fresh(name)
                if fresh != name:
                    code = "\n".join(_renamed(line, name, fresh) for line in code.split("\n"))
        return code

    # -- imports --------------------------------------------------------------------------------

    def _with_modules(self, code: str) -> str:
        """The code with modules as this file calls them; what is missing is imported."""
        for short in _MODULES:
            if re.search(rf"(?<![\w.]){short}\.", code):
                self._need(short)
                if self._modules.get(self._spelt(short)) == "tensorflow.keras":  # has no `saving`
                    code = code.replace("keras.saving.", "keras.utils.")
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
        if not isinstance(child, ast.ClassDef | ast.comprehension):
            yield from _given_names(child)


def _renamed(line: str, name: str, fresh: str) -> str:
    """A line of code with another name for a variable; a comment stays as it is, and so do keywords of calls."""
    return line if line.startswith("#") else re.sub(rf"(?<![\w.]){name}(?!\w|=(?!=))", fresh, line)


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


def alone(source: Source, statement: cst.CSTNode) -> bool:
    """Whether the statement begins its line (nothing can be put before it otherwise)."""
    start = source.span(statement)[0]
    return source.text[source.line_start(source.line(statement)) : start].strip() == ""


def not_ours(code: str, depends: str) -> str:
    """Why a value stays as it is: it is not one training's to decide."""
    what = "changes" if code == depends else f"depends on {depends}, which changes"
    return f"`{code}` {what} from training to training, or is given from outside"
