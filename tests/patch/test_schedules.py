"""A schedule of Keras' is changed in its own arguments."""

from __future__ import annotations

import pytest

from autostable.patch.changes import apply_changes
from autostable.records import Site
from autostable.strategy import SourceChange

S = "keras.optimizers.schedules."
WRAPPER = "class R(S):\n    def __call__(self, step):\n        return 0.1 * self.schedule(step)\nR"
# what stands in front of => becomes what stands behind it
PROGRAMS = {
    "a warm-up": (
        f"r = {S}CosineDecay(1e-3, 9, warmup_target=1e-1, warmup_steps=3)\nopt = Adam(r)\n",
        {"1e-3": "0.0001", "1e-1": "0.01"},
    ),
    "by place": (f"opt = Adam({S}CosineDecay(0.0, 9, 0.1, 'n', 2e-1, 3))\n", {"2e-1": "0.02"}),
    "an end that is not written": (
        f"opt = Adam({S}PolynomialDecay(1, 100))\n",
        {"(1, 100)": "(0.1, 100, end_learning_rate=1e-05)"},
    ),
    "an end": (f"opt = Adam({S}PolynomialDecay(3.0, 9, end_learning_rate=1e-2))\n", {"3.0": "0.3", "1e-2": "0.001"}),
    "pieces": (f"opt = Adam({S}PiecewiseConstantDecay([9], [5.0, 0.5]))\n", {"[5.0, 0.5]": "[0.5, 0.05]"}),
    "pieces that have a name": (
        f"V = [5.0, 2.0]\nopt = Adam({S}PiecewiseConstantDecay([9], V))\n",
        {"[5.0, 2.0]": "[0.5, 0.2]"},
    ),
    "a constant": (f"LR = 1.0\nopt = Adam({S}ExponentialDecay(LR, 9, 0.9))\n", {"1.0": "0.1"}),
    "a constant that others read": (
        f"LR = 1.0\nf(LR)\nopt = Adam({S}ExponentialDecay(LR, 9, 0.9))\n",
        {"(LR, ": "(0.1 * LR, "},
    ),
    "what is reckoned": (f"opt = Adam({S}InverseTimeDecay(2 * B / 256, 9, 0.9))\n", {"2 * B / 256": "0.1 * (2 * B / 256)"}),
    "an option": (
        "p = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default='2.0')\na = p.parse_args()\n"
        f"opt = Adam({S}CosineDecayRestarts(a.lr, 9))\n",
        {"'2.0'": '"0.2"'},
    ),
    "imported by name": (
        f"from {S[:-1]} import ExponentialDecay\nopt = Adam(ExponentialDecay(1.0, 9, 0.9))\n",
        {"1.0": "0.1"},
    ),
}  # fmt: skip


def changed(text: str) -> tuple[str, list[str]]:
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "Adam(" in each)
    change = SourceChange(Site(file="train.py", line=line), "wrap-rate", "Adam", WRAPPER, factor=0.1)
    new, refused = apply_changes(text, [change], [])
    return new, list(refused.values())


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_schedule_is_changed_in_its_own_arguments(name: str) -> None:
    text, parts = PROGRAMS[name]
    expected = text
    for before, after in parts.items():
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert changed(text) == (expected, [])


@pytest.mark.parametrize("made", [f"{S}ExponentialDecay(**CONFIG)", f"{S}LearningRateSchedule()"])
def test_one_that_is_not_known_is_put_into_another_one(made: str) -> None:
    new, refused = changed(f"opt = Adam({made})\n")
    assert new.endswith(f"opt = Adam(R({made}))\n") and refused == []


def test_a_hyperparameter_is_not_touched() -> None:
    text = f"def build(hp):\n    opt = Adam({S}ExponentialDecay(hp.Float('lr', 1, 2), 9, 0.9))\n"
    new, (why,) = changed(text)
    assert new == text and "from training to training" in why
