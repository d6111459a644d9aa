"""The attempts of a report as runs of TensorBoard: a curve of the loss each, and its plan among the hyperparameters.

The records are those of TensorBoard's own package, which needs no TensorFlow for them; its writer of files would load it.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from autostable import registry
from autostable.errors import StoreError
from autostable.records import Attempt, Report
from autostable.report import words

LOSS, LAST, SECONDS = "loss", "autostable/loss_last", "autostable/seconds"
_VERSION = "brain.Event:2"  # of the format, as TensorBoard's own writer has it
_PLUGIN = "hparams"


def write(report: Report, folder: Path) -> int:
    """Write one run an attempt; gives how many were written.

    Args:
        report: Of a run.
        folder: Where TensorBoard is to look (`--logdir`); what it holds stays.

    Raises:
        StoreError: If that cannot be written.
    """
    stamp = time.strftime("%Y%m%dT%H%M%S")
    try:
        for place, attempt in enumerate(report.attempts):
            _write_attempt(attempt, folder / f"{stamp}-{place:02d}-{attempt.kind}")
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror or error}") from None
    return len(report.attempts)


def _write_attempt(attempt: Attempt, folder: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    events = [Event(wall_time=now, file_version=_VERSION), Event(wall_time=now, summary=_session(attempt))]
    for tag, step, value in _scalars(attempt):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        events.append(Event(wall_time=now, step=step, summary=summary))
    events.append(Event(wall_time=now, step=attempt.steps, summary=_ended(attempt)))
    with (folder / f"events.out.tfevents.{now:.0f}.autostable").open("wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())


def _scalars(attempt: Attempt) -> list[tuple[str, int, float]]:
    """What is drawn of an attempt: (tag, step, value), finite."""
    found: list[tuple[str, int, float | None]] = [(LOSS, step, loss) for step, loss in words.loss_curve(attempt)]
    found += [(LAST, attempt.steps, attempt.loss_last), (SECONDS, attempt.steps, attempt.seconds)]
    return [(tag, step, value) for tag, step, value in found if value is not None and math.isfinite(value)]


def hyperparameters(attempt: Attempt) -> dict[str, str | float | bool]:
    """What an attempt is told apart by: its kind, each remedy with its strength, and what became of it."""
    plan = {step.name: registry.brief(step) for step in attempt.plan}
    return {"kind": attempt.kind, **plan, "outcome": attempt.outcome}


def _session(attempt: Attempt) -> Any:
    """The record with which TensorBoard begins a run of its hyperparameters' table."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(start_time_secs=time.time(), group_name="")
    for name, value in hyperparameters(attempt).items():
        start.hparams[name].string_value = str(value)
    return _hparams_summary("session_start_info", HParamsPluginData(session_start_info=start))


def _ended(attempt: Attempt) -> Any:
    from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    status = STATUS_SUCCESS if attempt.stable else STATUS_FAILURE
    end = SessionEndInfo(status=status, end_time_secs=time.time() + attempt.seconds)
    return _hparams_summary("session_end_info", HParamsPluginData(session_end_info=end))


def _hparams_summary(tag: str, data: Any) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_FLOAT

    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=_PLUGIN, content=data.SerializeToString())
    )
    nothing = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto())
    return Summary(value=[Summary.Value(tag=f"_hparams_/{tag}", metadata=metadata, tensor=nothing)])
