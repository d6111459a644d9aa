"""A rate is changed where its owner has written it, and the flag still works."""

from __future__ import annotations

import pytest

from autostable.patch.changes import apply_changes
from autostable.records import Site
from autostable.strategy import SourceChange

PARSER = "import argparse\np = argparse.ArgumentParser()\n"
ABSL = "from absl import app, flags\nFLAGS = flags.FLAGS\n"
# what is 7.0 becomes 0.5, and nothing else changes
PROGRAMS = {
    "an option": f"{PARSER}p.add_argument('--lr', type=float, default=7.0)\nargs = p.parse_args()\nfit(SGD(args.lr))\n",
    "an option as a number": f"{PARSER}p.add_argument('--lr', default=7.0)\nargs = p.parse_args()\nfit(SGD(float(args.lr)))\n",
    "of another name": f"{PARSER}p.add_argument('--rate', dest='lr', default=7.0)\nargs = p.parse_args()\nfit(SGD(args.lr))\n",
    "that others read": f"{PARSER}p.add_argument('--lr', default=7.0)\na = p.parse_args()\nlog(a.lr)\nfit(SGD(a.lr))\n",
    "in a group": (
        f"{PARSER}g = p.add_argument_group('t')\ng.add_argument('--lr', default=7.0)\na = p.parse_args()\nfit(SGD(a.lr))\n"
    ),
    "with a default set later": f"{PARSER}p.add_argument('--lr')\np.set_defaults(lr=7.0)\na = p.parse_args()\nfit(SGD(a.lr))\n",
    "as a dictionary": f"{PARSER}p.add_argument('--lr', default=7.0)\ncfg = vars(p.parse_args())\nfit(SGD(cfg['lr']))\n",
    "of a constant": f"LR = 7.0\n{PARSER}p.add_argument('--lr', default=LR)\na = p.parse_args()\nfit(SGD(a.lr))\n",
    "an object's, too": (
        f"{PARSER}p.add_argument('--lr', default=7.0)\nargs = p.parse_args()\nclass T:\n    def __init__(self, lr):\n"
        "        self.lr = lr\n    def go(self):\n        fit(SGD(self.lr))\nT(args.lr).go()\n"
    ),
    "a flag": f"{ABSL}flags.DEFINE_float('lr', 7.0, 'rate')\ndef main(_):\n    fit(SGD(FLAGS.lr))\napp.run(main)\n",
    "a flag by name": f"{ABSL}flags.DEFINE_float(name='lr', default=7.0, help='')\nfit(SGD(flags.FLAGS.lr))\n",
    "a flag's holder": f"{ABSL}_LR = flags.DEFINE_float('lr', 7.0, 'rate')\ndef main(_):\n    fit(SGD(_LR.value))\n",
    "a dictionary in one": "CFG = {'opt': {'name': 'sgd', 'lr': 7.0}, 'epochs': 3}\nfit(SGD(CFG['opt']['lr']))\n",
    "a part of a dictionary": "CFG = {'opt': {'lr': 7.0}}\nopt = CFG['opt']\nfit(SGD(opt['lr']))\n",
    "unpacked": "CFG = {'opt': {'learning_rate': 7.0}}\nfit(SGD(**CFG['opt']))\n",
    "OmegaConf": "cfg = OmegaConf.create({'optim': {'lr': 7.0}})\nfit(SGD(cfg.optim.lr))\n",
    "ConfigDict": "config = ConfigDict()\nconfig.lr = 7.0\nfit(SGD(config.lr))\n",
    "ConfigDict of a dictionary": "config = ConfigDict({'lr': 7.0})\nfit(SGD(config.lr))\n",
    "a namespace": "cfg = SimpleNamespace(lr=7.0, epochs=3)\nfit(SGD(cfg.lr))\n",
    "a field": "@dataclass\nclass C:\n    lr: float = 7.0\ncfg = C()\nfit(SGD(cfg.lr))\n",
    "a field that is given": "@dataclass\nclass C:\n    lr: float = 1.0\ncfg = C(lr=7.0)\nfit(SGD(cfg.lr))\n",
    "a field by place": "@dataclass\nclass C:\n    n: int\n    lr: float = 1.0\ncfg = C(3, 7.0)\nfit(SGD(cfg.lr))\n",
    "field()": "@dataclass\nclass C:\n    lr: float = field(default=7.0)\ncfg = C()\nfit(SGD(cfg.lr))\n",
    "a field of a field": (
        "@dataclass\nclass O:\n    lr: float = 7.0\n@dataclass\nclass C:\n    optim: O = field(default_factory=O)\n"
        "cfg = C()\nfit(SGD(cfg.optim.lr))\n"
    ),
    "click": "@click.command()\n@click.option('--lr', default=7.0)\ndef main(lr):\n    fit(SGD(lr))\nmain()\n",
    "click, by another name": (
        "@click.command()\n@click.option('-r', '--rate', 'lr', type=float, default=7.0)\ndef main(lr):\n    fit(SGD(lr))\n"
    ),
    "typer": "def main(lr: float = 7.0):\n    fit(SGD(lr))\ntyper.run(main)\n",
    "typer's option": "@app.command()\ndef main(lr: float = typer.Option(7.0)):\n    fit(SGD(lr))\napp()\n",
    "fire": "def main(lr=7.0):\n    fit(SGD(lr))\nfire.Fire(main)\n",
    "a constant": "LR = 7.0\nfit(SGD(LR))\n",
}  # fmt: skip


def changed(text: str, arguments: list[str] | None = None) -> tuple[str, list[str]]:
    lines = text.splitlines()
    line = next(number for number, each in enumerate(lines) if "fit(SGD(" in each)
    site = Site(file="train.py", line=line + 1, column=lines[line].index("SGD("))
    new, refused = apply_changes(
        text, [SourceChange(site, "set-argument", "SGD.learning_rate", "0.5")], arguments or []
    )
    return new, list(refused.values())


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_rate_is_changed_where_it_is_written(name: str) -> None:
    text = PROGRAMS[name]
    assert changed(text) == (text.replace("7.0", "0.5"), [])


@pytest.mark.parametrize("flag", ["--lr=3", "--l", "--lr"])
@pytest.mark.parametrize("name", ["an option", "a flag", "a flag's holder", "as a dictionary", "click", "typer"])
def test_what_the_owner_gives_on_the_command_line_stays(name: str, flag: str) -> None:
    new, (why,) = changed(PROGRAMS[name], [flag, "3"])
    assert new == PROGRAMS[name] and "given from outside" in why


ELSEWHERE = {
    "another optimizer's, too": (
        f"{PARSER}p.add_argument('--lr', default=7.0)\na = p.parse_args()\nother(Adam(a.lr))\nfit(SGD(a.lr))\n",
        "fit(SGD(0.5))",
    ),
    "an entry that is read twice": (
        "CFG = {'o': {'lr': 7.0}}\nf(CFG['o']['lr'])\nfit(SGD(CFG['o']['lr']))\n",
        "fit(SGD(0.5))",
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_not_this_rate_s_alone_is_changed_where_it_is_used(name: str) -> None:
    text, used = ELSEWHERE[name]
    line = next(line for line in text.splitlines() if "fit(SGD(" in line)
    assert changed(text) == (text.replace(line, used), [])


@pytest.mark.parametrize(
    "text",
    [
        "def build(hp):\n    lr = hp.Float('lr', 1e-4, 10.0)\n    fit(SGD(lr))\n",
        "def build(hp):\n    fit(SGD(hp.Choice('lr', [1.0, 7.0])))\n",
        "def objective(trial):\n    fit(SGD(trial.suggest_float('lr', 1e-4, 7.0)))\nstudy.optimize(objective)\n",
        "@hydra.main(config_path='conf')\ndef main(cfg):\n    fit(SGD(cfg.optim.lr))\nmain()\n",
    ],
)
def test_a_hyperparameter_of_a_search_is_not_touched(text: str) -> None:
    new, (why,) = changed(text)
    assert new == text and "from training to training" in why


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("keras.mixed_precision.set_global_policy('mixed_float16')\nmodel.fit(x, y)\n", 2),
        ("POLICY = 'mixed_float16'\nset_dtype_policy(POLICY)\nmodel.fit(x, y)\n", 3),
        (f"{PARSER}p.add_argument('--policy', default='mixed_float16')\na = p.parse_args()\n"
         "set_dtype_policy(a.policy)\nmodel.fit(x, y)\n", 6),
    ],
)  # fmt: skip
def test_a_precision_is_changed_where_its_name_is_written(text: str, line: int) -> None:
    names = "set_global_policy|set_dtype_policy|dtype=mixed_float16|float16"
    change = SourceChange(Site(file="train.py", line=line), "replace-text", names, '"float32"')
    new, refused = apply_changes(text, [change], [])
    assert new == text.replace("'mixed_float16'", '"float32"') and refused == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dense(9, kernel_initializer=RandomNormal(stddev=5.0))\n", "Dense(9, kernel_initializer='he_normal')\n"),
        ("INIT = RandomNormal(stddev=5.0)\nDense(9, kernel_initializer=INIT)\n",
         "INIT = 'he_normal'\nDense(9, kernel_initializer=INIT)\n"),
        ("INIT = RandomNormal(5.0)\nf(INIT)\nDense(9, kernel_initializer=INIT)\n",
         "INIT = RandomNormal(5.0)\nf(INIT)\nDense(9, kernel_initializer='he_normal')\n"),
        ("CELL = {'kernel_initializer': 'ones'}\nDense(9, **CELL)\n",
         "CELL = {'kernel_initializer': 'he_normal'}\nDense(9, **CELL)\n"),
    ],
)  # fmt: skip
def test_an_initializer_that_a_remedy_replaces_is_replaced(text: str, expected: str) -> None:
    line = len(text.splitlines())
    change = SourceChange(Site(file="t.py", line=line), "set-argument", "Dense.kernel_initializer", "'he_normal'")
    assert apply_changes(text, [change], []) == (expected, {})
