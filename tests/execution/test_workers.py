"""Two workers of a MultiWorkerMirroredStrategy on loopback, each under `autostable run` with its own TF_CONFIG."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from autostable.evidence import Finding
from autostable.execution import cluster
from autostable.execution.job import Outcome
from autostable.orders import Orders
from autostable.records import Attempt, Verdict
from autostable.story import Story
from tests import warm
from tests.execution.conftest import environment

LIMIT = 280  # seconds; a hang is a failure, and must not last
PROGRAM = """
    import json, os, sys
    import numpy as np
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    import keras

    keras.utils.set_random_seed(0)
    task = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    share = np.full((64, 1), 0.5, "float32")
    share[25 * 2 + 1] = 0.0 if "bad" in sys.argv else 0.5  # row 25 of the second worker's half: its fourth batch
    with strategy.scope():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
        optimizer = keras.optimizers.SGD(0.01)
        optimizer.build(model.trainable_variables)

    def data(context):
        whole = tf.data.Dataset.from_tensor_slices((x, y, share))
        return whole.shard(context.num_input_pipelines, context.input_pipeline_id).batch(8).repeat()

    batches = iter(strategy.distribute_datasets_from_function(data))

    def step(batch):
        inputs, targets, part = batch
        with tf.GradientTape() as tape:
            error = tf.square(model(inputs, training=True) - targets)
            loss = tf.reduce_mean(-error * tf.math.log(part)) / strategy.num_replicas_in_sync
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    @tf.function
    def train(batch):
        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step, args=(batch,)), axis=None)

    for number in range(40):
        if number == 10 and task == 1 and "die" in sys.argv:
            os._exit(9)
        loss = float(train(next(batches)))
    print("worker", task, "weights", float(sum(np.abs(w).sum() for w in model.get_weights())).hex())
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def config(ports: list[int], number: int) -> str:
    workers = [f"127.0.0.1:{port}" for port in ports]
    return json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": number}})


@dataclasses.dataclass
class Done:
    status: list[int]
    out: list[str]
    err: list[str]
    folder: Path

    def reports(self, number: int) -> list[Path]:
        return list((self.folder / f"runs{number}").rglob("report.json"))


def train(folder: Path, *arguments: str, watched: bool = True, python: str = sys.executable) -> Done:
    """Both workers to their end, or killed at the limit."""
    (folder / "train.py").write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    ports, processes = free_ports(2), []
    for number in range(2):
        more = {"TF_CONFIG": config(ports, number), "CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1"}
        ours = ["-m", "autostable", "run", "--run-dir", f"runs{number}"] if watched else []
        with open(folder / f"out{number}", "w") as out, open(folder / f"err{number}", "w") as err:
            processes.append(
                subprocess.Popen(
                    [python, *ours, "train.py", *arguments],
                    cwd=folder,
                    env=environment(**more),
                    stdout=out,
                    stderr=err,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
    deadline = time.monotonic() + LIMIT
    try:
        for process in processes:
            process.wait(max(0.1, deadline - time.monotonic()))
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return Done(
        [process.returncode for process in processes],
        [(folder / f"out{number}").read_text() for number in range(2)],
        [(folder / f"err{number}").read_text() for number in range(2)],
        folder,
    )


@pytest.mark.slow
def test_healthy_workers_are_left_as_they_are(tmp_path):
    (tmp_path / "plain").mkdir()
    plain = train(tmp_path / "plain", watched=False)
    watched = train(tmp_path)
    assert plain.status == watched.status == [0, 0]
    assert plain.out == watched.out
    assert [len(watched.reports(number)) for number in range(2)] == [1, 0]


@pytest.mark.slow
def test_one_workers_bad_row_is_repaired_by_all(tmp_path):
    done = train(tmp_path, "bad", python=warm.python())
    assert done.status == [0, 0], done.err
    assert not done.reports(1)
    (path,) = done.reports(0)
    report = json.loads(path.read_text())
    assert report["verdict"] == "repaired"
    assert report["symptom"]["step"] == 3
    assert report["symptom"]["first_seen_in"] == "loss"
    assert report["site"]["op"] == "Log"
    assert any("worker 1" in note for note in report["notes"])
    assert [step["name"] for step in report["plan"]] == ["epsilon-loss"]
    weights = [out.split("weights ")[1].split()[0] for out in done.out]
    assert weights[0] == weights[1]


@pytest.mark.slow
def test_a_worker_that_dies_holds_nobody(tmp_path):
    done = train(tmp_path, "die", python=warm.python())
    assert done.status == [3, 3], done.err
    assert len(done.reports(0)) == 1
    assert not done.reports(1)


def story(verdict: Verdict, *, found: bool = False) -> Story:
    outcome = "stable" if verdict is Verdict.HEALTHY else "unstable"
    return Story(
        number=0, kind="loop", verdict=verdict, attempts=(Attempt((), "baseline", outcome, 3, 1.0),),
        finding=Finding("Log", "forward") if found else None,
    )  # fmt: skip


NAMES = ("worker 0", "worker 1", "worker 2")


def test_the_story_is_that_of_the_worker_that_found_something():
    told = cluster.merged(
        [
            Outcome("unstable", 1, (story(Verdict.UNREPAIRED),)),
            Outcome("unstable", 1, (story(Verdict.UNREPAIRED, found=True),)),
        ],
        NAMES,
    )
    assert told.ended == "unstable"
    assert told.stories[0].finding is not None
    assert "worker 1" in told.stories[0].notes[0]


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        (["finished", "finished"], "finished"),
        (["probed", "probed"], "probed"),
        (["raised", "unstable"], "unstable"),  # the one that left took the other's collectives with it
        (["finished", "raised"], "raised"),
        (["raised", "died"], "raised"),
        (["interrupted", "raised"], "interrupted"),
    ],
)
def test_how_a_run_of_all_workers_ended(endings, expected):
    assert cluster.merged([Outcome(ended, 0) for ended in endings], NAMES).ended == expected


def test_who_is_who():
    config_of = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    task = cluster.task_of({"TF_CONFIG": json.dumps(config_of)})
    assert task is not None
    assert (task.number, task.names, task.host, task.is_chief) == (1, ("worker 0", "worker 1"), "a", False)
    with_chief = {"cluster": {"worker": ["b:2"], "chief": ["a:1"]}, "task": {"type": "chief", "index": 0}}
    task = cluster.task_of({"TF_CONFIG": json.dumps(with_chief)})
    assert task is not None
    assert (task.names, task.is_chief) == (("chief 0", "worker 0"), True)


@pytest.mark.parametrize(
    "text",
    ["", "no json", "{}", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}',
     '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "evaluator", "index": 0}}',
     '{"cluster": {"worker": ["a:1", "b:1"], "ps": ["c:1"]}, "task": {"type": "worker", "index": 0}}', "[]"],
)  # fmt: skip
def test_trainings_that_are_no_concern_of_others(text):
    assert cluster.task_of({"TF_CONFIG": text}) is None


def test_orders_and_outcomes_go_over_the_wire(monkeypatch):
    monkeypatch.setattr(cluster, "MEETING", 5.0)
    text = json.dumps({"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}})
    tasks = [
        cluster.task_of({"TF_CONFIG": json.dumps({**json.loads(text), "task": {"type": "worker", "index": number}})})
        for number in range(2)
    ]
    assert tasks[0] is not None and tasks[1] is not None
    chief, follower = cluster.Chief(tasks[0]), cluster.Follower(tasks[1])
    follower.tell(Outcome("unstable", 1, (story(Verdict.UNREPAIRED),)))
    assert [each.ended for each in chief.gather(Outcome("unstable", 1))] == ["unstable"]
    chief.order(Orders(probe=7), True, None)
    chief.end("repaired")
    messages = list(follower.messages())
    assert messages[0]["run"]["orders"]["probe"] == 7
    assert messages[1] == {"end": "repaired"}


def test_a_chief_without_its_workers_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(cluster, "MEETING", 0.2)
    task = cluster.task_of({"TF_CONFIG": config([1, 3], 0)})
    assert task is not None
    chief = cluster.Chief(task)
    assert chief.gather(Outcome("finished", 0)) == []
    assert chief.absent == ["worker 1"]
    chief.end("healthy")
