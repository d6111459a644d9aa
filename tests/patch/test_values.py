"""Whether a value is the same in all trainings, and where it is written."""

from __future__ import annotations

import textwrap

import libcst as cst
import pytest

from autostable.patch.source import Source, callee
from autostable.patch.values import Values

CALLED = "def f(lr):\n    SGD(lr)\n"

UNSETTLED = {
    "a hyperparameter": "def build(hp):\n    SGD(hp.Float('lr', 1e-4, 10.0))\n",
    "a variable of hyperparameters": "def build(hp):\n    lr = hp.Float('lr', 1e-4, 10.0)\n    SGD(lr * 2)\n",
    "chosen among dictionaries": "def build(hp):\n    cfg = {'lr': hp.Float('lr')}\n    SGD(cfg['lr'])\n",
    "a hypermodel": "class H(HyperModel):\n    def build(self, hp):\n        SGD(hp.Choice('lr', [1, 2]))\nH().build(1)\n",
    "an objective that a study calls": "def f(trial):\n    SGD(trial.suggest_float('lr', 1, 2))\nstudy.optimize(f)\n",
    "a function that several calls give several values": f"{CALLED}f(1.0)\nf(0.1)\n",
    "a function that is called in a loop": f"{CALLED}for rate in [1.0, 0.1]:\n    f(rate)\n",
    "called in a comprehension": f"{CALLED}[f(rate) for rate in [1.0, 0.1]]\n",
    "a function that is handed on": f"{CALLED}Thread(target=f, args=(1.0,))\n",
    "never called here": CALLED,
    "called with unpacked arguments": f"{CALLED}f(*rates)\n",
    "a loop's variable": "for lr in [1.0, 0.1]:\n    SGD(lr)\n",
    "one of a loop's variables": "for units, lr in zip(a, b):\n    SGD(learning_rate=lr)\n",
    "an item of a loop's variable": "for cfg in configs:\n    SGD(cfg['lr'])\n",
    "set anew in each round": "cfg = {'lr': 1.0}\nfor k in range(3):\n    SGD(cfg['lr'])\n    cfg['lr'] /= 10\n",
    "set from a loop's variable": "cfg = {}\nfor lr in rates:\n    cfg['lr'] = lr\n    SGD(**cfg)\n",
    "decayed": "lr = 1.0\nwhile lr > 0.1:\n    SGD(lr)\n    lr /= 10\n",
    "drawn in a loop": "for k in range(3):\n    SGD(10 ** rng.uniform(-4, 1))\n",
    "drawn by a function in a loop": "def draw():\n    return np.random.rand()\nfor k in range(3):\n    SGD(draw())\n",
    "of an object made in a loop": (
        "class Net:\n    def __init__(self, lr):\n        self.lr = lr\n    def go(self):\n        SGD(self.lr)\n"
        "for lr in rates:\n    Net(lr).go()\n"
    ),
    "an option": "args = parser.parse_args()\nSGD(args.lr)\n",
    "an option that was given": "p.add_argument('--rate', dest='x', default=1)\nargs = p.parse_args()\nSGD(args.rate)\n",
    "an option, parsed elsewhere": "def parse():\n    return p.parse_args()\nargs = parse()\nSGD(float(args.lr))\n",
    "an option that a function is given": f"args = p.parse_args()\n{CALLED}f(args.lr)\n",
    "an argument": "import sys\nSGD(float(sys.argv[1]))\n",
    "a variable of the environment": "import os\nSGD(float(os.environ.get('LR', '1')))\n",
    "a file's": "import json\ncfg = json.load(open('a.json'))\nSGD(cfg['lr'])\n",
    "a field that is given several values": (
        "class C:\n    lr: float = 1.0\ndef f(c: C):\n    SGD(c.lr)\nf(C())\nf(C(lr=2.0))\n"
    ),
}


@pytest.mark.parametrize("name", UNSETTLED)
def test_what_is_not_one_training_s_to_decide(name: str) -> None:
    values, value, _ = _value(UNSETTLED[name])
    assert values.unsettled(value) is not None


# the number that is to be replaced is 7, else the expression itself
SETTLED = {
    "a number": ("SGD(7)\n", "7"),
    "a constant": ("LR = 7\nSGD(LR)\n", "7"),
    "a constant with a type": ("LR: float = 7\nSGD(LR)\n", "7"),
    "a constant that is shown too": ("LR = 7\nprint(f'{LR}', LR)\nSGD(LR)\n", "7"),
    "a constant that others read": ("LR = 7\nf(LR)\nSGD(LR)\n", "LR"),
    "of two at once": ("LR = B = 7\nSGD(LR)\n", "LR"),
    "unpacked": ("LR, B = 7, 3\nSGD(LR)\n", "LR"),
    "calculated": ("LR = 7\nB = 3\nSGD(LR * B)\n", "LR * B"),
    "one of two": ("if fast:\n    lr = 1\nelse:\n    lr = 2\nSGD(lr)\n", "lr"),
    "imported": ("from a import LR\nSGD(LR)\n", "LR"),
    "an entry": ("CFG = {'lr': 7, 'b': 3}\nSGD(CFG['lr'])\n", "7"),
    "an entry, got": ("CFG = dict(lr=7)\nSGD(CFG.get('lr', 3))\n", "7"),
    "an entry that others read": ("CFG = {'lr': 7}\nf(CFG['lr'])\nSGD(CFG['lr'])\n", "CFG['lr']"),
    "an entry of a parameter": ("def f(c):\n    SGD(c['lr'])\nCFG = {'lr': 7}\nf(CFG)\n", "7"),
    "a default": ("def f(lr=7):\n    SGD(lr)\nf()\nf()\n", "7"),
    "called once": (f"{CALLED}f(7)\n", "7"),
    "called by name": (f"{CALLED}f(lr=7)\n", "7"),
    "called twice alike": (f"{CALLED}f(7)\nf(7)\n", "lr"),
    "called for each fold": (f"{CALLED}for k in range(5):\n    f(7)\n", "7"),
    "decorated": (f"@autostable.stabilize\n{CALLED}f(7)\nprint(f.report)\n", "7"),
    "through two functions": (f"{CALLED}def g(rate):\n    f(rate)\nif __name__ == '__main__':\n    g(7)\n", "7"),
    "of an object": (
        "class Net:\n    def __init__(self, lr):\n        self.lr = lr\n    def go(self):\n        SGD(self.lr)\nNet(7)\n",
        "7",
    ),
    "a field": ("class C:\n    lr: float = 7\nc = C()\nSGD(c.lr)\n", "7"),
    "a namespace": ("class C:\n    lr = 7\nSGD(C.lr)\n", "7"),
    "a field of a parameter": ("@dataclass\nclass C:\n    lr: float = 7\ndef f(c: C):\n    SGD(c.lr)\nf(C())\n", "7"),
    "made in a loop": ("for k in range(3):\n    SGD(Decay(7, 3))\n", "Decay(7, 3)"),
    "reckoned": ("import numpy as np\nfor k in range(3):\n    SGD(np.sqrt(7))\n", "np.sqrt(7)"),
    "drawn once": ("lr = rng.uniform(1, 2)\nSGD(lr)\n", "rng.uniform(1, 2)"),
}


@pytest.mark.parametrize("name", SETTLED)
def test_where_a_value_is_written(name: str) -> None:
    program, expected = SETTLED[name]
    values, value, source = _value(program)
    assert values.unsettled(value) is None
    assert source.code(values.place(value)) == expected


OPTION = "p.add_argument('-l', '--rate', type=float, default=7)\n"


@pytest.mark.parametrize(
    "program",
    [
        f"{OPTION}args = p.parse_args()\nSGD(args.rate)\n",
        f"{OPTION}args, rest = p.parse_known_args()\nSGD(float(args.rate))\n",
        f"def parse():\n    {OPTION}    return p.parse_args()\ndef main(a):\n    SGD(a.rate)\nmain(parse())\n",
    ],
)
def test_an_option_that_was_not_given_has_its_default(program: str) -> None:
    _, value, source = _value(program)
    for arguments, settled in (
        ([], True),
        (["--rate=3"], False),
        (["--ra", "3"], False),
        (["-l3"], False),
        (None, False),
    ):
        values = Values(source, arguments)
        assert (values.unsettled(value) is None) is settled
        if settled:
            assert source.code(values.place(value)) in ("7", "float(args.rate)")


def _value(program: str) -> tuple[Values, cst.BaseExpression, Source]:
    source = Source(textwrap.dedent(program))
    call = next(call for call in source.nodes(cst.Call) if callee(call) == "SGD")
    value = call.args[0].value
    if call.args[0].star:
        (value,) = (node.value for node in source.nodes(cst.Assign) if "lr" in source.code(node.targets[0]))
    return Values(source), value, source
