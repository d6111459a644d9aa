"""A local cluster of two nodes, one of which is killed midway."""

from __future__ import annotations

import collections
import os
from pathlib import Path

import pytest

from autostable.orders import Orders
from autostable.sweeps.items import Item
from autostable.sweeps.ray_pool import RayPool
from autostable.sweeps.worker import Spec

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
        spec = Spec("table", "configs.jsonl", "trainables:instant", (), str(tmp_path), Orders(sweep=True))
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
