"""The step of an eager loop, run once more with other rows."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict
from autostable.training.examine.eager_step import captured_step, eager_step
from tests.training.conftest import watched

weight = tf.Variable([[2.0], [1.0]])
HISTORY = []


def seen(frame_of_gradient):
    """Run a step and take hold of it where it asks for its gradient; give that and the loss that it came to."""
    import sys

    class Tape(tf.GradientTape):
        def gradient(self, target, sources):
            found.append((eager_step(sys._getframe(1), self), float(target)))
            return super().gradient(target, sources)

    found = []
    frame_of_gradient(type("tf", (), {"GradientTape": Tape, "reduce_mean": tf.reduce_mean, "matmul": tf.matmul}))
    return found[-1]


X, Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "float32"), np.array([[1.0], [1.0], [0.0]], "float32")


def outside_the_block(tf):
    x, y = X, Y
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((y - x @ weight) ** 2)
    return tape.gradient(loss, [weight])


def within_the_block(tf):
    for x, y in [(X, Y)]:
        with tf.GradientTape(persistent=True) as tape:
            error = y - x @ weight
            loss = tf.reduce_mean(error * error)
            tape.gradient(loss, [weight])


def scaled_behind_it(tf):
    targets = Y
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((targets - X @ weight) ** 2)
    doubled = loss * 2.0
    grads = tape.gradient(doubled, [weight])
    return grads


def indexed_by_numpy(tf):
    rows, x, y = np.array([0, 1]), X, Y
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((y[rows] - x[rows] @ weight) ** 2)
    tape.gradient(loss, [weight])


class Drawn:
    """Data that draw random numbers when they are asked for."""

    asked = 0

    def __getitem__(self, index):
        Drawn.asked += 1
        return X[index]


def asks_an_object(tf):
    data, y = Drawn(), Y
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((y[0:3] - data[0:3] @ weight) ** 2)
    tape.gradient(loss, [weight])


def changes_its_batch(tf):
    x, y = X, Y
    with tf.GradientTape() as tape:
        x = x / 2.0
        loss = tf.reduce_mean((y - x @ weight) ** 2)
    return tape.gradient(loss, [weight])


def goes_on_early(tf):
    for x, y in [(X, Y)]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - x @ weight) ** 2)
            if loss > 1e9:
                continue
        tape.gradient(loss, [weight])


def one_array(tf):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((X @ weight) ** 2)
    tape.gradient(loss, [weight])


@pytest.mark.parametrize(
    ("program", "names", "times"),
    [
        (outside_the_block, ("x", "y"), 1.0), (within_the_block, ("x", "y"), 1.0),
        (scaled_behind_it, ("X", "targets"), 2.0),
    ],
)  # fmt: skip
def test_a_step_is_run_again_with_other_rows(program, names, times):
    step, loss = seen(program)
    assert step.names == names
    for order in ([0, 1, 2], [2, 0, 1]):
        caught = []

        class Tape(tf.GradientTape):
            def gradient(self, target, sources, caught=caught):
                caught.append(float(target))

        code, rest = step._call.args
        rest = dict(rest, tf=type("tf", (), {"GradientTape": Tape, "reduce_mean": tf.reduce_mean}))
        again = dataclasses.replace(step, _call=functools.partial(step._call.func, code, rest))
        again.run((step.values[0], step.values[1][order]))
        assert caught == [pytest.approx(times * float(np.mean((Y[order] - X @ weight.numpy()) ** 2)))]
    assert loss == pytest.approx(times * float(np.mean((Y - X @ weight.numpy()) ** 2)))


def test_arrays_stay_arrays():
    """An array may be indexed by another one, which no tensor can be; the rows that are taken are those that count."""
    step, _ = seen(indexed_by_numpy)
    assert step.names == ("x[rows]", "y[rows]") and [len(value) for value in step.values] == [2, 2]
    step.run(tuple(map(tf.constant, step.values)))


@pytest.mark.parametrize("program", [changes_its_batch, goes_on_early, one_array, asks_an_object])
def test_what_cannot_be_run_by_itself_is_left(program):
    Drawn.asked = 0
    assert seen(program)[0] is None and Drawn.asked == (program is asks_an_object)  # by the step itself


def test_nothing_is_printed(capsys):
    def speaks(tf):
        x, y = X, Y
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - x @ weight) ** 2)
            print("loss", float(loss))
        tape.gradient(loss, [weight])

    step, _ = seen(speaks)
    capsys.readouterr()
    step.run(step.values)
    assert capsys.readouterr().out == ""


def eager_loop(rate, kind):
    """200 steps of a small eager loop of one's own; nothing moves at a rate of 0."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(320, 6)).astype("float32")
    targets = (inputs[:, :1] - inputs[:, 1:2]).astype("float32")
    weights = np.ones((320, 1), "float32")
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam(rate)

    def loss_of(x, y, w=None):
        error = tf.square(y - model(x, training=True))
        return tf.reduce_mean(error if w is None else error * w)

    @tf.function
    def compiled(x, y, w):
        with tf.GradientTape() as tape:
            loss = loss_of(x, y, w)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for step in range(200):
        rows = slice(step % 10 * 32, step % 10 * 32 + 32)
        x, y, w = (tf.constant(part[rows]) for part in (inputs, targets, weights))
        if kind == "function of three":
            compiled(x, w, y) if step < 0 else compiled(w=w, x=x, y=y)
            continue
        with tf.GradientTape() as tape:
            loss = loss_of(x, y)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return [each.numpy().tobytes() for each in model.trainable_variables]


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "verdict"), [(0.01, Verdict.HEALTHY), (0.0, Verdict.UNREPAIRED)])
def test_what_an_eager_loop_learnt_is_judged(rate, verdict, stories):
    (story,) = stories(lambda: eager_loop(rate, "eager"))
    assert story.verdict is verdict and story.attempts[0].learning is not None


@pytest.mark.slow
def test_an_eager_loop_is_the_same_under_watch():
    plain = eager_loop(0.01, "eager")
    with watched() as session:
        seen = eager_loop(0.01, "eager")
        session.loop.finish()
    assert seen == plain and session.stories[0].attempts[0].learning.reason == "learnt"


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "verdict"), [(0.01, Verdict.HEALTHY), (0.0, Verdict.UNREPAIRED)])
def test_of_three_tensors_one_may_say_what_rows_count_for(rate, verdict, stories):
    (story,) = stories(lambda: eager_loop(rate, "function of three"))
    assert story.verdict is verdict
    assert story.attempts[0].learning.reason == ("learnt" if rate else "no-signal")


@pytest.mark.slow
def test_matrices_of_zeros_are_a_constant_output_and_no_blind_loss(stories):
    def program():
        rng = np.random.default_rng(0)
        x = tf.constant(rng.normal(size=(64, 6)), tf.float32)
        y = tf.one_hot(rng.integers(0, 3, 64), 3)
        trained = [tf.Variable(tf.zeros(shape)) for shape in ((6, 8), (8, 3), (3,))]
        optimizer = keras.optimizers.SGD(0.5)
        optimizer.build(trained)

        @tf.function
        def step(inputs, targets):
            with tf.GradientTape() as tape:
                logits = tf.nn.tanh(inputs @ trained[0]) @ trained[1] + trained[2]
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits))
            optimizer.apply_gradients(zip(tape.gradient(loss, trained), trained))

        for _ in range(150):
            step(x, y)

    (story,) = stories(program)
    assert story.attempts[0].learning.reason == "no-signal"
    assert story.causes[0].code == "bad-initialization" and "are equal still" in story.causes[0].evidence


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "verdict"), [(0.01, Verdict.HEALTHY), (0.0, Verdict.UNREPAIRED)])
@pytest.mark.parametrize("within", [True, False])
def test_a_step_that_finds_its_rows_by_itself_is_judged(rate, verdict, within, stories):
    def program():
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        inputs = tf.constant(rng.normal(size=(200, 6)), tf.float32)
        targets = inputs[:, :1] - inputs[:, 1:2]
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        optimizer = keras.optimizers.Adam(rate)

        def body():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(targets - model(inputs, training=True)))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

        step = body
        if not within:
            globals().update(inputs=inputs, targets=targets, model=model, optimizer=optimizer)
            step = globals_only
        step = tf.function(step)
        for _ in range(150):
            step()

    (story,) = stories(program)
    assert story.verdict is verdict and story.attempts[0].learning is not None


@pytest.mark.slow
def test_arrays_in_a_closure_stay_arrays():
    """NumPy's float64 meets a float32 variable as float32; a float64 tensor would not meet it at all."""
    x, y, met = np.array(X, "float64"), np.array(Y, "float64"), []

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - x @ weight) ** 2)
        met.append(float(loss))
        tape.gradient(loss, [weight])

    found = captured_step(step, (), {})
    assert found is not None and found.names == ("x", "y")
    order = [2, 0, 1]
    found.run((tf.constant(x), tf.constant(y[order])))
    assert met == [pytest.approx(float(np.mean((Y[order] - X @ weight.numpy()) ** 2)))]


def globals_only():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(targets - model(inputs, training=True)))  # noqa: F821
    weights = model.trainable_variables  # noqa: F821
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))  # noqa: F821
