from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from autostable.errors import StoreError
from autostable.report import tensorboard
from tests import samples


def test_each_attempt_is_a_run_with_its_plan(tmp_path: Path) -> None:
    assert tensorboard.write(samples.repaired, tmp_path) == 6
    folders = sorted(tmp_path.iterdir())
    assert [folder.name.split("-", 1)[1] for folder in folders] == [
        "00-baseline", "01-probe", "02-probe", "03-probe", "04-full", "05-probe",
    ]  # fmt: skip
    read = EventAccumulator(str(folders[4]))
    read.Reload()
    assert [(event.step, round(event.value, 3)) for event in read.Scalars(tensorboard.BEST)] == [(500, 0.041)]
    told = read.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    values = HParamsPluginData.FromString(told).session_start_info.hparams
    assert {name: value.string_value for name, value in values.items()} == {
        "kind": "full", "epsilon-loss": "log bound 1e-07", "rescale-inputs": "x scaled", "outcome": "stable",
    }  # fmt: skip


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write to"):
        tensorboard.write(samples.repaired, tmp_path / "file")
