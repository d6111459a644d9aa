"""From one failing place to the next: which plan comes after which, by where it failed."""

import pytest

from autostable.evidence import Evidence, Finding
from autostable.records import Code, Remedy, Site, Symptom
from autostable.repair.ladders import Ladder, prescribe
from autostable.repair.trail import MOST_PLACES, RUNGS, trail_from

SYMPTOM = Symptom("nonfinite", 3, 0, "loss")
RATE = Remedy("lower-learning-rate", {"factor": 0.1})


def found(op, line, **fields):
    return Finding(op=op, born="forward", site=Site(op=op, file="train.py", line=line), in_loss=True, **fields)


LOG, ROOT = found("Log", 4, input_low=0.0, input_high=1.0), found("Sqrt", 5, input_low=0.0, input_high=1.0)


def ladders(evidence):
    from autostable.diagnosis import diagnose

    return prescribe(diagnose(evidence), evidence)


@pytest.fixture
def trail():
    evidence = Evidence(SYMPTOM, finding=LOG)
    return trail_from(ladders(evidence), evidence, prescribe)


def at(finding):
    """A bench on which every plan fails in that place."""
    return lambda plan: finding


def guards(plan):
    return [(guard["op"], guard["line"], guard["bound"]) for step in plan for guard in step.parameters["guards"]]


def first(op=LOG):
    return (ladders(Evidence(SYMPTOM, finding=op))[0].first,)


def test_the_same_place_again_asks_for_more_there(trail):
    plan = trail.after(first(), at(LOG))
    assert guards(plan) == [("Log", 4, 1e-7)]
    assert RUNGS == 3
    for _ in range(RUNGS - 2):
        plan = trail.after(plan, at(LOG))
    assert guards(plan) == [("Log", 4, 1e-4)] and trail.after(plan, at(LOG)) is None


def test_another_place_is_guarded_beside_the_first(trail):
    plan = trail.after(first(), at(ROOT))
    assert guards(plan) == [("Log", 4, 1e-12), ("Sqrt", 5, 1e-7)]
    assert guards(trail.after(plan, at(ROOT))) == [("Log", 4, 1e-12), ("Sqrt", 5, 1e-4)]


def test_what_else_a_plan_holds_stays(trail):
    assert trail.after((*first(), RATE), at(ROOT))[1:] == (RATE,)


def test_the_derivative_fails_where_its_operation_does(trail):
    plan = trail.after(first(), at(ROOT))
    assert guards(trail.after(plan, at(found("SqrtGrad", 5)))) == [("Log", 4, 1e-12), ("Sqrt", 5, 1e-4)]


@pytest.mark.parametrize(
    ("plan", "finding"),
    [
        (first(), None),  # nobody knows where
        ((RATE,), ROOT),  # of a plan that is none of this trail's
        (
            first(),
            Finding(op="MatMul", born="forward", site=Site(file="train.py", line=9)),
        ),  # ran away: no place's fault
    ],
)
def test_where_nothing_follows(trail, plan, finding):
    assert trail.after(plan, at(finding)) is None


def test_another_plan_is_not_replayed(trail):
    asked = []
    assert trail.after((RATE,), asked.append) is None and asked == []
    trail.after(first(), asked.append)
    assert asked == [first()]


def test_a_trail_has_an_end(trail):
    plan = first()
    for line in range(10, 10 + MOST_PLACES - 1):
        plan = trail.after(plan, at(found("Log", line)))
    assert len(guards(plan)) == MOST_PLACES == 4 and trail.after(plan, at(found("Log", 99))) is None


def test_only_what_was_located_begins_one():
    evidence = Evidence(SYMPTOM, finding=LOG)
    rate = Ladder((RATE,), 0.9, Code.LEARNING_RATE_TOO_HIGH)
    assert trail_from([rate], evidence, prescribe) is None
    assert (
        trail_from(ladders(evidence), Evidence(SYMPTOM), prescribe) is None
        and trail_from([], evidence, prescribe) is None
    )


def test_what_two_places_need_may_be_two_remedies(trail):
    softmax = Finding(op="Softmax", born="forward", layer="attention", layer_kind="MultiHeadAttention", builtin=True)
    assert [step.name for step in trail.after(first(), at(softmax)) or ()] == ["epsilon-loss", "safe-mask"]
