"""What the report of a sweep says and shows."""

from __future__ import annotations

import json

import pytest

from autostable.config import Settings
from autostable.records import Cause, Code, Remedy
from autostable.repair.warm_start import Lesson, Step
from autostable.sweeps import page, repair, summary
from autostable.sweeps.items import Outcome

SOUND = [{"rate": rate, "units": 8, "note": "a"} for rate in (0.01, 0.02, 0.03)]
LESSONS = (Lesson(("learning-rate-too-high",), (Step("lower-learning-rate", 2),), cured=True),)
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


def raised(*messages):
    return [Outcome(str(place), {"rate": 5.0 + place}, "raised", text) for place, text in enumerate(messages)]


def test_all_errors_of_the_programs_own_are_told():
    found = summary.groups([*outcomes("repaired", (9.0,), HIGH), *raised("no 13", "no 14", "no 13")], SOUND)
    assert summary.sentences(found)[0] == "3 of 4: error of the program's own: rate >= 5; no 13 (2 times); no 14"
    found = summary.groups(raised("a", "b", "c", "d", "e"), SOUND)
    assert summary.sentences(found)[0].endswith("; a; b; c; and 2 more")


def test_where_every_one_raises_it_is_the_program_and_no_region():
    assert summary.advice(summary.groups(raised("no", "no", "no"), SOUND)) == []


def test_the_axes_are_hyperparameters_that_vary_and_that_every_configuration_has():
    found = summary.groups(outcomes("repaired", (5.0, 6.0, 7.0), HIGH), SOUND)
    assert page.axes(found, SOUND) == ["rate"]


def test_weights_that_expect_their_plan_are_told():
    scale = Remedy("rescale-inputs", {"method": "standard", "inputs": [{"center": [5.0], "scale": [2.0]}]})
    slower = Remedy("lower-learning-rate", {"factor": 0.1})
    for plan, told in (((slower,), False), ((slower, scale), True)):
        done = (Outcome("0", {}, "repaired", plan=plan, state={"trial": {}}),)
        assert repair.Repaired(None, done, (), None, None).in_company is told


class Cured:
    """A pool in which everything is cured at once."""

    known = None

    def __init__(self, spec, jobs):
        Cured.known = spec.lessons

    def run(self, items):
        for item in items:
            message = f"autostable repaired row {item.key}"
            plan = (Remedy("lower-learning-rate", {}),)
            yield Outcome(item.key, item.config, "repaired", message, {"score": 0.5}, None, HIGH, plan, 0, 9, 3,
                          lessons=LESSONS)  # fmt: skip

    def go_on(self):
        return 0

    def close(self):
        pass


def test_what_was_learnt_is_known_after_a_kill_and_to_the_next_repair(tmp_path):
    path, folder = tmp_path / "c.jsonl", tmp_path / "c.jsonl.autostable"
    path.write_text('{"rate": 1}\n{"rate": 2}\n')
    work = repair.source(str(path))

    def killed(coming, before, total):
        yield next(coming)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repair.repair(work, "m:f", (), Settings(), pools=Cured, progress=killed)
    assert Cured.known == ()
    assert (folder / "journal.jsonl").read_text().count("\n") == 1
    repair.repair(work, "m:f", (), Settings(), pools=Cured)
    assert Cured.known == LESSONS
    with path.open("a") as stream:
        stream.write('{"rate": 3, "score": null}\n')
    repair.repair(work, "m:f", (), Settings(), pools=Cured)
    assert Cured.known == LESSONS * 2


def test_records_and_page_tell_of_earlier_repairs_of_the_same_sweep_too(tmp_path):
    path, folder = tmp_path / "c.jsonl", tmp_path / "c.jsonl.autostable"
    rows = [{"rate": 0.01, "score": 0.1}, {"rate": 0.02, "score": 0.2}, {"rate": 5.0, "score": None}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    work = repair.source(str(path))
    repair.repair(work, "m:f", (), Settings(), pools=Cured)
    with (folder / repair.RECORDS).open("a") as stream:
        stream.write("half a li")
    with path.open("a") as stream:
        stream.write('{"rate": 4.0, "score": null}\n{"rate": 6.0, "score": null}\n')
    done = repair.repair(work, "m:f", (), Settings(), pools=Cured)
    lines = (folder / repair.RECORDS).read_text().splitlines()
    assert [json.loads(line)["key"] for line in (lines[0], *lines[2:])] == ["2", "3", "4"]
    assert json.loads(lines[0])["cost"] == {"steps_total": 9, "steps_full_run": 3, "seconds": 0.0, "attempts": 0}
    shown = (folder / repair.PAGE).read_text()
    assert "3 of 3: learning-rate-too-high" in shown and "grey: sound (2)" in shown
    assert all(f"autostable repaired row {key}" in shown for key in "234")
    assert summary.sentences(done.groups) == ["2 of 2: learning-rate-too-high; lower-learning-rate cures 2"]
    where = done.groups[0].region
    assert (str(where), where.sound_inside, where.sound) == ("rate >= 4", 0, 2), "what was repaired never was sound"


def scored(key, rate, score):
    plan = (Remedy("lower-learning-rate", {"factor": 0.1}),)
    return Outcome(key, {"rate": rate, "units": 8}, "repaired", "done", {"loss": score}, causes=HIGH, plan=plan)


def test_a_page_shows_scores_and_speaks_not_against_the_best():
    found = summary.groups([scored("7", 5.0, 0.1), scored("8", 6.0, 0.9), scored("9", 7.0, 0.8)], SOUND)
    shown = page.render("demo", found, SOUND, (0.2, 0.3, 0.4), "loss:min")
    assert "1 of 3 repaired ones do at least as well as the middle one of the 3 sound (loss 0.3)" in shown
    assert "lie there; with its plan (lower-learning-rate 0.1x) the best of the repaired ones lies there too" in shown
    assert shown.count('class="group g0"') == 6 and shown.count('class="sound"') == 6  # once more for phones
    assert ">rate</text>" in shown and ">loss (score)</text>" in shown
    assert "<title>7: rate=5, units=8; score 0.1\nlearning-rate-too-high: done</title>" in shown
    assert len(shown) < 60_000 and "Plotly" not in shown


def test_which_way_a_score_is_better_must_be_known():
    found = summary.groups([scored("7", 5.0, 0.1)], SOUND)
    assert summary.as_good(found, (0.2,), "loss") == "" and summary.best_repaired(found, "loss") is None
    assert summary.best_repaired(found, "loss:max").key == "7"
