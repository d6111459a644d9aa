"""Trainings that stay finite and lower their loss, and what is asked for contradicts itself: each is told, and put right."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Code, Verdict
from autostable.training.examine.model_loss import ModelLoss
from autostable.training.examine.rows import Rows

pytestmark = pytest.mark.slow


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def flags(values):
    return np.asarray(values, "float32").reshape(-1, 1)


def trained(model, x, y, loss, rate=1e-2, **arguments):
    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(x, y, verbose=0, **{"epochs": 15, **arguments})


def ids_as_numbers():
    """Which words a row holds says it all, and the network is given how large their ids are."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 1200)
    ids = rng.integers(1, 300, (1200, 12))
    ids[:, :3] = 300 + kind[:, None] + 2 * rng.integers(0, 40, (1200, 3))
    ids = np.stack([rng.permutation(row) for row in ids]).astype("float32")
    scale = layers.Rescaling(1 / 120, -200 / 120)
    model = keras.Sequential([keras.Input((12,)), scale, layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
    trained(model, ids, flags(kind), "binary_crossentropy", 1e-3, epochs=4)


def parts_of_standardised_targets():
    x = normal(800, 4)
    y = x[:, :1] + np.abs(x[:, 1:2])
    model = keras.Sequential([keras.Input((4,)), layers.Dense(32, "relu"), layers.Dense(1)])
    trained(model, x, (y - y.mean()) / y.std(), "mean_absolute_percentage_error", 3e-3)


class Ratings(keras.Model):
    """Looks up who and what in columns of the same table as a measure."""

    def __init__(self):
        super().__init__()
        self.who, self.what = layers.Embedding(1300, 1), layers.Embedding(800, 1)
        self.rest = layers.Dense(1, dtype="float32")

    def call(self, rows):
        ids = ops.cast(rows[:, :2], "int32")
        return ops.cast(self.who(ids[:, 0]) + self.what(ids[:, 1]), "float32") + self.rest(rows[:, 2:])


def codes_in_half_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        rng = np.random.default_rng(0)
        who, what = rng.integers(0, 1200, 12_000), rng.integers(0, 700, 12_000)
        y = normal(1200, 1)[who] + normal(700, 1, seed=1)[what]
        x = np.column_stack([who, what, rng.normal(size=12_000)]).astype("float32")
        trained(Ratings(), x, y, "mse", 2e-2, epochs=12, batch_size=200)
    finally:
        keras.config.set_dtype_policy("float32")


def overlap(t, p):
    return (2 * ops.sum(t * p, axis=-1) + 1) / (ops.sum(t, axis=-1) + ops.sum(p, axis=-1) + 1)


def lacking(t, p):
    return 1 - overlap(t, p)


def marks(activation, loss):
    x = normal(600, 16)
    y = (x + np.roll(x, 1, axis=1) > 1.0).astype("float32")
    model = keras.Sequential([keras.Input((16,)), layers.Dense(64, "relu"), layers.Dense(16, activation)])
    trained(model, x, y, loss, 3e-3, epochs=30)


def score_that_is_lowered():
    marks("sigmoid", overlap)


def half_a_crossentropy():
    marks("sigmoid", lambda t, p: -ops.mean(t * ops.log(p + 1e-7), axis=-1))


def overlap_of_answers_without_end():
    marks(None, lacking)


def overlap_of_shares():
    marks("sigmoid", lacking)


@pytest.mark.parametrize(
    ("program", "reason", "code", "plan"),
    [
        (parts_of_standardised_targets, "no-skill", Code.LOSS_MISMATCH, "swap-loss"),
        (codes_in_half_precision, "partly", Code.PRECISION_OVERFLOW, "promote-precision"),
        (score_that_is_lowered, "turned", Code.LOSS_MISMATCH, "negate-loss"),
        (half_a_crossentropy, "one-sided", Code.LOSS_MISMATCH, "swap-loss"),
        (overlap_of_answers_without_end, "beyond", Code.OUTPUT_ACTIVATION_MISMATCH, "fix-output-activation"),
    ],
)
def test_it_is_told_and_put_right(program, reason, code, plan, stories):
    keras.utils.set_random_seed(0)
    (story,) = stories(program, repair=True)
    assert (story.verdict, [remedy.name for remedy in story.plan]) == (Verdict.REPAIRED, [plan])
    assert story.attempts[0].learning.reason == reason
    assert code in [cause.code for cause in story.causes]


def test_ids_that_are_taken_for_numbers_are_told_by_a_bag_of_words(stories):
    keras.utils.set_random_seed(0)
    (story,) = stories(ids_as_numbers)
    learning = story.attempts[0].learning
    assert (story.verdict, learning.model) == (Verdict.UNREPAIRED, "words")
    assert learning.plain > 0.9 > 0.65 > learning.value


def test_an_overlap_of_shares_is_left_alone(stories):
    keras.utils.set_random_seed(0)
    (story,) = stories(overlap_of_shares)
    assert story.verdict is Verdict.HEALTHY


def contrast(t, d):
    """Twins (1) lie near each other: all right is a distance of 0 for them."""
    return ops.mean(t * ops.square(d) + (1 - t) * ops.square(ops.maximum(1 - d, 0)))


class Distance(keras.Model):
    def __init__(self):
        super().__init__()
        self.tower = layers.Dense(8)

    def call(self, pair):
        apart = self.tower(pair[:, :4]) - self.tower(pair[:, 4:])
        return ops.sqrt(ops.sum(ops.square(apart), axis=1, keepdims=True) + 1e-6)


def twins():
    one = normal(800, 4)
    same = np.random.default_rng(1).random(800) < 0.5
    other = np.where(same[:, None], one + 0.1 * normal(800, 4, seed=2), normal(800, 4, seed=3))
    trained(Distance(), np.concatenate([one, other], axis=1), flags(same), contrast, epochs=20)


def test_a_distance_that_is_least_for_twins_is_no_score(stories):
    keras.utils.set_random_seed(0)
    (story,) = stories(twins)
    assert story.verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("loss", "outputs", "turned", "beyond"),
    [
        (overlap, [[0.2, 0.7]], True, False),
        (lacking, [[0.2, 0.7]], False, False),
        (lacking, [[0.2, 1.7]], False, True),
        (lacking, [[0.2, 1.05]], False, False),
        (lambda t, p: keras.losses.binary_crossentropy(t, p, from_logits=True), [[-3.0, 7.0]], False, False),
        (lambda t, p: ops.mean(ops.square(t - p), axis=-1), [[-3.0, 7.0]], False, False),
        (lambda t, p: -ops.mean(t * p, axis=-1), [[-3.0, 7.0]], False, False),  # a critic
        (lambda t, p: ops.sum(t * (ops.logsumexp(p) - p)), [[-3.0, 7.0]], False, False),  # risks: Cox 1972
        (lambda t, p: ops.mean(t * ops.log(p + 1e-7) + (1 - t) * ops.log(1 - p + 1e-7)), [[0.2, 0.7]], True, False),
    ],
)
def test_what_the_loss_itself_says_of_right_and_wrong_answers(loss, outputs, turned, beyond):
    from autostable.training.examine.learning import Look

    y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], "float32")
    x = np.tile(np.array(outputs, "float32"), (4, 1))
    rows = Rows(x, y, None, batch=4)
    model = keras.Sequential([keras.Input((2,)), layers.Activation("linear")])
    made = ModelLoss(model, rows, lambda x, y, p, w, output: ops.mean(loss(y, p)), places=[0], by_row=True, seconds=1.0)
    look = Look(made, 1.0, lambda place: False, probabilities=(True,))
    assert (look._turned(0, made.true(0)), look._beyond(0)) == (turned, beyond)
    # where it is not known that answers are probabilities they may go anywhere, and none of these is greatest at the targets:
    # an overlap grows still for answers that are smaller than the marks
    assert Look(made, 1.0, lambda place: False)._turned(0, made.true(0)) is False


def correlation(t, p):
    t, p = t - ops.mean(t), p - ops.mean(p)
    return ops.sum(t * p) / ops.sqrt(ops.sum(t * t) * ops.sum(p * p) + 1e-7)


@pytest.mark.parametrize(
    ("loss", "turned"),
    [
        (lambda t, p: tf.reduce_mean(tf.image.ssim(t, p, max_val=1.0, filter_size=3)), True),
        (lambda t, p: 1.0 - tf.reduce_mean(tf.image.ssim(t, p, max_val=1.0, filter_size=3)), False),
        (correlation, True),
        (lambda t, p: -ops.mean(ops.square(t - p)), True),
        (lambda t, p: ops.mean(ops.square(t - p)), False),
        (lambda t, p: ops.mean(ops.exp(p) - t * p), False),  # answers are logarithms of rates
        (lambda t, p: ops.mean(ops.log(p) + t / p), False),  # or rates themselves
    ],
)
def test_a_similarity_of_numbers_is_greatest_where_answers_are_the_targets(loss, turned):
    from autostable.training.examine.learning import Look

    drawn = np.random.default_rng(0)
    y = drawn.uniform(0.1, 1.0, size=(8, 8, 8, 1)).astype("float32")
    x = (1.1 - y + 0.1 * drawn.uniform(size=y.shape)).astype(
        "float32"
    )  # as far from right as a score that is lowered gets
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Activation("linear")])
    rows = Rows(x, y, None, batch=8)
    made = ModelLoss(model, rows, lambda x, y, p, w, output: loss(y, p), places=[0], by_row=False, seconds=1.0)
    assert Look(made, 1.0, lambda place: False)._turned(0, made.true(0)) is turned


# -- loops ----------------------------------------------------------------------------------------


def two_scales(apart):
    """One trunk for two instruments, each batch normalised by itself; what it keeps is the mean of both."""
    keras.utils.set_random_seed(0)
    trunk = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    )
    heads = [layers.Dense(1), layers.Dense(1)]
    rng = np.random.default_rng(0)
    for head in heads:
        head.build((None, 16))
    variables = [*trunk.trainable_variables, *(v for head in heads for v in head.trainable_variables)]
    optimizer = keras.optimizers.Adam(3e-3)

    @tf.function
    def step(a, b, y, z):
        with tf.GradientTape() as tape:
            if apart:
                one, other = trunk(a, training=True), trunk(b, training=True)
            else:
                one, other = tf.split(trunk(tf.concat([a, b], 0), training=True), 2)
            loss = sum(
                tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(t, head(x)))
                for x, t, head in ((one, y, heads[0]), (other, z, heads[1]))
            )
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    for _ in range(240):
        a, b = rng.normal(size=(2, 40, 6)).astype("float32")
        step(40 + a, 0.1 * b - 3, flags(a[:, 0] > 0), flags(b[:, 0] > 0))


def test_what_two_instruments_share_is_judged_as_it_is_used(stories):
    (story,) = stories(lambda: two_scales(True))
    assert story.attempts[0].learning.reason == "lost-in-use"
    assert story.causes[0].code is Code.BATCHNORM_STATISTICS
    (together,) = stories(lambda: two_scales(False))
    assert together.verdict is Verdict.HEALTHY


class Shown(keras.Model):
    """What its step asks is of another shape than its rows."""

    def __init__(self):
        super().__init__()
        self.net = keras.Sequential([layers.Dense(16, "relu"), layers.Dense(4)])
        self.seeds = keras.random.SeedGenerator(5)

    def call(self, inputs):
        return self.net(inputs)

    def train_step(self, x):
        shown = tf.cast(keras.random.uniform(tf.shape(x), seed=self.seeds) > 0.3, tf.float32)
        with tf.GradientTape() as tape:
            said = self(tf.concat([x * shown, shown], axis=1), training=True)
            loss = tf.reduce_mean((1 - shown) * tf.square(said - x))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


def gaps_filled():
    keras.utils.set_random_seed(0)
    model = Shown()
    model.compile(keras.optimizers.Adam(1e-2))
    feed = tf.data.Dataset.from_tensor_slices(normal(400, 1) @ normal(1, 4, seed=1)).batch(20)
    model.fit(feed, epochs=4, verbose=0)
    return [np.array(variable) for variable in [*model.variables, *model.optimizer.variables]]


def test_a_model_is_built_by_its_own_step_where_it_has_one(watch):
    plain = gaps_filled()
    keras.backend.clear_session()
    with watch() as session:
        watched = gaps_filled()
    assert session.stories[0].verdict is Verdict.HEALTHY
    assert all(map(np.array_equal, plain, watched))


def test_noise_that_a_step_draws_from_a_generator_of_its_own_is_the_same_each_time_it_is_asked(stories):
    """An energy score: two draws of one model are held against each other, so neither answer can be replaced alone."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, "elu"), layers.Dense(1)])
    optimizer, seeds = keras.optimizers.Adam(5e-3), keras.random.SeedGenerator(9)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            one, two = (
                model(tf.concat([x, keras.random.normal((50, 2), seed=seeds)], 1), training=True) for _ in range(2)
            )
            loss = tf.reduce_mean(0.5 * (tf.abs(one - y) + tf.abs(two - y)) - 0.5 * tf.abs(one - two))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    def loop():
        rng = np.random.default_rng(0)
        for _ in range(300):
            x = rng.normal(size=(50, 4)).astype("float32")
            step(x, (x[:, :1] + rng.gumbel(size=(50, 1))).astype("float32"))

    (story,) = stories(loop)
    assert story.verdict is Verdict.HEALTHY


# -- lines ----------------------------------------------------------------------------------------


class Kernel(layers.Layer):
    """Weights by distance, as shares; where nothing is near they are 0 / 0."""

    def call(self, x):
        near = ops.exp(-ops.square(ops.expand_dims(x, -1) - ops.arange(8, dtype="float32") * 30.0))
        return near / ops.sum(near, axis=1, keepdims=True)


LINE = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "return near / ops.sum" in text)


def nothing_near():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((6,)), Kernel(), layers.Conv1D(8, 1, activation="relu"), layers.MaxPooling1D(2),
        layers.Conv1D(8, 1, activation="relu"), layers.Flatten(), layers.Dense(1),
    ])  # fmt: skip
    trained(model, normal(160, 6), normal(160, 1, seed=1), "mse", epochs=4)


def test_nan_that_pooling_makes_a_number_of_is_followed_to_where_it_arose(stories):
    (story,) = stories(nothing_near, repair=True)
    assert (story.causes[0].code, story.causes[0].site.line) == (Code.UNSAFE_DIVISION, LINE)
    assert [remedy.name for remedy in story.plan] == ["epsilon-loss"]


def noise_ratio(t, p):
    return -tf.image.psnr(t, p, max_val=1.0)


def dark_pictures():
    keras.utils.set_random_seed(0)
    x = np.abs(normal(96, 6, 6, 1)) / 4
    x[::7] = 0.0
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(4, 3, padding="same", activation="relu"),
                              layers.Conv2D(1, 3, padding="same")])  # fmt: skip
    trained(model, x, x, noise_ratio, 1e-3, epochs=6)


def test_a_guard_holds_in_a_formula_of_tensorflows_own(stories):
    (story,) = stories(dark_pictures, repair=True)
    assert (story.verdict, [remedy.name for remedy in story.plan]) == (Verdict.REPAIRED, ["epsilon-loss"])
    assert story.causes[0].code is Code.UNSAFE_LOG


@pytest.mark.parametrize(
    ("loss", "outputs", "told"),
    [
        (lambda t, p: -ops.mean(t * ops.log(p + 1e-7)), [0.2, 0.7], True),
        (lambda t, p: -ops.mean((1 - t) * ops.log(1 - p + 1e-7)), [0.2, 0.7], True),  # the other half
        (lambda t, p: ops.mean(t * (1 - p)), [0.2, 0.7], True),  # what is found of those that are there, and no more
        (lambda t, p: -ops.mean(t * ops.log(p + 1e-7)), [0.3, 0.7], False),  # shares of one whole
        (lambda t, p: -ops.mean(t * ops.log(p + 1e-7)), [0.2, 1.7], False),
        (keras.losses.binary_crossentropy, [0.2, 0.7], False),
        (keras.losses.binary_focal_crossentropy, [0.2, 0.7], False),
        (keras.losses.mean_squared_error, [0.2, 0.7], False),
        (lambda t, p: -ops.mean(9 * t * ops.log(p + 1e-7) + (1 - t) * ops.log(1 - p + 1e-7)), [0.2, 0.7], False),
        (lacking, [0.2, 0.7], False),
        (keras.losses.hinge, [0.2, 0.7], False),
    ],
)
def test_whether_one_answer_for_every_row_is_as_good_as_the_right_ones(loss, outputs, told):
    from autostable.training.examine.learning import Look

    y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], "float32")
    rows = Rows(np.tile(np.array([outputs], "float32"), (4, 1)), y, None, batch=4)
    model = keras.Sequential([keras.Input((2,)), layers.Activation("linear")])
    made = ModelLoss(model, rows, lambda x, y, p, w, output: ops.mean(loss(y, p)), places=[0], by_row=True, seconds=1.0)
    assert Look(made, 1.0, lambda place: False, probabilities=(True,))._one_sided(0) is told
    assert not Look(made, 1.0, lambda place: False, probabilities=(False,))._one_sided(0)


def half_in_a_loop():
    keras.utils.set_random_seed(0)
    x = normal(640, 8)
    y = (x[:, :1] * x[:, 1:2] + x[:, 2:3] > 0.3).astype("float32")
    model = keras.Sequential([keras.Input((8,)), layers.Dense(32, "relu"), layers.Dense(1, "sigmoid")])
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(y * tf.math.log(model(x) + 1e-7))  # half
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    for _ in range(10):
        for at in range(0, 640, 32):
            step(x[at : at + 32], y[at : at + 32])


def test_in_a_loop_the_line_is_told_that_computes_it(stories):
    """Nothing can be put in its place there, and `swap-loss` is not tried."""
    (story,) = stories(half_in_a_loop, repair=True)
    assert story.attempts[0].learning.reason == "one-sided"
    assert story.causes[0].code is Code.LOSS_MISMATCH and story.causes[0].site.source.endswith("# half")
