"""How cores and GPUs are divided among worker processes."""

from __future__ import annotations

import os

import pytest

from autostable.orders import Orders
from autostable.sweeps import pool
from autostable.sweeps.worker import Spec


def environments(tmp_path, jobs):
    made = pool.LocalPool(Spec("table", "t", "m:f", (), str(tmp_path), Orders(sweep=True)), jobs)
    return [made._environment(number) for number in range(jobs)]


def test_one_gpu_each(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-abc")
    assert [each["CUDA_VISIBLE_DEVICES"] for each in environments(tmp_path, 3)] == ["4", "GPU-abc", "4"]


def test_gpus_that_the_driver_lists(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: GPU-1)'\necho '  MIG 1g (UUID: MIG-2)'\necho 'GPU 1: B'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [each["CUDA_VISIBLE_DEVICES"] for each in environments(tmp_path, 2)] == ["0", "1"]


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_gpus_that_are_hidden_stay_hidden(tmp_path, monkeypatch, hidden):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert [each["CUDA_VISIBLE_DEVICES"] for each in environments(tmp_path, 2)] == [hidden] * 2


def test_cores_are_divided(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "3")
    for name in ("TF_NUM_INTRAOP_THREADS",):
        monkeypatch.delenv(name, raising=False)
    first = environments(tmp_path, 2)[0]
    assert (first["TF_NUM_INTRAOP_THREADS"], first["OMP_NUM_THREADS"]) == ("4", "4")
    assert first["TF_NUM_INTEROP_THREADS"] == "3"  # the user's own word
    assert "TF_NUM_INTRAOP_THREADS" not in environments(tmp_path, 1)[0]
