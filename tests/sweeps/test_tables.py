from __future__ import annotations

import json

import pytest

from autostable.sweeps import tables


@pytest.mark.parametrize(
    ("rows", "column"),
    [([{"loss": "mse", "rate": 1}], None), ([{"loss": "mse", "val_loss": 0.3}], "val_loss"),
     ([{"loss": 0.3}, {"loss": None}], "loss"), ([{"loss": True}], None), ([{"loss": "-inf"}], "loss"), ([{"rate": 1}], None)],
)  # fmt: skip
def test_which_column_holds_the_results(rows, column):
    assert tables.results_column(rows, None) == column


def test_a_hyperparameter_called_loss_stays_one(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"loss": "mse", "rate": 1.0}) + "\n")
    assert [dict(item.config) for item in tables.read(path, None).bad] == [{"loss": "mse", "rate": 1.0}]
