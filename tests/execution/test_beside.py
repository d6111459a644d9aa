"""What is not watched is not healthy: each way of training beside what is watched is seen, and said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autostable.records import Attempt, Cause, Code, Verdict
from autostable.report import words
from autostable.story import Story, report
from tests.execution.conftest import ROOT, Run, environment

Write = Callable[[str, str], Path]

KERAS = """
import keras
import numpy as np

keras.utils.set_random_seed(3)
x = np.random.default_rng(3).normal(size=(256, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.1), "mse")
model.fit(x, x[:, :1], epochs=8, batch_size=32, verbose=0)
"""
SESSION = """
import numpy as np
import tensorflow.compat.v1 as tf1

with tf1.Graph().as_default():
    weight = tf1.get_variable("weight", (4, 1), initializer=tf1.ones_initializer())
    rows = tf1.placeholder(tf1.float32, (None, 4))
    loss = tf1.reduce_mean(tf1.log(tf1.matmul(rows, weight)))
    train = tf1.train.AdamOptimizer(0.1).minimize(loss)
    with tf1.Session() as session:
        session.run(tf1.global_variables_initializer())
        for _ in range(3):
            _, value = session.run([train, loss], {rows: np.ones((8, 4), "float32") - 2.0})
        print("loss", value)
"""
BY_HAND = SESSION.replace(
    "train = tf1.train.AdamOptimizer(0.1).minimize(loss)",
    "train = {'update': tf1.assign_sub(weight, 0.1 * tf1.gradients(loss, [weight])[0])}",
).replace("_, value = session.run([train, loss],", "_, value = session.run((train, loss),")
ONLY_ASKED = SESSION.replace("session.run([train, loss],", "session.run([loss, loss],")
FORKED = """
import multiprocessing

def train():
    exec(KERAS)

KERAS = {keras!r}
process = multiprocessing.get_context("fork").Process(target=train)
process.start()
process.join()
"""
SPAWNED = """
import subprocess, sys

subprocess.run([sys.executable, "-c", {keras!r}], check=True)
"""


def told(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob(".autostable/runs/*/report.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


CASES = {
    "a session": (SESSION + KERAS, "a session of TensorFlow 1"),
    "a session by hand": (BY_HAND + KERAS, "a session of TensorFlow 1"),
    "a fork": (FORKED.format(keras=KERAS) + KERAS, "a fork of the program"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_trains_beside_a_fit_is_a_warning_and_no_more_is_called_sound(
    warm_autostable: Run, write: Write, tmp_path: Path, name: str
) -> None:
    text, what = CASES[name]
    write("train.py", text)
    done = warm_autostable("run", "train.py")
    assert done.returncode == 0, done.stderr
    found = told(tmp_path)
    (warning,) = [each for each in found["warnings"] if each["code"] == "not-watched"]
    assert warning["evidence"] == f"nothing is known of what was trained beside what was watched: {what}"
    assert found["verdict"] == "healthy" and "Nothing is wrong" not in done.stderr
    assert "Only a part of what this program trains was watched" in done.stderr


@pytest.mark.slow
def test_a_program_that_the_script_starts_is_seen_by_what_it_loads(
    autostable: Run, write: Write, tmp_path: Path
) -> None:
    write("train.py", KERAS + SPAWNED.format(keras=KERAS))
    done = autostable("run", "train.py")
    assert done.returncode == 0, done.stderr
    (warning,) = [each for each in told(tmp_path)["warnings"] if each["code"] == "not-watched"]
    assert warning["evidence"].endswith("a process that the script started (it had TensorFlow loaded)")
    assert "Nothing is wrong" not in done.stderr


ALONE = {
    "a session": (SESSION, "a session of TensorFlow 1"),
    "a fork": (FORKED.format(keras=KERAS), "a fork of the program"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ALONE)
def test_what_trains_alone_and_is_not_watched_is_unwatched(
    warm_autostable: Run, write: Write, tmp_path: Path, name: str
) -> None:
    text, what = ALONE[name]
    path = write("train.py", text)
    plain = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path, check=True, env=environment()
    )
    done = warm_autostable("run", "train.py")
    assert (done.returncode, done.stdout) == (0, plain.stdout), done.stderr
    assert told(tmp_path)["verdict"] == "unwatched"
    assert f"what is trained with {what} is not watched" in " ".join(done.stderr.split())
    assert warm_autostable("check", "train.py").returncode == 2


@pytest.mark.slow
def test_a_program_that_is_started_alone_is_unwatched(autostable: Run, write: Write, tmp_path: Path) -> None:
    write("train.py", SPAWNED.format(keras=KERAS))
    done = autostable("run", "train.py")
    assert (done.returncode, told(tmp_path)["verdict"]) == (0, "unwatched")
    assert "a process that the script started (it had TensorFlow loaded) is not watched" in " ".join(
        done.stderr.split()
    )


HARMLESS = {
    "a session that is only asked": ONLY_ASKED + KERAS,
    "forks that train nothing": KERAS + """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, range(4)))
""",
    "programs that load nothing": KERAS + """
import subprocess, sys
print(subprocess.run([sys.executable, "-c", "import time; time.sleep(3)"], check=True).returncode)
""",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_what_trains_nothing_is_no_warning(warm_autostable: Run, write: Write, tmp_path: Path, name: str) -> None:
    write("train.py", HARMLESS[name])
    done = warm_autostable("run", "train.py")
    assert done.returncode == 0 and told(tmp_path)["warnings"] == [], done.stderr
    assert "Nothing is wrong with this training" in done.stderr


STUB = """
class Model:
    def fit(self, x):
        return x

class optimizers:
    class Optimizer:
        def apply_gradients(self, pairs):
            return pairs
"""


@pytest.mark.parametrize("followed", [False, True])
@pytest.mark.parametrize("call", ["Model().fit(3)", "optimizers.Optimizer().apply_gradients(3)"])
def test_keras_2_is_said_to_have_trained_where_it_has(run: Run, write: Write, call: str, followed: bool) -> None:
    write("tf_keras.py", STUB)
    code = f"""
        from autostable.execution import beside
        beside.watch(lambda: {followed})
        import tf_keras
        assert beside.trained() == ()
        assert tf_keras.{call} == 3
        print(beside.trained())
    """
    write("program.py", code)
    done = run("program.py", env={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "strategies")])})
    told = (
        () if followed else ("tf_keras (Keras 2)",)
    )  # its gradients are watched as those of a loop without an optimizer
    assert done.stdout == f"{told}\n", done.stderr


def test_a_report_says_what_was_not_watched_and_not_that_nothing_is_wrong() -> None:
    story = Story(0, "fit", Verdict.HEALTHY, attempts=(Attempt((), "baseline", "stable", 8, 1.0),))
    asked = dict(target={}, environment={})
    told = report([story], trained=("a", "b"), unwatched=("b", "c"), **asked)
    evidence = "nothing is known of what was trained beside what was watched: a, b"
    assert told.warnings == (Cause(Code.NOT_WATCHED, 1.0, evidence),)
    assert told.notes == ("c was imported as well: what is trained with it is not watched.",)
    assert words.headline(told) == "Only a part of what this program trains was watched; nothing was changed."
    alone = report([], trained=("a",), unwatched=("c",), **asked)
    assert (alone.verdict, alone.warnings) == (Verdict.UNWATCHED, ())
    assert alone.notes == ("No training was seen: what is trained with a, c is not watched.",)
