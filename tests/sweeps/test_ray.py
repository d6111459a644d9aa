"""A local cluster of two nodes, one of which is killed midway."""

from __future__ import annotations

import collections
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from autostable.orders import Orders
from autostable.sweeps.items import Item
from autostable.sweeps.ray_pool import RayPool
from autostable.sweeps.worker import Spec
from tests import warm

from .test_repair import FRESH, TUNE, sweep

pytest.importorskip("ray")
HERE = Path(__file__).resolve().parent


@pytest.mark.slow
def test_a_lost_node_loses_nothing(tmp_path, monkeypatch):
    import ray
    from ray.cluster_utils import Cluster

    log = tmp_path / "trained"
    root = HERE.parents[1]
    monkeypatch.setenv("TRAINED", str(log))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(root), str(root / "strategies")]))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    lost = cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    pool = None
    try:
        table = str(tmp_path / "only-where-the-repair-was-begun.jsonl")
        spec = Spec(
            "table", table, "trainables:instant", (), str(tmp_path), Orders(sweep=True), column="score",
            shapes=(("rate",),),
        )  # fmt: skip
        pool = RayPool(spec, 2, address=None, cpus=1, gpus=0)
        items = [Item(str(number), {"rate": float(number)}, "failed") for number in range(16)]
        outcomes = []
        for outcome in pool.run(items):
            outcomes.append(outcome)
            if len(outcomes) == 4:
                cluster.remove_node(lost, allow_graceful=False)
        assert sorted(int(outcome.key) for outcome in outcomes) == list(range(16))
        assert {outcome.verdict for outcome in outcomes} == {"sound"}
        begun = collections.Counter(log.read_text().split())
        assert len(begun) == 16
        assert sum(begun.values()) <= 18  # only what the lost node was at is begun again
    finally:
        if pool is not None:
            pool.close()
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture
def cluster(monkeypatch):
    """A cluster that is running already, with two GPUs, or what it takes for them."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)  # as other tests set it, there would be none
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 2, "include_dashboard": False})
    yield made
    made.shutdown()


def table(folder):
    path = folder / "configs.jsonl"
    path.write_text("".join(json.dumps({"rate": float(number)}) + "\n" for number in range(4)))
    shutil.copy(HERE / "trainables.py", folder)
    return path


@pytest.mark.slow
def test_on_a_cluster_that_is_running_each_configuration_has_its_gpu(tmp_path, cluster):
    path = table(tmp_path)
    ray = ("--engine", "ray", "--address", cluster.address)
    sweep("repair", path, "--train", "trainables:which_gpu", *ray, "--jobs", 2, "--gpus", 1, cwd=tmp_path, python=FRESH)
    assert {json.loads(line)["score"] for line in path.read_text().splitlines()} == {0.0, 1.0}
    (tmp_path / "more").mkdir()
    path = table(tmp_path / "more")
    train = ("--train", "trainables:which_gpu")
    done = sweep("repair", path, *train, *ray, "--gpus", 3, cwd=tmp_path, python=FRESH, status=2)
    assert "no node of the cluster has the 1 CPUs and 3 GPUs" in done.stderr


@pytest.mark.slow
def test_a_script_on_ray(tmp_path):
    (tmp_path / "tune.py").write_text(TUNE.format(here=str(HERE)))
    subprocess.run([warm.python(), "tune.py"], cwd=tmp_path, capture_output=True, check=True)
    done = sweep(
        "repair",
        "demo",
        "--train",
        "tune.py",
        "--engine",
        "ray",
        "--jobs",
        2,
        "--",
        "--fast",
        cwd=tmp_path,
        python=FRESH,
    )
    assert "COMPLETED 6 True ['--fast']" in done.stdout
    assert "4 repaired" in done.stderr


@pytest.mark.slow
def test_no_cluster_at_the_address(tmp_path):
    train = ("--train", "trainables:which_gpu", "--engine", "ray", "--address", "127.0.0.1:1")
    done = sweep("repair", table(tmp_path), *train, cwd=tmp_path, python=FRESH, status=2)
    assert "no Ray cluster at 127.0.0.1:1" in done.stderr and "Traceback" not in done.stderr
