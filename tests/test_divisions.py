"""Which division a line of a script holds, what it divides by, and the tree in which the divisor is guarded."""

from __future__ import annotations

import ast
import textwrap
import traceback
import warnings

import numpy as np
import pytest

from autostable.divisions import Divisor, alike, divided_at, guarded


@pytest.mark.parametrize(
    ("line", "divisor"),
    [
        ("y = x / s", "s"),
        ("x /= np.std(x)", "np.std(x)"),
        ("x[mask] /= s[mask]", "s[mask]"),
        ("y = np.divide(x, s, out=z)", "s"),
        ("y = numpy.true_divide(x, x.max(axis=0))", "x.max(axis=0)"),
        ("y = divide(x, s)", "s"),
        ("y = (x - x.mean()) / (x.max() - x.min())", "x.max() - x.min()"),
        ("y = x / 255.0 / s", "s"),
        ("y = x / 2 ** 8 + 1 / -3.0 + z / s", "s"),
        ("y = [row / s for row in x]", "s"),
        ("return_(x / s)", "s"),
        ("if (x / s).any(): pass", "s"),
        ("y = x / 255.0", None),
        ("y = x // s", None),
        ("y = x / s / t", None),
        ("y = x / s; z = x / t", None),
        ("y = np.divide(*both)", None),
        ("y = np.divide(x)", None),
        ("y = x * s", None),
        ("", None),
    ],
)
def test_the_only_division_of_a_line(line: str, divisor: str | None) -> None:
    found = divided_at(f"import numpy as np\n{line}\n", 2)
    assert (None if found is None else found.code) == divisor


def test_lines_and_columns_are_those_of_the_text() -> None:
    text = "name = 'ä'\nwert = ('ü', x) [1] / (  größe[0] )\n"
    assert divided_at(text, 2) == Divisor(2, (2, 25), (2, 33), "größe[0]", 0, True)
    assert text.split("\n")[1][25:33] == "größe[0]"


def test_a_division_belongs_to_the_line_where_it_begins() -> None:
    text = "y = f(\n    a,\n    b /\n    s,\n    c / t,\n)\n"
    assert [divided_at(text, line) and divided_at(text, line).code for line in range(1, 7)] == [
        None, None, "s", None, "t", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("divisor", "twice"),
    [
        ("s", True),
        ("self.scale[:, None]", True),
        ("x.std(axis=0, keepdims=True)", True),
        ("np.linalg.norm(x, axis=1, keepdims=True)", True),
        ("(x.max() - x.min())", True),
        ("np.sqrt(np.var(x))", True),
        ("-s", True),
        ("next(spreads)", False),
        ("rng.normal(size=3)", False),
        ("spreads.pop()", False),
        ("(s if s.any() else t)", False),
        ("np.std([row for row in x])", False),
        ("(s := x.std())", False),
        ("scale_of(x)", False),
    ],
)
def test_what_may_be_written_twice(divisor: str, twice: bool) -> None:
    found = divided_at(f"y = x / {divisor}", 1)
    assert found is not None and found.twice is twice


def test_lines_that_divide_by_the_same_in_the_same_function() -> None:
    text = textwrap.dedent("""\
        train = train / top
        test = test / top
        other = other / bottom
        both = one / top / two
        def scaled(data, top):
            data = data / top
            return np.divide(data,  top)
        last = last / 2 / top
    """)
    assert alike(text, 1) == (1, 2, 8)
    assert alike(text, 6) == alike(text, 7) == (6, 7)
    assert alike(text, 3) == (3,)
    assert alike(text, 4) == alike(text, 5) == ()


def test_a_guarded_script_has_its_lines_and_columns() -> None:
    text = textwrap.dedent('''\
        """What it says."""
        from __future__ import annotations
        def share(part, whole):
            return (part
                    / whole)
        a = share(6.0, 3.0)
        b = share(6.0, 0.0)
        c = 6.0
        c /= b
        d = divide(6.0, 0.0)
        e = share([], 2)
    ''')
    plain, tree = ast.parse(text), guarded(text, [4, 9], "guard")
    seen: list[float] = []

    def guard(divisor: float) -> float:
        seen.append(divisor)
        return divisor or 1.0

    names = {"guard": guard, "divide": lambda a, b: a + b}
    with pytest.raises(TypeError) as raised:
        exec(compile(tree, "script.py", "exec", dont_inherit=True), names)
    assert seen == [3.0, 0.0, 6.0, 2]
    assert [names[name] for name in "abcd"] == [2.0, 6.0, 1.0, 6.0]
    assert names["__doc__"] == "What it says."
    assert [entry.lineno for entry in traceback.extract_tb(raised.value.__traceback__)][1:] == [11, 4]
    places = [(type(node), node.lineno, node.col_offset) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
    assert places == [(type(n), n.lineno, n.col_offset) for n in ast.walk(plain) if isinstance(n, ast.BinOp)]


def test_the_line_that_numpy_names_is_the_one_that_is_guarded() -> None:
    text = "y = (zero\n     - zero) / (\n    zero)\n"
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        exec(compile(text, "script.py", "exec"), {"zero": np.zeros(2)})
    assert [each.lineno for each in log] == [1] and divided_at(text, 1) is not None
    exec(
        compile(guarded(text, [1], "guard"), "script.py", "exec"),
        names := {"zero": np.zeros(2), "guard": lambda d: d + 1},
    )
    assert names["y"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("line", [1, 2, 3, 9])
def test_a_line_without_one_division_is_refused(line: int) -> None:
    with pytest.raises(ValueError, match=f"line {line} holds [02] divisions"):
        guarded("a = b\nc = a / b / d\ne = a / 2\nf = a / b\n", [4, line], "guard")
