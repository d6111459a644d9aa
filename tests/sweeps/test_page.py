"""What the report of a sweep says and shows."""

from __future__ import annotations

from autostable.records import Cause, Code, Remedy
from autostable.sweeps import page, repair, summary
from autostable.sweeps.items import Outcome

SOUND = [{"rate": rate, "units": 8, "note": "a"} for rate in (0.01, 0.02, 0.03)]
HIGH = (Cause(Code.LEARNING_RATE_TOO_HIGH, 0.9, ""),)


def outcomes(verdict, rates, causes=()):
    return [Outcome(str(rate), {"rate": rate, "units": 8}, verdict, causes=causes) for rate in rates]


def test_what_trained_well_when_run_again_is_nothing_to_avoid():
    found = summary.groups(outcomes("sound", (5.0, 6.0, 7.0)), SOUND)
    assert summary.sentences(found) == ["3 of 3: not seen again; trained well when run again"]
    assert summary.advice(found) == []


def test_where_failures_lie_is_to_be_avoided():
    found = summary.groups(outcomes("repaired", (5.0, 6.0, 7.0), HIGH), SOUND)
    assert summary.advice(found) == [
        "avoid rate >= 5: 3 of 3 failures (learning-rate-too-high) and 0 of 3 sound configurations lie there"
    ]


def test_the_axes_are_hyperparameters_that_vary_and_that_every_configuration_has():
    found = summary.groups(outcomes("repaired", (5.0, 6.0, 7.0), HIGH), SOUND)
    assert page.axes(found, SOUND) == ["rate"]


def test_weights_that_expect_their_plan_are_told():
    scale = Remedy("rescale-inputs", {"method": "standard", "inputs": [{"center": [5.0], "scale": [2.0]}]})
    slower = Remedy("lower-learning-rate", {"factor": 0.1})
    for plan, told in (((slower,), False), ((slower, scale), True)):
        done = (Outcome("0", {}, "repaired", plan=plan, state={"trial": {}}),)
        assert repair.Repaired(None, done, (), None, None).in_company is told
