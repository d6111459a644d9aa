from __future__ import annotations

import json

import pytest

from autostable.errors import UsageError
from autostable.sweeps import tables
from autostable.sweeps.items import Outcome


@pytest.mark.parametrize(
    ("rows", "column"),
    [([{"loss": "mse", "rate": 1}], None), ([{"loss": "mse", "val_loss": 0.3}], "val_loss"),
     ([{"loss": 0.3}, {"loss": None}], "loss"), ([{"loss": True}], None), ([{"loss": "-inf"}], "loss"), ([{"rate": 1}], None),
     ([{"rate": 1, "accuracy": 0.9}], "accuracy"), ([{"rate": 1, "test_auc": None}], "test_auc")],
)  # fmt: skip
def test_which_column_holds_the_results(rows, column):
    assert tables.results_column(rows, None) == column


def test_a_hyperparameter_called_loss_stays_one(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"loss": "mse", "rate": 1.0}) + "\n")
    assert [dict(item.config) for item in tables.read(path, None).bad] == [{"loss": "mse", "rate": 1.0}]


def outcome(number, config, **metrics):
    return {str(number): Outcome(str(number), config, "repaired", "autostable repaired this trial with x", metrics)}


def test_cells_that_do_not_change_stay_as_they_were_written(tmp_path):
    path = tmp_path / "c.csv"
    path.write_bytes(b'\xef\xbb\xbfrate,flag,note,val_loss\r\n1e30,TRUE,"a, b",nan\r\n0.10,False,,0.5\r\n')
    config = {"rate": 1e30, "flag": True, "note": "a, b"}
    assert [dict(item.config) for item in tables.read(path, None).bad] == [config]
    tables.write_back(path, outcome(0, config, val_loss=0.25), None)
    assert path.read_bytes() == (
        b"rate,flag,note,val_loss,autostable\r\n"
        b'1e30,TRUE,"a, b",0.25,autostable repaired this trial with x\r\n'
        b"0.10,False,,0.5,\r\n"
    )


def test_a_row_that_was_changed_meanwhile_gets_no_result_of_another(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"rate": 2, "score": null}\n{"rate": 1, "score": 0.3}\n')
    tables.write_back(path, {**outcome(0, {"rate": 9}, score=7.0), **outcome(1, {"rate": 2}, score=8.0)}, None)
    assert [json.loads(line)["score"] for line in path.read_text().splitlines()] == [None, 0.3]


@pytest.mark.parametrize(
    ("metrics", "name", "expected"),
    [({"loss": 1.0, "val_loss": 2.0}, "val_loss", 2.0), ({"loss": 1.0, "val_loss": 2.0}, "score", 2.0),
     ({"loss": 1.0, "val_loss": 2.0}, "test_auc", None), ({"score": 3.0}, "test_auc", 3.0),
     ({"acc": 0.5, "foo": 0.7}, "score", None), ({"acc": 0.5}, "score", 0.5)],
)  # fmt: skip
def test_no_metric_is_written_under_the_name_of_another(metrics, name, expected):
    assert tables.objective(metrics, name) == expected


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [("a.csv", "a,b\n1,2,3\n", "line 2 has 3 cells, the header has 2"), ("b.csv", "a,a\n1,2\n", "two columns are called 'a'"),
     ("c.jsonl", '{"a": 1}\n{"a": }\n', "line 2 is not JSON"), ("d.jsonl", '{"a": 1}\n[2]\n', "row 2 is no mapping"),
     ("e.yaml", "a: 1\n", "holds no configurations")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_told_where(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=words):
        tables.rows(tmp_path / name)


def test_rows_of_differing_keys_and_suffixes_in_capitals_are_read(tmp_path):
    (tmp_path / "T.JSONL").write_text('{"a": 1, "b": 2}\n{"a": 1}\n')
    assert tables.is_table(tmp_path / "T.JSONL")
    assert [dict(item.config) for item in tables.read(tmp_path / "T.JSONL", None).bad] == [{"a": 1, "b": 2}, {"a": 1}]


def test_only_what_was_repaired_counts_as_repaired(tmp_path):
    path = tmp_path / "c.jsonl"
    notes = ["autostable repaired this trial with x", "trained well when run again"]
    path.write_text("".join(json.dumps({"a": 1, "score": 1.0, "autostable": note}) + "\n" for note in notes))
    assert tables.read(path, None).repaired == 1
