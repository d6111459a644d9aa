"""Which numbers of a source decide, and a source with one of them moved.

All do but these, each by a rule of syntax, so that no number can be let off by name. None of them could change a verdict by
being a little larger or smaller; they are what a formula or an array is made of:

- 0, and what is no number of its own: True, numbers in a text that is formatted.
- Places: a whole number as the index of a sequence or an axis (`x[1]`, `x[:, -1]`), and 1 as the end or the step of a slice
  (`x[1:]`, `x[::-1]`). Any other end of a slice says how many are looked at, and counts.
- Arguments that name a place, a kind or a start of random numbers: `axis=`, `ddof=`, `dtype=`, `seed=`, `random_state=`,
  `n_jobs=`, the shape that an array is made in or brought to, the seed of `default_rng`, how often a `split` may cut, the
  digits of a `round`.
- The form of a formula: 1 that is added to something or taken from it (`1 - x`, `n - 1`), 1 that is divided (`1 / x`), a
  square (`x ** 2`), the half of a sum or difference (`(a + b) / 2`, the middle of two). A half of one thing counts.
- What only keeps a quotient from dividing by 0 (`max(x, 1e-300)`): numbers below 1e-30.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PLACES = frozenset({"axis", "ddof", "dtype", "n_jobs", "random_state", "seed"})  # keywords
_SHAPES = frozenset({"default_rng", "empty", "ones", "reshape", "zeros"})  # calls none of whose numbers decides
_LAST = frozenset({"round", "rsplit", "split"})  # calls whose second number is one of digits or of cuts
_LEAST = 1e-30


@dataclasses.dataclass(frozen=True)
class Number:
    """One number of the source; `index` is its place among the file's."""

    file: Path
    index: int
    line: int
    value: float

    def moved(self) -> tuple[float, float]:
        """A quarter less and a quarter more; whole numbers by at least 1."""
        if isinstance(self.value, int):
            step = max(1, round(abs(self.value) / 4))
            return self.value - step, self.value + step
        return self.value * 0.75, self.value * 1.25


def numbers(file: Path) -> list[Number]:
    """The deciding numbers of a file."""
    found = _deciding(ast.parse(file.read_text(encoding="utf-8")))
    return [Number(file, index, node.lineno, node.value) for index, node in enumerate(found)]  # type: ignore[arg-type]


def changed(number: Number, value: float) -> ast.Module:
    """The module that a number stands in, with another in its place."""
    tree = ast.parse(number.file.read_text(encoding="utf-8"))
    _deciding(tree)[number.index].value = value
    return tree


def files(given: Sequence[str]) -> Iterator[Path]:
    """The modules in files and folders, relative to the root of the repository."""
    for name in given:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _deciding(tree: ast.Module) -> list[ast.Constant]:
    left_out = {id(node) for parent in ast.walk(tree) for node in _not_deciding(parent)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in left_out]
    decide = [node for node in found if type(node.value) in (int, float) and abs(node.value) >= _LEAST]  # type: ignore[arg-type]
    return sorted(decide, key=lambda node: (node.lineno, node.col_offset))


def _not_deciding(node: ast.AST) -> Iterator[ast.AST]:
    """What stands directly in a node, and does not decide for that."""
    if isinstance(node, ast.JoinedStr):
        yield from ast.walk(node)
    elif isinstance(node, ast.Subscript):
        for part in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
            yield from _of_index(part)
    elif isinstance(node, ast.keyword) and node.arg in _PLACES:
        yield _bare(node.value)
    elif isinstance(node, ast.arguments):
        yield from _of_defaults(node)
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = node.args if name in _SHAPES else node.args[1:2] if name in _LAST else []
        for each in given:
            yield from map(_bare, each.elts if isinstance(each, ast.Tuple) else [each])
    elif isinstance(node, ast.BinOp):
        yield from _of_formula(node)


def _of_index(part: ast.expr) -> Iterator[ast.AST]:
    if not isinstance(part, ast.Slice):
        yield _bare(part)
        return
    for end in (part.lower, part.upper):
        if end is not None and _is(end, 1):
            yield _bare(end)
    if part.step is not None:
        yield _bare(part.step)


def _of_defaults(node: ast.arguments) -> Iterator[ast.AST]:
    given = [*node.posonlyargs, *node.args]
    pairs = [*zip(given[len(given) - len(node.defaults) :], node.defaults, strict=True)]
    pairs += [(name, value) for name, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value is not None]
    yield from (_bare(value) for name, value in pairs if name.arg in _PLACES)


def _of_formula(node: ast.BinOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Add | ast.Sub):
        sides = (node.left, node.right), (node.right, node.left)
        yield from (one for one, other in sides if _is(one, 1) and not isinstance(_bare(other), ast.Constant))
    elif isinstance(node.op, ast.Div):
        if _is(node.left, 1):
            yield node.left
        if _is(node.right, 2) and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            yield node.right
    elif isinstance(node.op, ast.Pow) and _is(node.right, 2):
        yield node.right


def _bare(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else node


def _is(node: ast.expr, value: int) -> bool:
    bare = _bare(node)
    return isinstance(bare, ast.Constant) and type(bare.value) in (int, float) and bare.value == value
