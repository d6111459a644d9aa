"""Trainings in which nothing can move: a loss without a slope, and an average of weights that stays at their start."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import autostable
from autostable.records import Code, Verdict
from autostable.training.replay import slopes
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import differentiated, eagerly, run

pytestmark = pytest.mark.slow


def data(rows=640):
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, x[:, :1] - 2 * x[:, 1:2]


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])


def direction(targets, answers):
    return ops.mean(1.0 - ops.sign(targets) * ops.sign(answers), axis=-1)


def fitted(loss):
    def program():
        model = network()
        model.compile(keras.optimizers.Adam(0.01), loss)
        model.fit(*data(), epochs=15, verbose=0)

    return program


def sided(straight_through):
    """Answers of which only the side counts; with a way around for the gradient they learn all the same."""

    def program():
        model, optimizer = network(), keras.optimizers.Adam(0.01)

        @tf.function
        def step(rows, targets):
            with tf.GradientTape() as tape:
                answers = model(rows, training=True)
                side = tf.sign(answers)
                side = answers + tf.stop_gradient(side - answers) if straight_through else side
                loss = tf.reduce_mean(tf.square(side - tf.sign(targets)))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

        for _ in range(15):
            for rows, targets in tf.data.Dataset.from_tensor_slices(data()).batch(32):
                step(rows, targets)

    return program


@pytest.mark.parametrize(
    ("program", "source"),
    [
        (fitted(direction), "return ops.mean(1.0 - ops.sign(targets) * ops.sign(answers), axis=-1)"),
        (sided(False), "side = tf.sign(answers)"),
    ],
    ids=["fit", "loop"],
)
def test_an_operation_without_a_slope_is_found_and_replaced(program, source):
    report = autostable.run(program)
    assert (report.verdict, [remedy.name for remedy in report.plan]) == (Verdict.REPAIRED, ["swap-activation"])
    assert report.causes[0].code is Code.VANISHING_GRADIENT and report.causes[0].site.source == source
    assert [call["activation"] for call in report.plan[0].parameters["calls"]] == ["tanh"]
    assert report.attempts[0].learning.reason in ("stands-still", "no-signal")


def test_a_sign_that_lets_gradients_past_is_left_alone():
    report = autostable.run(sided(True))
    assert (report.verdict, report.causes) == (Verdict.HEALTHY, ())


def test_only_what_takes_something_trained_has_a_part_in_it():
    weight, given = tf.Variable([[1.0], [2.0]]), tf.constant([[0.3, 0.7]])

    def step(inner, outer):
        with tf.GradientTape() as tape:
            answer = outer(tf.matmul(inner(given), weight))
            loss = tf.reduce_sum(answer)
        locate_gradients(tape.gradient(loss, [weight]))

    def locate_gradients(gradients):
        differentiated(replay, gradients, [weight])

    found = []
    for inner, outer in ((tf.identity, tf.sign), (tf.sign, tf.identity), (tf.identity, lambda x: tf.sign(x) + 0 * x)):
        replay = Replay()
        with eagerly():
            run(lambda inner=inner, outer=outer: step(inner, outer), replay)
        found.append(slopes.stepped(replay) and slopes.stepped(replay).op)
    assert found == ["Sign", None, "Sign"]


@pytest.mark.parametrize(("momentum", "verdict"), [(0.9999, Verdict.REPAIRED), (0.99, Verdict.HEALTHY)])
def test_an_average_of_weights_that_reaches_back_to_the_start(momentum, verdict):
    def program():
        model = network()
        model.compile(keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=momentum), "mse")
        model.fit(*data(), epochs=20, verbose=0)

    report = autostable.run(program)
    assert report.verdict is verdict
    if verdict is Verdict.REPAIRED:
        assert report.causes[0].code is Code.LEARNING_RATE_TOO_LOW and "still 96% those" in report.causes[0].evidence
        assert [(remedy.name, dict(remedy.parameters)) for remedy in report.plan] == [
            ("shorten-weight-average", {"momentum": 0.975})
        ]
        assert report.attempts[0].learning.reason == "worse-as-used"
        assert report.attempts[-1].learning.value > 0.9


def towers(spread):
    def program():
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        who, what = rng.integers(0, 80, 6000), rng.integers(0, 40, 6000)
        likes = np.sum(rng.normal(size=(80, 2))[who] * rng.normal(size=(40, 2))[what], axis=1) > 0
        start = keras.initializers.RandomNormal(stddev=spread)
        sides = [keras.Input((), dtype="int32") for _ in range(2)]
        one, other = (
            layers.Embedding(rows, 48, embeddings_initializer=start)(side)
            for rows, side in zip((80, 40), sides, strict=True)
        )
        score = ops.sum(one * other, axis=-1, keepdims=True) + layers.Embedding(40, 1)(sides[1])
        model = keras.Model(sides, score)
        model.compile(keras.optimizers.Adam(2e-4), keras.losses.BinaryCrossentropy(from_logits=True))
        model.fit([who, what], likes.astype("float32")[:, None], epochs=12, batch_size=64, verbose=0)

    return program


@pytest.mark.parametrize(("spread", "verdict"), [(1.0, Verdict.REPAIRED), (0.05, Verdict.HEALTHY)])
def test_embeddings_that_are_drawn_so_wide_that_the_start_is_sure_of_itself(spread, verdict):
    report = autostable.run(towers(spread))
    assert report.verdict is verdict
    if verdict is Verdict.REPAIRED:
        assert report.causes[0].code is Code.BAD_INITIALIZATION and "guessing has 0.693" in report.causes[0].evidence
        assert [remedy.name for remedy in report.plan] == ["reinitialize-weights"]


def coded(model_of):
    """A code of three numbers from raw rows; what stands behind it is trained, what stands before it may not be."""

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(640, 30)).astype("float32")
        kind = (x @ np.random.default_rng(1).normal(size=(30, 4))).argmax(axis=1)
        model = model_of()
        model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, kind, epochs=12, verbose=0)

    return program


class Halves(keras.Model):
    def __init__(self, cut):
        super().__init__()
        self.encoder, self.head, self.cut = layers.Dense(2, name="encoder"), layers.Dense(4, name="head"), cut

    def call(self, x):
        code = self.encoder(x)
        return self.head(ops.stop_gradient(code) if self.cut else code)


def test_layers_that_no_gradient_reaches_are_told():
    report = autostable.run(coded(lambda: Halves(True)))
    assert report.verdict is Verdict.UNREPAIRED
    told = [cause for cause in report.causes if "no gradient at all reaches them" in cause.evidence]
    assert [cause.code for cause in told] == [Code.VANISHING_GRADIENT]
    assert "encoder/kernel' and " in told[0].evidence and told[0].site.source.startswith("self.encoder")


def test_where_gradients_reach_all_nothing_of_the_kind_is_told():
    report = autostable.run(coded(lambda: Halves(False)))
    assert not any("no gradient at all" in cause.evidence for cause in (*report.causes, *report.warnings))


@pytest.mark.parametrize(("momentum", "verdict"), [(0.99, Verdict.HEALTHY), (0.9995, Verdict.REPAIRED)])
def test_averaged_weights_whose_answers_are_only_fainter_are_left_alone(momentum, verdict):
    """Of classes the largest answer counts: a loss that is higher because nobody is sure is none that was lost."""

    def program():
        keras.utils.set_random_seed(0)
        rows = np.random.default_rng(0).normal(size=(960, 6)).astype("float32")
        kinds = np.argmax(rows[:, :3] + 0.3 * rows[:, 3:], axis=1)
        model = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dense(3)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.02, use_ema=True, ema_momentum=momentum), loss)
        model.fit(rows, kinds, batch_size=32, epochs=3, verbose=0)
        used.append(model.evaluate(rows, kinds, verbose=0))

    used = []
    report = autostable.run(program)
    assert report.verdict is verdict
    record = report.attempts[0].learning
    assert (used[0] > 0.3) == (verdict is Verdict.HEALTHY)  # as it was judged, or as it was cured
    assert (record.reason, record.value > 0.9) == (
        ("learnt", True) if verdict is Verdict.HEALTHY else (record.reason, False)
    )
