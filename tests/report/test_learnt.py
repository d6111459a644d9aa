"""What was learnt, to the letter."""

from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path
from typing import Any

import pytest

from autostable.judgement.verdict import Reason
from autostable.records import Attempt, Learning, Report, Verdict
from autostable.report import html, learnt, terminal, words
from tests import samples

RIDGE = "A plain model (ridge) reaches accuracy 0.95 on rows it has not seen."


@pytest.fixture(autouse=True)
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def shown(report: Report) -> str:
    stream = io.StringIO()
    terminal.render(report, terminal.make_console(stream))
    return stream.getvalue()


def block(report: Report) -> list[str]:
    """The lines of "What was learnt"."""
    part = next((part for part in shown(report).split("\n\n") if part.startswith("What was learnt")), "")
    lines = part.splitlines()
    assert all(len(line) <= 80 for line in lines)
    return lines


def lines(learning: Learning, **change: Any) -> list[str]:
    return block(samples.alone(dataclasses.replace(learning, **change)))


def test_a_healthy_training_that_has_learnt() -> None:
    report = samples.alone(samples.KNOWS)
    assert words.headline(report) == "Nothing is wrong with this training; nothing was changed."
    assert block(report) == ["What was learnt: accuracy 0.96 of 600 rows, loss as used 0.12; unseen rows 0.95"]


def test_a_healthy_training_beside_a_plain_model_that_was_asked() -> None:
    known = {"plain": 0.95, "model": "ridge", "plain_calibrated": 0.9}
    assert lines(samples.KNOWS, **known) == [
        "What was learnt: accuracy 0.96 of 600 rows, loss as used 0.12; unseen rows 0.95",
        RIDGE,
    ]


def test_a_plain_model_in_a_few_words() -> None:
    assert learnt.plain_words(samples.KNOWS) == ""
    assert learnt.plain_words(samples.BEATEN) == "a plain model (trees) accuracy 0.86"
    assert learnt.plain_words(samples.DISTANCE) == ""
    nothing = dataclasses.replace(samples.BEATEN, plain_calibrated=None)
    assert learnt.plain_words(nothing) == "a plain model (trees) finds nothing sure"


def test_of_a_healthy_training_of_which_only_bounded_can_be_told() -> None:
    text = shown(samples.only_bounded)
    assert text.startswith(
        "autostable: healthy  train.py\nFinite and bounded; whether it learns is not known. Nothing was changed.\n\n"
    )
    assert text.count("whether it learns") == 1  # the note says no more than the headline
    assert block(samples.only_bounded) == []
    told = dataclasses.replace(samples.KNOWS, reason="only-bounded", figure=None, value=None)
    assert block(samples.alone(told)) == [] and "wrong" not in words.headline(samples.alone(told))


def test_a_suspect_that_was_left_alone() -> None:
    assert words.headline(samples.left_alone) == (
        "A plain model reaches more on rows that it has not seen than this network on its own. Nothing was changed."
    )
    assert words.notes(samples.left_alone) == ["No remedy that was tried changed that; it was left as it was."]
    assert block(samples.left_alone) == [
        "What was learnt: accuracy 0.73 of 2,000 rows, loss as used 0.553 (a constant",
        "gets 0.6908): a plain model does better",
        "A plain model (trees) reaches accuracy 0.86 on rows it has not seen.",
    ]


def test_a_repair_in_figures() -> None:
    assert words.headline(samples.cured) == (
        "Nothing of use was learnt: a constant prediction is as good, yet a plain model finds something "
        "(judged at step 499, epoch 4); cause: learning-rate-too-high. Cured by: learning rate times 0.1."
    )
    assert "\nSeen: loss: 1.61 -> 1.608, a constant gets: 1.609, accuracy: 0.1\n" in shown(samples.cured)
    assert block(samples.cured) == [
        "What was learnt",
        "baseline       accuracy 0.10 of 600 rows, loss as used 1.608 (a constant gets",
        "               1.609): no better than a constant",
        "with the plan  accuracy 0.96, loss as used 0.12; unseen rows 0.95",
        RIDGE,
    ]


def test_a_repair_whose_baseline_could_not_be_judged() -> None:
    *others, full, last = samples.repaired.attempts
    report = dataclasses.replace(
        samples.repaired, attempts=(*others, dataclasses.replace(full, learning=samples.KNOWS), last)
    )
    assert " ".join(block(report)) == (
        "What was learnt (with the plan): accuracy 0.96 of 600 rows, loss as used 0.12 (a constant gets 1.609); "
        "unseen rows 0.95"
    )
    assert block(samples.repaired) == []


def test_a_plan_that_changes_the_loss_has_a_constant_of_its_own() -> None:
    baseline, full = samples.cured.attempts
    other = dataclasses.replace(full, learning=dataclasses.replace(samples.KNOWS, constant=0.69))
    report = dataclasses.replace(samples.cured, attempts=(baseline, other))
    told = " ".join(" ".join(block(report)).split())
    assert "with the plan accuracy 0.96, loss as used 0.12 (a constant gets 0.69); unseen rows 0.95" in told


def test_a_blind_loss_that_nothing_cures() -> None:
    assert words.headline(samples.blind) == (
        "The loss does not read which target belongs to which row: it is as good with the targets shuffled "
        "(judged at step 499, epoch 4); cause: loss-mismatch. Nothing was changed."
    )
    assert words.seen_words(samples.blind) == "loss: 12.1 -> 9.7, a constant gets: 9.69, R2: -0.004"
    assert block(samples.blind) == [
        "What was learnt (baseline): R2 0.00 of 600 rows, loss as used 9.7 (a constant",
        "gets 9.69): the loss does not see which target is whose",
        "A plain model (ridge) reaches R2 0.91 on rows it has not seen.",
    ]


def test_one_of_several_outputs() -> None:
    assert words.headline(samples.outputs).startswith(
        "For output 'kind' nothing was learnt: the loss is as good with the targets shuffled among the rows (judged at"
    )
    assert "kind" not in words.seen_words(samples.outputs)
    assert block(samples.outputs) == [
        "What was learnt",
        "baseline       output 'kind': accuracy 0.10 of 600 rows, loss as used 1.608 (a",
        "               constant gets 1.609): nothing learnt",
        "with the plan  accuracy 0.96, loss as used 0.12",
        RIDGE,
    ]
    baseline, full = samples.outputs.attempts  # with the plan another output is the worst
    other = dataclasses.replace(full, learning=dataclasses.replace(samples.KNOWS, output=0))
    report = dataclasses.replace(samples.outputs, attempts=(baseline, other))
    assert "with the plan  outputs[0]: accuracy 0.96, loss as used 0.12; unseen rows 0.95" in block(report)


@pytest.mark.parametrize(
    ("learning", "text"),
    [
        (samples.UNNAMED, "the loss of 600 rows is 12 % of a constant's"),
        (dataclasses.replace(samples.UNNAMED, loss=0.0016), "the loss of 600 rows is 0.1 % of a constant's"),
        (dataclasses.replace(samples.UNNAMED, loss=-3.2, constant=-1.0), "loss as used -3.2 of 600 rows"),
        (dataclasses.replace(samples.UNNAMED, unseen_loss=2.5),
         "the loss of 600 rows is 12 % of a constant's; unseen rows loss 2.5"),
        (samples.DISTANCE, "the loss of 2,000 rows is 10 % of a constant's "
         "A plain model (trees) explains 96 % of the targets on rows it has not seen."),
        (samples.OWN_STEP, "loss as used 0.1234 of 128 rows, far more with targets shuffled (z 14)"),
        (dataclasses.replace(samples.KNOWS, value=0.9987, unseen_value=None, unseen_loss=None),
         "accuracy 0.9987 of 600 rows, loss as used 0.12"),
        (dataclasses.replace(samples.KNOWS, reason="by-heart", unseen_value=0.1),
         "accuracy 0.96 of 600 rows, loss as used 0.12 (a constant gets 1.609); unseen rows 0.10: learnt by heart"),
        (dataclasses.replace(samples.UNNAMED, loss=1e9), "the loss of 600 rows is 6.22e+08 times a constant's"),
        (dataclasses.replace(samples.KNOWS, reason="no-longer-known", figure=None, loss=None, unseen_loss=None),
         "no figure of 600 rows: no longer known"),
    ],
)  # fmt: skip
def test_other_figures(learning: Learning, text: str) -> None:
    assert " ".join(block(samples.alone(learning))) == f"What was learnt: {text}"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"plain_calibrated": None}, "A plain model (trees) finds nothing sure in these inputs."),
        ({"plain": None}, "A plain model (trees) explains 52 % of the targets on rows it has not seen."),
        ({"model": None}, None),
        ({"reason": "nothing-to-find", "state": "healthy"}, None),  # the headline says what a plain model found
        (
            {"reason": "learnt", "state": "healthy"},
            "A plain model (trees) reaches accuracy 0.86 on rows it has not seen.",
        ),
    ],
)
def test_a_plain_model(change: dict[str, Any], sentence: str | None) -> None:
    found = [line for line in lines(samples.BEATEN, **change) if line.startswith("A plain model")]
    assert found == ([] if sentence is None else [sentence])


def test_a_plain_model_beside_a_distance() -> None:
    _, full = samples.cured.attempts
    report = dataclasses.replace(
        samples.repaired, attempts=(samples.BASELINE, dataclasses.replace(full, learning=samples.DISTANCE)),
        plan=full.plan, plans={},
    )  # fmt: skip
    assert block(report) == [
        "What was learnt (with the plan): the loss of 2,000 rows is 10 % of a constant's",
        "A plain model (trees) explains 96 % of the targets on rows it has not seen.",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_nothing_is_wrong_only_with_what_has_learnt(reason: Reason) -> None:
    learning = dataclasses.replace(samples.BEATEN, reason=reason.name.lower().replace("_", "-"))
    headline = words.headline(samples.alone(learning))
    assert headline.startswith("Nothing is wrong") == (reason is Reason.LEARNT)
    assert headline.endswith("othing was changed.")


def test_nothing_is_wrong_is_not_said_of_what_nobody_saw() -> None:
    report = dataclasses.replace(samples.healthy, attempts=())
    assert words.headline(report) == "No training was judged; nothing was changed."


def test_several_trainings_of_which_none_was_repaired() -> None:
    def of(*found: Learning | None) -> Report:
        attempts = tuple(Attempt((), "baseline", "stable", 50, 1.0, learning=each) for each in found)
        return dataclasses.replace(samples.healthy, attempts=attempts)

    both, one = of(samples.KNOWS, samples.KNOWS), of(samples.BEATEN, samples.KNOWS, None)
    assert words.headline(both) == "Nothing is wrong with these trainings; nothing was changed."
    assert words.headline(one) == "Known to have learnt: 1 of 3 trainings. Nothing was changed."
    assert words.headline(of(None, None)) == "Known to have learnt: none of 2 trainings. Nothing was changed."
    assert block(one)[0].startswith(
        "What was learnt (training 1 of 3): accuracy 0.73 of 2,000 rows"
    )  # the doubtful one
    assert block(both)[0].startswith("What was learnt (training 2 of 2): accuracy 0.96")
    assert block(of(None, None)) == []


def test_the_baseline_and_the_winner_are_of_one_training() -> None:
    first = Attempt((), "baseline", "stable", 50, 1.0, learning=samples.KNOWS)
    broken, full = samples.BASELINE, samples.cured.attempts[1]
    report = dataclasses.replace(samples.cured, attempts=(first, broken, full))
    assert [row.label for row in learnt.told(report).rows] == ["with the plan"]
    sick = dataclasses.replace(samples.cured.attempts[0], loss_last=9.7, learning=samples.BLIND)
    report = dataclasses.replace(
        samples.cured, verdict=Verdict.UNREPAIRED, plan=(), plans={}, attempts=(samples.cured.attempts[0], sick, first)
    )
    assert [row.learning for row in learnt.told(report).rows] == [samples.KNOWS_NOTHING]  # the one with that symptom


def test_what_the_headline_and_the_causes_say_is_not_seen_again() -> None:
    evidence = {"fault": samples.blind.causes[0].evidence, "loss_means_nothing": True, "loss_last": 0.5}
    symptom = dataclasses.replace(samples.blind.symptom, evidence={"judged": "nothing was learnt", **evidence})
    report = dataclasses.replace(samples.blind, symptom=symptom)
    assert words.seen_words(report) == "loss at the end: 0.5"
    alone = dataclasses.replace(report, causes=())
    assert words.seen_words(alone) == "fault: the loss broadcasts (32, 1) against (32,), loss at the end: 0.5"


@pytest.mark.parametrize("name", samples.LEARNING)
def test_the_page_has_the_same_figures(name: str, tmp_path: Path) -> None:
    report = samples.LEARNING[name]
    page = html.render(report, tmp_path)
    told = learnt.told(report)
    assert ("<h2>What was learnt</h2>" in page) == bool(told.rows)
    for row in told.rows:
        assert f'<td class="num">{learnt.figure(row.learning)}</td>' in page
    assert told.plain in page
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "blind loss" not in text and "judged:" not in text


def test_attempts_of_the_page_show_their_figure(tmp_path: Path) -> None:
    page = html.render(samples.cured, tmp_path)
    assert '1.61 → 0.12<div class="quiet small">accuracy 0.96</div>' in page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.004, "0.00"),
        (0.0051, "0.01"),
        (0.994, "0.99"),
        (0.996, "0.996"),
        (1.0, "1.00"),
        (9.9, "9.90"),
        (-12.345, "-12.35"),
    ],
)
def test_how_figures_are_written(value: float, text: str) -> None:
    assert learnt.figure_value(value) == text


@pytest.mark.parametrize(("loss", "text"), [(9.9, "990 % of a constant's"), (10.1, "10.1 times a constant's")])
def test_how_shares_of_a_constants_loss_are_written(loss: float, text: str) -> None:
    assert learnt.share(Learning("sick", "no-signal", loss=loss, constant=1.0)) == text
