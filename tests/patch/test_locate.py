from __future__ import annotations

import textwrap

import pytest

from autostable.patch import locate_argument

# name -> (program, line asked for, keyword, line of the answer)
TABLE: dict[str, tuple[str, int, str, int | None]] = {
    "one line": ('d = Dense(3, activation="relu")', 1, "activation", 1),
    "not there": ("d = Dense(3)", 1, "activation", None),
    "no call at the line": ("x = 1\nd = Dense(3, activation='relu')", 1, "activation", None),
    "keyword on its own line": ("d = Dense(\n    3,\n    activation='relu',\n)", 1, "activation", 3),
    "asked in the middle": ("d = Dense(\n    3,\n    activation='relu',\n)", 2, "activation", 3),
    "asked at the closing line": ("d = Dense(\n    3,\n    activation='relu',\n)", 4, "activation", 3),
    "by place, of a layer that turns": ("d = RandomRotation(\n    0.35,\n    seed=1)", 1, "factor", 2),
    "by the second place": ("d = RandomZoom(\n    0.3,\n    0.2)", 1, "width_factor", 3),
    "by place, of a flip": ('d = RandomFlip(\n    "horizontal")', 1, "mode", 2),
    "nested in add": ("net.add(keras.layers.Dense(3, activation='relu'))", 1, "activation", 1),
    "nested in add over lines": (
        "net.add(\n    keras.layers.Dense(\n        3,\n        activation='relu',\n    )\n)",
        2,
        "activation",
        4,
    ),
    "outer line of add": ("net.add(\n    Dense(\n        3, activation='relu'\n    )\n)", 2, "activation", 3),
    "wrapped": ("h = Bidirectional(\n    LSTM(8,\n         activation='relu'))(x)", 2, "activation", 3),
    "called at once": ("x = Dense(\n    3,\n    activation='relu',\n)(x)", 1, "activation", 3),
    "value is a call on the line": (
        "net.add(\n    Dense(\n        30, kernel_initializer=unit(),\n        activation='relu'\n    )\n)",
        3,
        "activation",
        4,
    ),
    "neighbour in a list": (
        "m = Sequential([\n    Dense(3),\n    Dense(4, activation='relu'),\n], name='m')",
        2,
        "activation",
        None,
    ),
    "not the list's own call": ("m = Sequential([\n    Dense(3),\n    Dense(4),\n], name='m')", 2, "name", None),
    "second in a list": ("m = Sequential([\n    Dense(3),\n    Dense(4, activation='relu'),\n])", 3, "activation", 3),
    "dict() of module": ('CELL = dict(activation="relu", dropout=0.2)\n\nh = LSTM(96, **CELL)', 3, "activation", 1),
    "dict() over lines": (
        "CELL = dict(\n    dropout=0.2,\n    activation='relu',\n)\nh = LSTM(9, **CELL)",
        5,
        "activation",
        3,
    ),
    "literal": ('CELL = {"activation": "relu"}\nh = LSTM(9, **CELL)', 2, "activation", 1),
    "literal over lines": (
        'CELL = {\n    "units": 3,\n    "activation": "relu",\n}\nh = LSTM(**CELL)',
        5,
        "activation",
        3,
    ),
    "key not in it": ('CELL = {"units": 3}\nh = LSTM(**CELL)', 2, "activation", None),
    "unpacked dict in a wrapped call": (
        'CELL = dict(activation="relu")\nh = Bidirectional(LSTM(96, return_sequences=True, **CELL))(h)',
        2,
        "activation",
        1,
    ),
    "nested unpacking": (
        'BASE = dict(activation="relu")\nCELL = {**BASE, "units": 3}\nh = LSTM(**CELL)',
        3,
        "activation",
        1,
    ),
    "overridden": (
        'BASE = dict(activation="relu")\nCELL = {**BASE,\n  "activation": "elu"}\nh = LSTM(**CELL)',
        4,
        "activation",
        3,
    ),
    "union": ('A = dict(activation="relu")\nh = LSTM(**(A | {"units": 3}))', 2, "activation", 1),
    "item set later": ('C = dict(units=3)\nC["activation"] = "relu"\nh = LSTM(**C)', 3, "activation", 2),
    "update": ('C = dict(units=3)\nC.update(activation="relu")\nh = LSTM(**C)', 3, "activation", 2),
    "assigned twice": (
        'C = dict(activation="relu")\nC = dict(activation="elu")\nh = LSTM(**C)\nC = {}',
        3,
        "activation",
        2,
    ),
    "inner scope first": (
        "C = dict(activation='tanh')\ndef build():\n    C = dict(activation='relu')\n    return LSTM(3, **C)",
        4,
        "activation",
        3,
    ),
    "module constant below the function": (
        "def build():\n    return LSTM(3, **C)\nC = dict(activation='relu')\nbuild()",
        2,
        "activation",
        3,
    ),
    "other function's variable": (
        "def a():\n    C = dict(activation='relu')\ndef b(C):\n    return LSTM(3, **C)",
        4,
        "activation",
        None,
    ),
    "attribute": (
        "class A:\n    def f(self):\n        self.kw = {'activation': 'relu'}\n"
        "    def g(self):\n        return LSTM(3, **self.kw)",
        5,
        "activation",
        3,
    ),
    "function that returns it": (
        "def kw():\n    return dict(activation='relu')\nh = LSTM(3, **kw())",
        3,
        "activation",
        2,
    ),
    "inline dict": ("h = LSTM(3, **dict(\n    activation='relu'))", 1, "activation", 2),
    "copy": ("C = dict(activation='relu')\nh = LSTM(3, **C.copy())", 2, "activation", 1),
    "partial": ("D = functools.partial(Dense, activation='relu')\nh = D(3)(x)", 2, "activation", 1),
    "value is a name": ("ACT = 'relu'\nh = Dense(\n    3,\n    activation=ACT)", 2, "activation", 4),
    "by position": ("h = Dense(\n    3,\n    'relu')", 1, "activation", 3),
    "rate by position": ("opt = keras.optimizers.Adam(0.1)", 1, "learning_rate", 1),
    "rate in compile": (
        "m.compile(\n    optimizer=SGD(\n        learning_rate=3.0),\n    loss='mse')",
        2,
        "learning_rate",
        3,
    ),
    "loss of compile": ("m.compile(\n    optimizer=SGD(3.0),\n    loss='mse')", 1, "loss", 3),
    "loss asked at the optimizer": ("m.compile(\n    optimizer=SGD(3.0),\n    loss='mse')", 2, "loss", 3),
    "chain of methods": (
        "m = (\n    builder\n    .dense(3, activation='relu')\n    .dense(4, activation='elu')\n)",
        3,
        "activation",
        3,
    ),
    "comprehension": (
        "hs = [Dense(50, activation='relu',\n            name=str(i)) for i in range(4)]",
        1,
        "activation",
        1,
    ),
    "not python": ("def (:", 1, "activation", None),
    "beyond the end": ("x = f(a=1)", 99, "a", None),
    "recursion of dictionaries": ("A = {**A}\nh = LSTM(**A)", 2, "activation", None),
    "windows line ends": ("d = Dense(\r\n    3,\r\n    activation='relu')\r\n", 1, "activation", 3),
    "string with a call in it": ("s = '''\nDense(3, activation='relu')\n'''\nd = Dense(3)", 2, "activation", None),
}


@pytest.mark.parametrize("name", TABLE)
def test_where_an_argument_is_written(name: str) -> None:
    program, line, keyword, expected = TABLE[name]
    assert locate_argument(textwrap.dedent(program), line, keyword) == expected


def test_the_name_of_the_call_decides_between_calls() -> None:
    program = "m = Model(i, Dense(1,\n    name='out')(h),\n    name='net')"
    assert locate_argument(program, 1, "name", call="Dense") == 2
    assert locate_argument(program, 1, "name", call="Model") == 3
