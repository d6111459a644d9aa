"""What does from step 0 what leaving batches out did in the middle of a training."""

import dataclasses

import pytest

from autostable.evidence import ArrayFacts, Course, Evidence, Finding, LayerFacts, ModelFacts, Remainder
from autostable.records import Action, Cause, Code, Intervention, Remedy, Symptom
from autostable.repair.from_start import instead, missing

DATA = Cause(Code.DATA_NONFINITE, 0.99, "x holds 1 NaN")
X = ArrayFacts("x", (16, 2), "float32", 16, nan=1, bad_rows=(3,), bad_row_count=1)
EVIDENCE = Evidence(
    Symptom("nonfinite", 500, 0, "loss"), inputs=(X,), finding=Finding("Log", "data"),
    model=ModelFacts(optimizer="Adam", learning_rate=0.01), course=Course(500, 2000),
)  # fmt: skip
SOUND = dataclasses.replace(EVIDENCE, inputs=(dataclasses.replace(X, nan=0, bad_rows=(), bad_row_count=0),))
DROP = Remedy("drop-nonfinite-rows", {"drop_rows": True})
SKIP = Intervention(40, "non-finite loss", Action.SKIPPED, 40, batch=40, rows=(3,), data_rows=(77,))


def test_rows_that_are_bad_are_dropped() -> None:
    assert instead((DATA,), EVIDENCE, 1) == DROP


def test_an_update_that_is_bad_by_itself_is_skipped_as_often_as_batches_were() -> None:
    assert [instead((), SOUND, count).parameters["limit"] for count in (1, 20, 21, 100)] == [20, 20, 100, 100]
    assert instead((), SOUND, 101) is None


@pytest.mark.parametrize(
    "evidence",
    [
        dataclasses.replace(SOUND, symptom=Symptom("error", 500, 0, "label")),  # it never came to an update
        dataclasses.replace(SOUND, symptom=Symptom("nonfinite", 500, 0, "state")),
    ],
    ids=["raised", "state"],
)
def test_a_step_that_spoils_more_than_its_update_is_not_skipped(evidence: Evidence) -> None:
    assert instead((), evidence, 1) is None


def test_averages_are_put_back_by_what_skips() -> None:
    model = ModelFacts(layers=(LayerFacts("norm", "BatchNormalization"),))
    assert instead((), dataclasses.replace(SOUND, model=model), 1) == Remedy("skip-bad-updates", {"limit": 20})


def test_a_batch_that_was_too_small_is_left_out_by_its_size() -> None:
    small = dataclasses.replace(SOUND, remainder=Remainder(1, 16))
    by_rows = Cause(Code.UNSAFE_DIVISION, 0.9, "Mean")
    assert instead((by_rows,), small, 1) == Remedy("drop-remainder", {"rows": 16})
    assert instead((by_rows,), SOUND, 1) == Remedy("skip-bad-updates", {"limit": 20})


def test_what_the_user_does_not_want_is_not_handed_back() -> None:
    assert instead((DATA,), EVIDENCE, 1, ignore=("drop-nonfinite-rows",)).name == "skip-bad-updates"
    assert instead((DATA,), EVIDENCE, 1, ignore=("drop-nonfinite-rows", "skip-bad-updates")) is None
    assert instead((), SOUND, 1, select=("clip-gradients",)) is None


def test_what_no_plan_does_is_said() -> None:
    assert missing((SKIP,), (DROP,), (DROP,)) == ""
    assert missing((SKIP,), (None,), ()) == (
        "From step 0: no remedy is known to do what leaving out one batch did: mend or drop these (rows 77 of the data) in the "
        "program."
    )
    slower = dataclasses.replace(SKIP, action=Action.SLOWER)
    assert "no plan lowers the rate for a while" in missing((slower,), (), ())
    assert "there is nothing to put on" in missing((dataclasses.replace(SKIP, action=Action.WENT_BACK),), (), ())
