"""What was done while a training went on, in each report."""

import dataclasses
import io
import json

import jsonschema
import pytest

from autostable.records import Action, Intervention, Report, Verdict, from_json, to_json
from autostable.report import concise, html, terminal, words
from autostable.report import json as json_report
from autostable.report.schema import report_schema
from autostable.story import HEALING_OFFERED, Story, report
from tests import samples


def test_the_headline_counts_what_was_done():
    said = words.headline(samples.healed)
    assert (
        "It was healed while it went on: gone back 1 time, 1 batch left out, 1 remedy put on, rate lowered for a while 1 time"
        in said
    )
    assert "(44 steps again, 26 given up). In force: learning rate times 0.1." in said


def test_a_training_that_was_started_over_after_all_is_not_called_healed():
    over = dataclasses.replace(samples.repaired, interventions=samples.INTERVENTIONS)
    assert words.headline(over) == words.headline(samples.repaired)
    assert concise.render(over) == concise.render(samples.repaired)


def test_each_intervention_in_words():
    back, skipped, slower, remedy = samples.INTERVENTIONS
    assert words.intervention_words(back) == "back to batch 0, and on"
    assert words.intervention_words(skipped) == "batch 40 left out (row 3 of it; row 1203 of the data)"
    assert (
        words.intervention_words(dataclasses.replace(skipped, data_rows=(), rows=(3, 5)))
        == "batch 40 left out (rows 3, 5 of it)"
    )
    assert words.intervention_words(dataclasses.replace(skipped, data_rows=(), rows=())) == "batch 40 left out"
    assert words.intervention_words(slower) == "back to batch 64; rate times 0.5 for a while"
    assert words.intervention_words(remedy) == "back to batch 200; learning rate times 0.1"
    assert words.intervention_cost(slower).startswith("27 steps again, 26 given up, ")


def test_terminal_page_and_lines_show_them():
    console = terminal.make_console(stream := io.StringIO())
    console.width = 300  # nothing is wrapped
    terminal.render(samples.healed, console)
    page = html.render(samples.healed)
    for each in samples.INTERVENTIONS:
        assert (
            words.intervention_words(each).split(";")[0] in stream.getvalue() and words.intervention_words(each) in page
        )
    assert "While it went on" in stream.getvalue() and "While it went on" in page
    assert "While it went on" not in html.render(samples.repaired)
    assert concise.render(samples.healed).splitlines()[0].endswith("(repaired while it went on, in 4 places)")


def test_json_holds_all_of_it():
    value = json.loads(json_report.render(samples.healed))
    jsonschema.validate(value, report_schema())
    assert [each["action"] for each in value["interventions"]] == ["went-back", "skipped", "slower", "remedy"]
    assert from_json(value, Report).interventions == samples.INTERVENTIONS
    assert from_json(to_json(samples.INTERVENTIONS[1]), Intervention).action is Action.SKIPPED


@pytest.mark.parametrize(
    ("step", "seconds", "kind", "healed", "offered"),
    [
        (333, 10.0, "nonfinite", False, False),
        (334, 10.0, "nonfinite", False, True),  # a third of the run
        (5, 3599.0, "nonfinite", False, False),
        (5, 3600.0, "nonfinite", False, True),  # an hour
        (900, 10.0, "useless", False, False),  # nothing to go back to
        (900, 10.0, "nonfinite", True, False),
    ],
)
def test_when_a_report_names_the_option(step, seconds, kind, healed, offered):
    story = Story(
        0, "fit", Verdict.REPAIRED, dataclasses.replace(samples.SEEN, kind=kind, step=step), full=1000,
        attempts=(dataclasses.replace(samples.BASELINE, seconds=seconds),),
        interventions=samples.INTERVENTIONS if healed else (),
    )  # fmt: skip
    assert (HEALING_OFFERED in report([story], target={}, environment={}).notes) is offered
