from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from autostable.errors import StoreError
from autostable.report import tensorboard
from tests import samples


def events(folder: Path) -> list[Any]:
    """What TensorBoard reads there."""
    (file,) = folder.iterdir()
    reader, found = PyRecordReader_New(str(file)), []
    try:
        while True:
            reader.GetNext()
            found.append(Event.FromString(reader.record()))
    except Exception as end:  # of the file: OutOfRangeError of the stub
        assert "no more events" in str(end).lower() or type(end).__name__ == "OutOfRangeError", end
    return found


def test_each_attempt_is_a_run_with_its_plan(tmp_path: Path) -> None:
    assert tensorboard.write(samples.repaired, tmp_path) == 6
    folders = sorted(tmp_path.iterdir())
    assert [folder.name.split("-", 1)[1] for folder in folders] == [
        "00-baseline", "01-probe", "02-probe", "03-probe", "04-full", "05-probe",
    ]  # fmt: skip
    version, start, *scalars, end = events(folders[4])
    assert version.file_version == "brain.Event:2"
    assert [(each.step, value.tag, round(value.simple_value, 3)) for each in scalars for value in each.summary.value] == [
        (500, tensorboard.LAST, 0.041), (500, tensorboard.SECONDS, 61.3),
    ]  # fmt: skip
    (told,) = start.summary.value
    assert (told.tag, told.metadata.plugin_data.plugin_name) == ("_hparams_/session_start_info", "hparams")
    values = HParamsPluginData.FromString(told.metadata.plugin_data.content).session_start_info.hparams
    assert {name: value.string_value for name, value in values.items()} == {
        "kind": "full", "epsilon-loss": "log bound 1e-07", "rescale-inputs": "x scaled", "outcome": "stable",
    }  # fmt: skip
    assert end.summary.value[0].tag == "_hparams_/session_end_info"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write to"):
        tensorboard.write(samples.repaired, tmp_path / "file")
