"""What is shown of a program that had to be run again: first the run that failed, as it came, then the one that counts."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

LOOP = """
    import keras
    import numpy as np
    import tensorflow as tf

    print("begins")
    weight = tf.Variable(np.ones((4, 1), "float32"))
    optimizer = keras.optimizers.SGD(0.05)
    x = np.random.default_rng(3).normal(size=(32, 4)).astype("float32")
    share = np.full((32, 1), 0.5, "float32")

    @tf.function
    def step(batch, part):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(batch @ weight) * -tf.math.log(part))
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
        return loss

    for number in range(20):
        if number == 5:
            print("half way")
            share[3] = 0.0
        loss = float(step(tf.constant(x), tf.constant(share)))
    print("result", loss)
"""


def test_the_run_that_counts_comes_last_below_a_line(warm_autostable, write):
    write("loop.py", LOOP)
    done = warm_autostable("run", "loop.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:-1] == ["begins", "half way", "begins", "half way"]
    assert done.stdout.splitlines()[-1].startswith("result ")
    assert done.stdout.count("result") == 1
    assert done.stderr.count("with epsilon-loss: this is the run that counts") == 1


def test_machines_get_their_format_alone(warm_autostable, write):
    write("loop.py", LOOP)
    done = warm_autostable("run", "--output-format", "json", "--output-file", "report.json", "loop.py")
    assert done.returncode == 0, done.stderr
    assert "the run that counts" not in done.stderr
    (path,) = (each for each in write("keep.txt", "").parent.glob("report.json"))
    assert json.loads(path.read_text())["verdict"] == "repaired"
