from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from autostable.judgement.statements import no, yes
from autostable.judgement.verdict import Reason, Statements
from autostable.records import Attempt, Learning, Report, Site, from_json
from autostable.report import json as json_report
from autostable.report.schema import report_schema
from tests import samples

PROMISED = ["schema", "verdict", "target", "environment", "symptom", "site", "causes", "warnings"]
PROMISED += ["plan", "attempts", "cost", "edits", "files"]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    assert report_schema()["required"] == PROMISED


@pytest.mark.parametrize("name", [*samples.ALL, *samples.LEARNING])
def test_reports_satisfy_the_schema(name: str) -> None:
    text = json_report.render({**samples.ALL, **samples.LEARNING}[name])
    value = json.loads(text, parse_constant=pytest.fail)  # strict: no NaN, no Infinity
    jsonschema.validate(value, report_schema())
    jsonschema.validate({**value, "later": 1}, report_schema())
    assert json_report.render(from_json(value, Report)) == text


def test_nonfinite_numbers_are_strings() -> None:
    value = json.loads(json_report.render(samples.repaired))
    assert value["attempts"][0]["loss_last"] == "inf"
    assert value["attempts"][1]["loss_last"] == "nan"
    assert value["symptom"]["evidence"]["gradient_norm"] == "nan"


def test_statements_of_each_output_by_name_with_answer_figure_and_why() -> None:
    said = Statements(finite=yes(), bounded=no(3.5, "far above its start"), skill=yes(math.nan), plain_fault=True)
    (attempt,) = samples.healthy.attempts
    report = dataclasses.replace(
        samples.healthy, attempts=(dataclasses.replace(attempt, statements=(said.by_name, Statements().by_name)),)
    )
    value = json.loads(json_report.render(report))
    jsonschema.validate(value, report_schema())
    first, second = value["attempts"][0]["statements"]
    assert first["finite"] == {"answer": "yes", "figure": None, "why": ""}
    assert first["bounded"] == {"answer": "no", "figure": 3.5, "why": "far above its start"}
    assert first["skill"] == {"answer": "yes", "figure": "nan", "why": ""}
    assert first["plain_fault"] == {"answer": "yes", "figure": None, "why": ""}
    assert first["unseen"] == {"answer": "unknown", "figure": None, "why": ""} and "plain_fault" not in second
    assert json_report.render(from_json(value, Report)) == json_report.render(report)


def test_reports_from_before_there_were_statements_still_load() -> None:
    value = json.loads(json_report.render(samples.cured))
    for attempt in value["attempts"]:
        del attempt["statements"]
    jsonschema.validate(value, report_schema())
    assert from_json(value, Report) == samples.cured


def test_long_parameters_are_whole() -> None:
    value = json.loads(json_report.render(samples.repaired))
    assert len(value["plan"][1]["parameters"]["inputs"][0]["center"]) == 300


@pytest.mark.parametrize("field", PROMISED)
def test_what_is_promised_is_required(field: str) -> None:
    value = json.loads(json_report.render(samples.repaired))
    del value[field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, report_schema())


def _set(key: str, item: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update({key: item})


@pytest.mark.parametrize(
    "spoil",
    [
        _set("verdict", "good"),
        _set("schema", "autostable/report-2"),
        _set("causes", [{"code": "x"}]),
        lambda value: value["attempts"][0].update(outcome="fine"),
        lambda value: value["attempts"][0].update(loss_last="NaN"),
        lambda value: value["causes"][0].update(confidence=1.5),
        lambda value: value["site"].update(line="8"),
        lambda value: value["attempts"][0].update(learning={"state": "well", "reason": "learnt"}),
        lambda value: value["attempts"][0].update(learning={"state": "sick", "reason": "fault", "skill": "low"}),
        lambda value: value["attempts"][0].update(statements=[{"finite": {"answer": "cannot be told"}}]),
    ],
)
def test_the_schema_refuses(spoil: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(json_report.render(samples.repaired))
    spoil(value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, report_schema())


def test_the_schema_knows_every_field_of_the_records() -> None:
    schema = report_schema()
    assert {field.name for field in dataclasses.fields(Report)} <= set(schema["properties"])
    for kind in (Attempt, Learning, Site):
        known = schema["$defs"][kind.__name__.lower()]["properties"]
        assert {field.name for field in dataclasses.fields(kind)} <= set(known)
    assert list(Statements().by_name) == list(schema["$defs"]["statements"]["properties"])


def test_the_schema_names_every_reason_and_what_an_attempt_is_judged_by() -> None:
    known = report_schema()["$defs"]
    reasons = [reason.name.lower().replace("_", "-") for reason in Reason]
    assert known["learning"]["properties"]["reason"]["examples"] == reasons
    said = "The figure the attempt was judged by: skill, else loss_last."
    assert known["attempt"]["properties"]["yardstick"]["description"] == said
