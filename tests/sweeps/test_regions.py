from __future__ import annotations

import random

from autostable.records import Cause, Code, Remedy
from autostable.sweeps.items import HOPELESS, REPAIRED, Outcome
from autostable.sweeps.regions import region
from autostable.sweeps.summary import advice, groups, sentences


def sample(count=200):
    draw = random.Random(0)
    return [
        {"rate": 10 ** draw.uniform(-4, 1), "activation": draw.choice(["relu", "tanh"]), "deep": draw.random() < 0.5}
        for _ in range(count)
    ]


def test_a_threshold():
    configs = sample()
    found = region([c for c in configs if c["rate"] > 0.3], [c for c in configs if c["rate"] <= 0.3])
    assert len(found.tests) == 1
    assert found.tests[0].name == "rate" and found.tests[0].relation == ">=" and 0.3 < found.tests[0].value < 0.4
    assert (found.inside, found.sound_inside) == (found.group, 0)


def test_a_conjunction():
    configs = sample()
    bad = [c for c in configs if c["rate"] > 0.3 and c["activation"] == "relu"]
    found = region(bad, [c for c in configs if c not in bad])
    assert {test.name for test in found.tests} == {"rate", "activation"}
    assert found.score == 1.0
    assert " with " in str(found)


def test_nothing_tells_them_apart():
    assert region([{"rate": 1.0}], [{"rate": 1.0}]) is None
    assert region([], [{"rate": 1.0}]) is None


def test_the_report_in_words():
    configs = sample()
    causes = (Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, ""),)
    plan = (Remedy("lower-learning-rate", {"factor": 0.1}),)
    bad = [c for c in configs if c["rate"] > 0.3]
    outcomes = [
        Outcome(str(number), config, REPAIRED if number else HOPELESS, causes=causes, plan=plan)
        for number, config in enumerate(bad)
    ]
    found = groups(outcomes, [c for c in configs if c["rate"] <= 0.3])
    (text,) = sentences(found)
    count = len(bad)
    assert text.startswith(f"{count} of {count}: learning-rate-too-high: rate >= 0.3")
    assert text.endswith(f"lower-learning-rate 0.1x cures {count - 1}")
    assert advice(found)[0].startswith("avoid rate >= 0.3")
