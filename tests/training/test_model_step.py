"""A step of the user's own as a model and a loss: what is asked, what is answered, which loss it is, and what its rows are."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, losses

from autostable.judgement.statements import yes
from autostable.judgement.verdict import Reason
from autostable.records import Code, Remedy, Verdict
from autostable.training.examine.judge import RunFacts, judge_of
from autostable.training.examine.model_step import asks_of, contrasts, taken_apart
from autostable.training.examine.recognised import recognised

pytestmark = pytest.mark.slow
ROWS = 24


class Step:
    """A step that gives its loss, and nothing else."""

    def __init__(self, loss):
        self._loss = loss

    def step_loss(self, batch):
        return float(self._loss(*batch))

    def at_rest(self):
        return contextlib.nullcontext()

    def trains(self, model):
        return model.trainable


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(1)])


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 3)).astype("float32")
    return x, (x[:, :1] * 2 + 7).astype("float32")


def squared(y, predictions):
    return tf.reduce_mean((y - predictions) ** 2)


def test_a_step_is_asked_for_predictions_at_inference(model, batch):
    step = taken_apart(Step(lambda x, y: squared(y, model(x / 2.0, training=True))), [batch])
    x, y = batch
    expected = model(x / 2.0, training=False)
    assert np.allclose(step([x]), expected)
    assert step.own_loss([x], y, expected, None, None) == pytest.approx(float(squared(y, expected)))
    assert step.own_loss([x], y, tf.constant(y), None, None) == 0.0
    assert step.alone is model and step.loss() == ("mean_squared_error", False)


def test_what_the_model_is_asked_is_what_the_step_makes_of_its_rows(model, batch):
    step = taken_apart(Step(lambda x, y: squared(y, model(x / 2.0))), [batch])
    inputs, targets = step.given([batch, batch])
    assert np.allclose(inputs[0], np.concatenate([batch[0] / 2.0] * 2)) and len(inputs) == 1
    assert np.array_equal(targets, np.concatenate([batch[1]] * 2))


def test_a_model_within_a_model_is_not_another_one(model, batch):
    class Positional(keras.Model):
        def call(self, x, training=None):
            return model(x, training=training)

    outer = Positional()
    outer(batch[0])
    step = taken_apart(Step(lambda x, y: squared(y, outer(x, training=True))), [batch])
    assert np.allclose(step([batch[0]]), model(batch[0], training=False))


def test_models_in_a_chain_are_one(model, batch):
    head = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    step = taken_apart(Step(lambda x, y: squared(y, head(2.0 * model(x)))), [batch])
    assert np.allclose(step([batch[0]]), head(2.0 * model(batch[0]))) and step.alone is None


def test_a_chain_may_end_in_several_answers(model, batch):
    inputs = keras.Input((1,))
    head = keras.Model(inputs, {"mean": layers.Dense(1)(inputs), "scale": layers.Dense(1)(inputs)})
    step = taken_apart(Step(lambda x, y: squared(y, head(2.0 * model(x))["mean"])), [batch])
    assert np.allclose(step([batch[0]])["mean"], head(2.0 * model(batch[0]))["mean"]) and step.alone is None


def test_what_a_step_rebuilds_is_input_and_target(model, batch):
    wide = keras.Sequential([model, layers.Dense(3)])
    step = taken_apart(Step(lambda x: squared(x, wide(x))), [(batch[0],)])
    assert np.allclose(step([batch[0] + 1]), wide(batch[0] + 1))
    assert step.own_loss([batch[0]], batch[0] + 1, tf.constant(batch[0]), None, None) == pytest.approx(1.0)


def test_nan_predictions_do_not_hide_what_is_the_target(model, batch):
    model.layers[-1].kernel.assign(np.full((4, 1), np.nan))
    assert taken_apart(Step(lambda x, y: squared(y, model(x))), [batch]) is not None


def test_a_loss_that_is_a_mean_over_rows_is_asked_about_all_at_once(model, batch):
    two = [batch, (batch[0] + 1, batch[1] - 1)]
    assert taken_apart(Step(lambda x, y: squared(y, model(x))), two).by_row
    assert not taken_apart(Step(lambda x, y: tf.reduce_sum((y - model(x)) ** 2)), two).by_row


class Coder(keras.Model):
    """An autoencoder with noise in its code, trained by a step of its own that is given inputs alone."""

    def __init__(self, weight):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(8, "tanh"), layers.Dense(4)])
        self.decoder = keras.Sequential([layers.Dense(8, "tanh"), layers.Dense(3)])
        self.weight = weight

    def call(self, x):
        return self.decoder(self.encoder(x)[:, :2])

    def train_step(self, x):
        with tf.GradientTape() as tape:
            mean, log_variance = tf.split(self.encoder(x, training=True), 2, axis=1)
            code = mean + tf.exp(log_variance / 2) * tf.random.normal(tf.shape(mean))
            far = tf.reduce_mean(mean**2 + tf.exp(log_variance) - 1 - log_variance)
            loss = squared(x, self.decoder(code, training=True)) + self.weight * far
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


@pytest.mark.parametrize(
    ("weight", "verdict", "reason"), [(0.01, Verdict.HEALTHY, "learnt"), (10.0, Verdict.UNREPAIRED, "no-signal")]
)
def test_a_step_that_rebuilds_its_inputs_is_judged_by_them(weight, verdict, reason, stories):
    """A divergence that outweighs the rebuilding leaves a decoder that says the same of every row."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(320, 3)).astype("float32")
    coder = Coder(weight)
    coder.compile(keras.optimizers.Adam(0.01))
    (story,) = stories(lambda: coder.fit(x, epochs=30, verbose=0))
    assert story.verdict is verdict and story.attempts[0].learning.reason == reason


class Total(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        return {"each": self.inner(x), "sum": tf.reduce_sum(self.inner(x))}


APART = {
    "two models": lambda model, x, y: squared(y, model(x)) + squared(model(x + 1), 0.0),
    "a target that is drawn": lambda model, x, y: squared(tf.random.normal((ROWS, 1)), model(x)) + squared(y, 0.0),
    "no model": lambda model, x, y: squared(y, x[:, :1]),
    "no target": lambda model, x, y: squared(model(x), 0.0),
    "an answer that is no number of each row": lambda model, x, y: squared(y, Total(model)(x)["sum"]),
    "answers of a half of the rows": lambda model, x, y: squared(y[:12], model(x[:12])),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_what_cannot_be_taken_apart(name, model, batch):
    assert taken_apart(Step(lambda x, y: APART[name](model, x, y)), [batch]) is None


@pytest.mark.parametrize("asked", [lambda y: tf.random.normal((ROWS, 3)), lambda y: tf.ones((ROWS, 3))])
def test_noise_that_is_to_become_like_the_rows_has_no_pairs(asked, model, batch):
    """Which row a drawn one is to become nobody says: that it does not matter is no fault of the loss."""
    assert taken_apart(Step(lambda y: squared(y, model(asked(y)))), [(batch[1],)]) is None


def test_a_step_that_rebuilds_its_rows_from_noisy_ones_has_pairs(model, batch):
    wide = keras.Sequential([model, layers.Dense(3)])
    noisy = Step(lambda x: squared(x, wide(x + 0.5 * tf.random.normal((ROWS, 3)))))
    assert taken_apart(noisy, [(batch[0],)]) is not None


def entropy(y, predictions):
    return -tf.reduce_sum(y * tf.nn.log_softmax(predictions), axis=1, keepdims=True)


WEIGHTED = {
    "a mean": lambda y, p, w: tf.reduce_mean(w * (y - p) ** 2),
    "a mean over what counts": lambda y, p, w: tf.reduce_sum(w * (y - p) ** 2) / tf.reduce_sum(w),
    "shares of classes": lambda y, p, w: tf.reduce_mean(w * entropy(y, p)),
}


@pytest.mark.parametrize(("name", "even"), [*((name, False) for name in WEIGHTED), ("a mean", True)])
def test_what_rows_count_for_is_no_second_target(name, even, model, batch):
    x, y = batch
    weight = np.ones((ROWS, 1), "float32") if even else (np.arange(ROWS) % 3).astype("float32")[:, None]
    if name == "shares of classes":
        y, model = np.eye(2, dtype="float32")[(y[:, 0] > 7).astype(int)], keras.Sequential([model, layers.Dense(2)])
    loss = WEIGHTED[name]
    step = taken_apart(Step(lambda x, w, y: loss(y, model(x), w)), [(x, weight, y)])
    ((inputs, target, counts),) = step.batches
    assert len(inputs) == 1 and np.array_equal(inputs[0], x)
    assert np.array_equal(target, y) and np.array_equal(counts, weight)
    expected = float(loss(y, model(x, training=False), weight[::-1]))
    assert step.own_loss(inputs, y, model(x, training=False), weight[::-1], None) == pytest.approx(expected)


def test_of_two_targets_none_is_a_weight(model, batch):
    x, y = batch
    both = Step(lambda x, y, z: squared(y, model(x)) + squared(z, model(x)))
    assert taken_apart(both, [(x, y, y + 1)]) is None


def test_several_answers_are_one(model, batch):
    x, y = batch
    wide = keras.Model(model.inputs, {"mean": model.outputs[0], "log_scale": layers.Dense(1)(model.layers[0].output)})

    def likelihood(x, y):
        said = wide(x, training=True)
        return tf.reduce_mean(said["log_scale"] + (y - said["mean"]) ** 2 * tf.exp(-2 * said["log_scale"]))

    step = taken_apart(Step(likelihood), [batch, batch])
    said = step([x])
    assert set(said) == {"mean", "log_scale"} and np.allclose(said["mean"], model(x, training=False))
    exact = {"mean": tf.constant(y), "log_scale": tf.ones((ROWS, 1))}
    assert step.own_loss([x], y, exact, None, None) == pytest.approx(1.0)
    assert step.loss() == (None, False) and step.by_row and step.alone is wide


def test_answers_that_are_far_off_are_off_whatever_the_targets(model, batch):
    """Beside what they are off by no order of the targets shows: nothing was learnt, and the loss is not blind."""
    wide = keras.Model(model.inputs, [layers.Rescaling(1e7, 1e7)(model.outputs[0]), model.outputs[0]])

    def likelihood(x, y):
        mean, log_scale = wide(x, training=True)
        return tf.reduce_mean(log_scale + (y - mean) ** 2 * tf.exp(-2 * log_scale))

    step = taken_apart(Step(likelihood), [batch])
    found = judge_of(step, always=True).judged(RunFacts([1e13 + 1e9 * (k % 7) for k in range(200)], 1.0, yes()))
    assert found.judgement.reason is Reason.NO_SIGNAL


@pytest.fixture
def teacher():
    frozen = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    frozen.trainable = False
    return frozen


def test_what_another_model_says_that_is_not_trained_is_the_target(model, teacher, batch):
    x, _ = batch
    step = taken_apart(Step(lambda x: squared(teacher(x), model(x))), [(x,)])
    ((inputs, target, weight),) = step.batches
    assert np.array_equal(inputs[0], x) and np.allclose(target, teacher(x)) and weight is None
    assert step.alone is model and np.allclose(step([x]), model(x, training=False))
    assert step.own_loss([x], target + 2, tf.constant(target), None, None) == pytest.approx(4.0)
    asked, targets = step.given([(x,)])
    assert np.array_equal(asked[0], x) and np.allclose(targets, teacher(x))


def test_beside_a_teacher_a_part_of_the_rows_may_be_half_of_the_target(model, teacher, batch):
    assert taken_apart(Step(lambda x, y: squared(y + 0.9 * teacher(x + 1), model(x))), [batch]) is None


def test_a_frozen_model_before_the_one_that_is_trained_is_a_part_of_it(model, teacher, batch):
    x, _ = batch
    head = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    step = taken_apart(Step(lambda x, y: squared(y, head(teacher(x)))), [batch])
    assert np.allclose(step([x]), head(teacher(x)))


def test_a_target_that_the_model_is_asked_about_too_is_none(model, batch):
    both = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    assert taken_apart(Step(lambda x, y: squared(y, both(tf.concat([x, y], axis=1)))), [batch]) is None


@pytest.mark.parametrize(("width", "against"), [(None, True), (ROWS, False)])
def test_answers_that_set_rows_against_each_other(width, against, batch):
    """Not those of a layer that happens to be as wide as a batch is long."""
    x, y = batch
    wide = keras.Sequential([keras.Input((3,)), layers.Dense(width or 2)])

    class Pairs(keras.Model):
        def call(self, x):
            made = wide(x)
            return made if width else tf.matmul(made, made, transpose_b=True)

    pairs = Pairs()
    assert contrasts(Step(lambda x, y: squared(0.0, pairs(x)) + squared(y, 0.0)), (x, y)) is against


def test_a_sample_that_the_model_is_asked_of_is_no_target(model, batch):
    x, _ = batch
    other = x[::-1] + 1.0
    ratio = Step(lambda a, b: squared(0.0, model(a)) - tf.reduce_mean(model(b)))
    assert asks_of(ratio, (x, other), [1])
    assert not asks_of(Step(lambda a, b: squared(b, model(a))), batch, [1])


LABELS = np.arange(12) % 3
NUMBERS = np.linspace(-2e4, 5e4, 12).astype("float32")
ONE_HOT, BITS = np.eye(3, dtype="float32")[LABELS], (np.arange(12) % 2).astype("float32")
MSE = ("mean_squared_error", False)
LOSSES = {
    "mse": (lambda p: squared(NUMBERS, p[:, 0]), NUMBERS, 1, MSE),
    "half of it and a regulariser": (lambda p: squared(NUMBERS, p[:, 0]) / 2 + 3.0, NUMBERS, 1, MSE),
    "mae": (lambda p: tf.reduce_mean(tf.abs(NUMBERS - p[:, 0])), NUMBERS, 1, ("mean_absolute_error", False)),
    "huber of small numbers": (lambda p: tf.reduce_mean(losses.huber(BITS, p[:, 0])), BITS, 1, ("huber", False)),
    "of probabilities": (lambda p: losses.binary_crossentropy(BITS, p[:, 0]), BITS, 1, ("binary_crossentropy", False)),
    "of logits": (
        lambda p: tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(BITS[:, None], p)), BITS, 1,
        ("binary_crossentropy", True),
    ),
    "of classes": (
        lambda p: -tf.reduce_mean(tf.reduce_sum(ONE_HOT * tf.math.log(p + 1e-9), axis=1)), ONE_HOT, 3,
        ("categorical_crossentropy", False),
    ),
    "of class numbers": (
        lambda p: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, p)), LABELS, 3,
        ("sparse_categorical_crossentropy", True),
    ),
    "an own one": (lambda p: tf.reduce_mean((NUMBERS - p[:, 0]) ** 4), NUMBERS, 1, (None, False)),
    "one that broadcasts": (lambda p: squared(NUMBERS, p), NUMBERS, 1, (None, False)),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_known_by_its_values(name):
    loss, targets, width, expected = LOSSES[name]
    assert recognised(lambda predictions: float(loss(tf.constant(predictions))), targets, (12, width)) == expected


def raw_loop(scale, *, rate=0.05, activation=None, steps=120, compiled=True, rows=320, weighted=False):
    """A loop of one's own over batches of raw targets; the trained weights."""
    counts = (np.arange(rows) % 3).astype("float32")
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    y = ((x[:, 0] - x[:, 1] + 3.0) * scale).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1, activation)])
    optimizer = keras.optimizers.SGD(rate)

    def step(rows, targets, weights=1.0):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(weights * (targets - model(rows, training=True)[:, 0]) ** 2)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    taken = tf.function(step) if compiled else step
    for number in range(steps):
        start = 32 * (number % -(-rows // 32))
        part = slice(start, start + 32)
        weights = [tf.constant(counts[part])] if weighted else []
        taken(tf.constant(x[part]), tf.constant(y[part]), *weights)
    return [each.numpy() for each in model.trainable_variables]


@pytest.mark.parametrize("compiled", [True, False])
def test_raw_targets_of_a_loop_are_seen(compiled, stories):
    (story,) = stories(lambda: raw_loop(1e4, compiled=compiled))
    assert story.verdict is Verdict.UNREPAIRED and story.causes[0].code == Code.DATA_UNSCALED_TARGETS
    assert story.evidence.model.loss == "mean_squared_error"
    (targets,) = story.evidence.targets
    assert targets.mean[0] == pytest.approx(3e4, rel=0.1)


def test_a_loop_with_its_targets_rescaled_is_the_loop_in_other_units(watch):
    plain = raw_loop(1.0)
    remedy = Remedy("rescale-targets", {"targets": [{"center": [0.0], "scale": [1e4]}], "step_degree": 2})
    under = []
    with watch(plans={"0": (remedy,)}) as session:
        under += raw_loop(1e4)
        session.loop.finish()
    for ours, wanted in zip(under, plain, strict=True):
        assert np.allclose(ours, wanted, rtol=1e-3, atol=1e-5)
    (attempt,) = session.stories[0].attempts
    assert attempt.passes and attempt.learning.figure == "R2" and attempt.learning.value > 0.9


@pytest.mark.parametrize("weighted", [False, True])
def test_a_loop_that_a_plain_model_beats_is_sick(weighted, stories):
    (story,) = stories(lambda: raw_loop(-1.0, activation="relu", weighted=weighted))
    (attempt,) = story.attempts
    assert story.verdict is Verdict.UNREPAIRED and story.symptom.kind == "useless"
    assert attempt.learning.value < 0 and attempt.learning.plain > 0.9
    assert story.causes[0].code == Code.OUTPUT_ACTIVATION_MISMATCH


@pytest.mark.parametrize("weighted", [False, True])
def test_a_loop_that_learns_is_told_with_its_figure(weighted, stories):
    (story,) = stories(lambda: raw_loop(1.0, weighted=weighted))
    assert story.verdict is Verdict.HEALTHY and story.attempts[0].learning.value > 0.9


def test_a_last_batch_that_is_smaller_is_not_all_that_is_looked_at(stories):
    (story,) = stories(lambda: raw_loop(1.0, rows=300, steps=120))  # ends with a batch of twelve
    assert story.attempts[0].learning.rows == 288
