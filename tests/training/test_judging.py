"""How a run of a fit is judged by labels and loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.judgement import verdict
from autostable.judgement.output import Seen
from autostable.judgement.peers import Peers
from autostable.judgement.signal import Signal
from autostable.judgement.statements import unknown, yes
from autostable.judgement.verdict import Judgement, Statements
from autostable.records import Remedy, Verdict
from autostable.training.examine.judge import Judged


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "verdict"), [(3.0, Verdict.REPAIRED), (0.01, Verdict.HEALTHY)])
def test_a_training_that_learns_nothing_under_a_loss_of_the_users_own(rate, verdict, watch):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(400, 6)).astype("float32")
    y = np.tanh(x[:, :1] - x[:, 1:2])
    model = keras.Sequential([keras.Input((6,)), *[keras.layers.Dense(16, "sigmoid") for _ in range(2)],
                              keras.layers.Dense(1, "tanh")])  # fmt: skip
    model.compile(keras.optimizers.Adam(rate), lambda y, p: keras.ops.sqrt(keras.ops.mean(keras.ops.square(y - p))))
    with watch(repair=True) as session:
        model.fit(x, y, epochs=12, batch_size=16, verbose=0)
    (story,) = session.stories
    assert story.verdict is verdict


@pytest.mark.parametrize(("rate", "reason"), [(0.03, "still-falling"), (1e-3, "undecided")])
@pytest.mark.slow
def test_a_short_training_that_comes_down_has_only_begun(rate, reason, watch):
    """The first stage of several ends above a constant's loss; of one that is slow that cannot be told: slow is not sick."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(128, 4)).astype("float32")
    y = (x[:, :1] + 12.0).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse")
    with watch(repair=True) as session:
        model.fit(x, y, epochs=4, batch_size=16, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.HEALTHY
    assert story.attempts[0].learning.reason == reason


@pytest.mark.slow
def test_what_is_known_of_a_failure_is_of_its_first_weights_and_its_cost_of_the_whole_run(watch):
    keras.utils.set_random_seed(0)

    def batches():
        rng = np.random.default_rng(0)
        for _ in range(40):
            x = rng.normal(size=(16, 4)).astype("float32")
            yield x, x[:, :1]

    spec = (tf.TensorSpec((16, 4), tf.float32), tf.TensorSpec((16, 1), tf.float32))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    first = float(np.linalg.norm(model.layers[0].kernel.numpy()))
    model.compile(keras.optimizers.SGD(2.0, momentum=0.9), "mse")
    with watch(repair=True) as session:
        model.fit(tf.data.Dataset.from_generator(batches, output_signature=spec), epochs=2, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED
    assert story.attempts[0].steps > 1  # the weights had grown by then
    assert story.evidence.model.layers[0].weight == pytest.approx(first)
    assert story.full == 80


@pytest.mark.slow
def test_adversaries_whose_losses_rise_are_no_failure_of_a_plan(stories):
    def program():
        keras.utils.set_random_seed(0)
        models = [keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]) for _ in range(2)]
        optimizers = [keras.optimizers.SGD(0.01) for _ in models]
        x = tf.ones((4, 1))
        for step in range(60):
            for model, optimizer in zip(models, optimizers):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(model(x))) + 1.0 + step / 20
                optimizer.apply_gradients(
                    zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
                )

    (story,) = stories(program, plans={"0": (Remedy("lower-learning-rate", {"factor": 0.1}),)})
    assert story.attempts[0].outcome == "stable", story.attempts[0].why


@pytest.mark.slow
def test_a_plan_under_which_a_loop_stands_still_does_not_hold(stories):
    """The logarithm of a product that is zero for every row is bounded, and so is what can be learnt of it."""

    def program():
        keras.utils.set_random_seed(0)
        logits, optimizer = tf.Variable(tf.zeros((4,))), keras.optimizers.Adam(0.1)
        for _ in range(60):
            with tf.GradientTape() as tape:
                shares = tf.gather(tf.nn.softmax(logits), [[0, 1, 2, 3] * 40])
                loss = -tf.reduce_mean(tf.math.log(tf.reduce_prod(shares, axis=1)))
            optimizer.apply_gradients([(tape.gradient(loss, logits), logits)])

    (failed,) = stories(program)
    guards = [{"op": "Log", "file": None, "line": None, "layer": None, "bound": 1e-12}]
    (story,) = stories(program, plans={"0": (Remedy("epsilon-loss", {"guards": guards}),)})
    assert failed.attempts[0].outcome == "unstable"
    assert (story.attempts[0].outcome, story.attempts[0].why) == ("unstable", "nothing moves: all gradients are zero")


@pytest.mark.slow
def test_a_plan_under_which_a_loop_has_arrived_holds_though_nothing_moves_any_more(stories):
    """A distance whose root is bounded has no slope within the bound: what has come as near has nothing left to do."""

    def program():
        far, optimizer = tf.Variable(0.0), keras.optimizers.SGD(0.005)
        for _ in range(300):
            with tf.GradientTape() as tape:
                loss = tf.sqrt(tf.square(far - 1.0))
            optimizer.apply_gradients([(tape.gradient(loss, far), far)])

    guards = [{"op": "Sqrt", "file": None, "line": None, "layer": None, "bound": 1e-4}]
    (story,) = stories(program, plans={"0": (Remedy("epsilon-loss", {"guards": guards}),)})
    attempt = story.attempts[0]
    assert attempt.outcome == "stable", attempt.why
    assert attempt.loss_last == pytest.approx(0.01, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("pipeline", [False, True])
def test_averages_that_lag_are_seen_whatever_the_data_come_in(pipeline, watch):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(5.0, 3.0, size=(320, 6)).astype("float32")
    y = (x[:, :1] > 5.0).astype("float32")
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16), keras.layers.BatchNormalization(momentum=0.9999),
                              keras.layers.ReLU(), keras.layers.Dense(1, "sigmoid")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(320).batch(32)
    with watch() as session:
        model.fit(*((data,) if pipeline else (x, y)), epochs=8, verbose=0)
    (story,) = session.stories
    assert story.causes[0].code == "batchnorm-statistics"
    assert "inference_loss" in story.symptom.evidence


@pytest.mark.slow
def test_a_trial_is_held_against_those_before_it(watch):
    """Neighbours of the same sign: no plain model finds it in so few rows, but another trial does."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1600, 40)).astype("float32")
    y = (np.sum(x[:, 1:] * x[:, :-1], axis=1) > 0).astype("float32")

    def trial(rate):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        model = keras.Sequential([keras.Input((40,)), layers.Reshape((40, 1)), layers.Conv1D(16, 2, activation="relu"),
                                  layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")])  # fmt: skip
        model.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
        model.fit(x[:600], y[:600], validation_data=(x[600:], y[600:]), epochs=20, batch_size=32, verbose=0)

    with watch(repair=False, sweep=True) as session:
        session.peers = Peers()
        for rate in (0.0005, 0.03, 0.0005):
            trial(rate)
    reasons = [story.attempts[0].learning.reason for story in session.stories]
    assert reasons[1] == "learnt" and reasons[2] == "short-of-peers" != reasons[0]


@pytest.mark.slow
def test_weights_that_are_not_finite_before_the_first_step(watch):
    """The log odds of a label that never occurs are minus infinity."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 8)).astype("float32")
    y = (x @ rng.normal(size=(8, 3)) > [0.5, 1.0, 99.0]).astype("float32")
    positive = y.sum(axis=0)
    with np.errstate(divide="ignore"):
        odds = np.log(positive / (len(y) - positive))
    with watch(repair=True) as session:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"),
                                  keras.layers.Dense(3, bias_initializer=keras.initializers.Constant(odds))])  # fmt: skip
        model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
        model.fit(x, y, epochs=8, batch_size=32, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED and [step.name for step in story.plan] == ["reinitialize-weights"]
    assert story.causes[0].code == "bad-initialization" and "1 of the weights of" in story.causes[0].evidence
    assert story.causes[0].site.source.startswith("keras.layers.Dense(3, bias_initializer")
    assert np.mean((model.predict(x, verbose=0) > 0) == (y > 0)) > 0.9


@pytest.mark.slow
def test_target_entries_that_are_missing_count_for_nothing(watch):
    """A mask over the loss comes too late: the gradient is 0 times NaN."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6)).astype("float32")
    truth = (x[:, :4] + x[:, 1:5] > 0).astype("float32")
    y = np.where(rng.random(truth.shape) < 0.4, np.nan, truth).astype("float32")

    def known_only(y_true, p):
        p = keras.ops.clip(p, 1e-6, 1 - 1e-6)
        loss = -y_true * keras.ops.log(p) - (1 - y_true) * keras.ops.log(1 - p)
        return keras.ops.mean(keras.ops.where(keras.ops.isnan(loss), 0.0, loss), axis=-1)

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(4, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), known_only)
    with watch(repair=True) as session:
        model.fit(x, y, epochs=15, batch_size=32, verbose=0)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED and [step.name for step in story.plan] == ["ignore-missing-labels"]
    assert [cause.code for cause in story.causes[:2]] == ["unsafe-where", "data-nonfinite"]
    assert story.causes[0].site.source.startswith("return keras.ops.mean(keras.ops.where(")
    assert np.mean((model.predict(x, verbose=0) > 0.5) == (truth > 0.5)) > 0.9


@pytest.mark.parametrize(
    ("start", "end", "passes"),
    [
        (1e20, 1e11, False),  # nine orders of magnitude further, eleven to go
        (1e20, 1e9, True),
        (10.0, 2.5, True),  # a short training that has begun
        (2.5, 2.5, True),
        (600.0, 600.0, False),
        (2.5, 1.9, True),  # within twice that of a constant
    ],
)
def test_a_plan_that_is_far_above_a_constant_after_few_steps_is_no_cure(start, end, passes):
    within = unknown("too few steps", end) if end > 2.0 else yes(end)
    seen = Seen(100, end, Signal(end, 1.0, 0.1, 0.0, 1.0, 100, 30), constant=1.0)
    judged = Judged(Judgement(verdict.State.HEALTHY, verdict.Reason.UNDECIDED), (Statements(within=within),),
                    seen=(seen,), start=start)  # fmt: skip
    assert judged.passes is passes
