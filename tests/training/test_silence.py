"""What a healthy program prints is its own: nothing that is run once more to judge it says a word."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

import autostable
from autostable.records import Verdict
from autostable.training.silence import silence


def loop(optimizers):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    nets = [
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        for _ in range(optimizers)
    ]
    rules = [keras.optimizers.Adam(1e-2) for _ in nets]

    @tf.function
    def step(x, y):
        print("traced")
        tf.print("stepped")
        for net, rule in zip(nets, rules, strict=True):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((net(x) - y) ** 2)
            rule.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
        return loss

    for _ in range(60):
        x = rng.normal(size=(32, 4)).astype("float32")
        step(x, x[:, :1])


class Talkative(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = keras.layers.Dense(1)

    def call(self, x):
        print("called")
        tf.print("stepped")
        return self.last(x)


def fit():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    model = Talkative()
    model.compile(keras.optimizers.Adam(0.1), lambda t, p: tf.square(t - p))
    model.fit(x, x[:, :1], epochs=5, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("program", [lambda: loop(1), lambda: loop(2), fit], ids=["loop", "two optimizers", "fit"])
def test_a_watched_program_prints_what_it_prints_unwatched(program, capfd):
    program()
    plain = capfd.readouterr()
    report = autostable.run(program)
    watched = capfd.readouterr()
    assert report.verdict is Verdict.HEALTHY
    assert watched.err.count("stepped") == plain.err.count("stepped") > 0
    words = ("traced", "called")
    said = [[line for line in each.out.splitlines() if line in words] for each in (plain, watched)]
    assert len(said[0]) >= len(said[1]) > 0, "a model that is built before is traced once less"


def test_what_other_threads_print_is_heard(capsys):
    with silence():
        print("mine")
        other = threading.Thread(target=print, args=("theirs",))
        other.start()
        other.join()
    print("after")
    assert capsys.readouterr().out == "theirs\nafter\n"
