"""NaN and Inf are seen in the step where they first arise, wherever that is and however the training is run."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Verdict
from autostable.training import guard
from autostable.training.replay.finding import nearest
from autostable.training.replay.recording import Replay
from autostable.training.replay.run import run

ROWS, BATCH, BAD = 64, 8, 5  # the sixth batch is the bad one
ROW = BAD * BATCH + 2


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4)).astype("float32")
    return x, x.sum(axis=1, keepdims=True).astype("float32")


def net(*middle, first="tanh"):
    return keras.Sequential([keras.Input((4,)), layers.Dense(6, first), *middle, layers.Dense(1)])


def fit(model, x, y, *, optimizer=None, loss="mse", weight=None, epochs=2, **compiled):
    model.compile(optimizer or keras.optimizers.SGD(0.01), loss, **compiled)
    model.fit(x, y, sample_weight=weight, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0)


def told(stories):
    found = [story for story in stories if story.verdict is Verdict.UNREPAIRED]
    assert len(found) == 1, [story.verdict for story in stories]
    symptom = found[0].symptom
    assert symptom.kind in ("nonfinite", "stalled")
    return symptom


# -- where it first shows ---------------------------------------------------------------------------


class OnRow(layers.Layer):
    """Does something bad where the input's first column is 99."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def build(self, shape):
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        hit = ops.max(inputs[:, 0]) > 98.0
        zero = ops.where(hit, 0.0, 1.0)
        if self.what == "output":
            return inputs / zero
        if self.what == "gradient":
            return inputs * ops.sqrt(zero * ops.sum(ops.square(inputs)) + (1 - zero) * 0.0)
        self.mean.assign(0.9 * self.mean + ops.log(zero) * 0.1)
        return inputs


def marked(x):
    x = x.copy()
    x[ROW, 0] = 99.0
    return x


def bad_input(value=np.nan):
    x, y = data()
    x[ROW, 1] = value
    return net(), x, y, {}


def infinite_input():
    return bad_input(np.inf)


def bad_label():
    x, y = data()
    y[ROW] = np.nan
    return net(), x, y, {}


def bad_sample_weight():
    x, y = data()
    weight = np.ones(ROWS, "float32")
    weight[ROW] = np.inf
    return net(), x, y, {"weight": weight}


def layer_output():
    x, y = data()
    return keras.Sequential([keras.Input((4,)), OnRow("output"), layers.Dense(1)]), marked(x), y, {}


def norm_of(y, y_pred):
    return ops.mean(ops.sqrt(ops.sum(ops.square(y * y_pred), axis=-1)))


def gradient_only():
    x, y = data()
    y[ROW] = 0.0
    return net(), x, y, {"loss": norm_of}


def hidden_by_relu():
    x, y = data()
    x[ROW, 1] = np.nan
    return net(first="relu"), x, y, {}


def state():
    x, y = data()
    return keras.Sequential([keras.Input((4,)), OnRow("state"), layers.Dense(1)]), marked(x), y, {}


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, value):
        self.value = value

    def __call__(self, step):
        return ops.where(ops.equal(ops.cast(step, "int32"), BAD), self.value, 0.01)


def rate_nan():
    x, y = data()
    return net(), x, y, {"optimizer": keras.optimizers.SGD(Schedule(float("nan")))}


def rate_inf():
    x, y = data()
    return net(), x, y, {"optimizer": keras.optimizers.Adam(Schedule(float("inf")))}


class BadConstraint(keras.constraints.Constraint):
    def __call__(self, w):
        return w / ops.cast(ops.sum(ops.abs(w)) < 1e6, w.dtype)


def constraint():
    x, y = data()
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(6, "relu", kernel_constraint=BadConstraint()), layers.Dense(1)]
    )
    return model, x, y, {"optimizer": keras.optimizers.SGD(Schedule(1e12))}


def poisson():
    x, y = data()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones")])

    def loss(y_true, y_pred):
        return ops.mean(y_pred - y_true * ops.log(y_pred - 90.0 * ops.cast(ops.max(y_true) > 98, "float32")))

    y = np.abs(y)
    y[ROW] = 99.0
    return model, x, y, {"loss": loss}


FIRST = {  # program -> where it may be seen first
    bad_input: {"loss", "input", "gradient"},
    infinite_input: {"loss", "input", "gradient"},
    bad_label: {"loss", "label"},
    bad_sample_weight: {"loss", "input"},
    layer_output: {"loss"},
    gradient_only: {"gradient"},
    hidden_by_relu: {"gradient", "loss"},
    state: {"state"},
    rate_nan: {"weight"},
    rate_inf: {"weight"},
    constraint: {"weight"},
    poisson: {"loss"},
}

WAYS = {
    "default": {},
    "jit": {"jit_compile": True},
    "eager": {"run_eagerly": True},
    "steps_per_execution": {"steps_per_execution": 8},
}


def name(value):
    return value if isinstance(value, str) else value.__name__


@pytest.mark.parametrize("program", FIRST, ids=name)
@pytest.mark.parametrize("way", ["default", *(pytest.param(way, marks=pytest.mark.slow) for way in list(WAYS)[1:])])
def test_fit(program, way, stories):
    keras.utils.set_random_seed(0)
    model, x, y, options = program()
    symptom = told(stories(lambda: fit(model, x, y, **options, **WAYS[way])))
    assert symptom.step == BAD
    assert symptom.first_seen_in in FIRST[program]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"clipnorm": 1.0}, {"global_clipnorm": 1.0}, {"clipvalue": 1.0},
                                     {"gradient_accumulation_steps": 4}, {"use_ema": True}], ids=str)  # fmt: skip
@pytest.mark.parametrize(
    "program",
    [gradient_only, *(pytest.param(each, marks=pytest.mark.whole) for each in (bad_input, poisson))],
    ids=name,
)
def test_optimizer_options(program, options, stories):
    keras.utils.set_random_seed(0)
    model, x, y, more = program()
    symptom = told(stories(lambda: fit(model, x, y, optimizer=keras.optimizers.Adam(0.01, **options), **more)))
    assert symptom.step == BAD
    assert symptom.first_seen_in in FIRST[program]


@pytest.mark.slow
@pytest.mark.parametrize("program", FIRST, ids=name)
def test_where_nothing_of_the_update_is_read_within_the_step(program, stories):
    """Of a product with a schedule (see `facts.rounds_otherwise_if_read`); the step is pinned by another run."""
    keras.utils.set_random_seed(0)
    model, x, y, more = program()
    rate = keras.optimizers.schedules.CosineDecay(0.01, 100)
    symptom = told(stories(lambda: fit(model, x, y, **{"optimizer": keras.optimizers.SGD(rate, momentum=0.9), **more})))
    assert symptom.step == BAD
    assert symptom.first_seen_in in FIRST[program]


def test_rate_far_too_high(stories):
    x, y = data()
    symptom = told(stories(lambda: fit(net(first="relu"), x, y, optimizer=keras.optimizers.SGD(1e30))))
    assert symptom.step <= 2


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
def test_optimizer_slot_overflows(jit, stories, monkeypatch):
    """Adam's second moment overflows in float16 variables; weight and loss stay finite."""
    # a look that comes a step later finds the weight gone, too: have the host look after each one
    monkeypatch.setattr(guard, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(guard, "SHARE", 1e9)
    keras.config.set_dtype_policy("float16")
    x, y = data()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    symptom = told(stories(lambda: fit(model, x, y, optimizer=keras.optimizers.Adam(1e-3, epsilon=1e-3),
                                       loss=lambda a, b: ops.mean(a - b) * 3000.0, jit_compile=jit)))  # fmt: skip
    assert symptom.first_seen_in == "state"


# -- half precision -----------------------------------------------------------------------------


def half(optimizer, x, y, **options):
    keras.config.set_dtype_policy("mixed_float16")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(6, "tanh"), layers.Dense(1, dtype="float32")])
    return lambda: fit(model, x, y, optimizer=optimizer, **options)


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
def test_bad_loss_under_loss_scaling(jit, stories):
    x, y = data()
    y[ROW] = np.nan
    symptom = told(stories(half("adam", x, y, jit_compile=jit)))
    assert (symptom.step, symptom.first_seen_in, symptom.kind) == (BAD, "loss", "nonfinite")


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_collapsing_loss_scale(eager, stories):
    x, y = data()
    y[:] = 0.0
    symptom = told(stories(half(keras.optimizers.SGD(0.01), x, y, loss=norm_of, epochs=6, run_eagerly=eager)))
    assert symptom.kind == "stalled"
    assert symptom.step <= 30


def test_initial_scale_far_too_high_is_no_alarm(stories):
    x, y = data()
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01), initial_scale=2.0**40)
    (story,) = stories(half(optimizer, x, y, epochs=6))
    assert story.verdict is Verdict.HEALTHY


# -- ways to train other than the compiled step -------------------------------------------------


class Rivals(keras.Model):
    """Two optimizers in one train_step."""

    def __init__(self):
        super().__init__()
        self.maker, self.judge = keras.Sequential([layers.Dense(4)]), keras.Sequential([layers.Dense(1)])

    def call(self, x):
        return self.judge(self.maker(x))

    def compile(self, second, **options):
        super().compile(**options)
        self.second = second

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape(persistent=True) as tape:
            made = self.maker(x)
            first = tf.reduce_mean(tf.square(self.judge(made) - y))
            other = tf.reduce_mean(tf.square(self.judge(x) + 1.0)) + 0.0 * tf.reduce_sum(y)
        grads = tape.gradient(first, self.maker.trainable_variables)
        others = tape.gradient(other, self.judge.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.maker.trainable_variables, strict=True))
        self.second.apply_gradients(zip(others, self.judge.trainable_variables, strict=True))
        return {"loss": first}


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
def test_two_optimizers(jit, stories):
    x, y = data()
    y[ROW] = np.nan
    model = Rivals()

    def program():
        model.compile(keras.optimizers.Adam(0.01), optimizer="sgd", jit_compile=jit)
        model.fit(x, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)

    (story,) = stories(program)
    assert story.symptom.step == 2 * BAD  # two updates a batch
    assert story.symptom.first_seen_in == "loss"


def loop(decorate, program):
    model, x, y, options = program()
    optimizer = options.get("optimizer") or keras.optimizers.Adam(0.01)
    loss_of = options.get("loss") or keras.losses.MeanSquaredError()

    def step(a, b):
        with tf.GradientTape() as tape:
            loss = loss_of(b, model(a, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        return loss

    step = decorate(step)
    for _ in range(3):
        for start in range(0, ROWS, BATCH):
            step(tf.constant(x[start : start + BATCH]), tf.constant(y[start : start + BATCH]))


LOOPS = {"eager": lambda step: step, "function": tf.function, "jit": tf.function(jit_compile=True)}


@pytest.mark.parametrize("program", [bad_input, bad_label, gradient_only, hidden_by_relu, poisson, rate_nan], ids=name)
@pytest.mark.parametrize("way", ["eager", *(pytest.param(way, marks=pytest.mark.slow) for way in list(LOOPS)[1:])])
def test_loops(program, way, stories):
    keras.utils.set_random_seed(0)
    symptom = told(stories(lambda: loop(LOOPS[way], program)))
    assert symptom.step == BAD
    assert symptom.first_seen_in in FIRST[program]


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
@pytest.mark.parametrize("program", [bad_label, gradient_only], ids=name)
def test_train_on_batch(program, jit, stories):
    keras.utils.set_random_seed(0)
    model, x, y, options = program()

    def run():
        model.compile("sgd", options.get("loss", "mse"), jit_compile=jit)
        for start in range(0, ROWS, BATCH):
            model.train_on_batch(x[start : start + BATCH], y[start : start + BATCH])

    symptom = told(stories(run))
    assert symptom.step == BAD
    # nothing of an update of products is touched without XLA: what its gradient has spoilt tells
    assert symptom.first_seen_in in FIRST[program] | (set() if jit else {"weight"})


# -- what is no failure of the training ---------------------------------------------------------


def bad_metric(y, y_pred):
    return ops.log(ops.minimum(ops.sum(y_pred) * 0.0 - 1.0, -1.0))


def test_metric_only(stories):
    x, y = data()
    (story,) = stories(lambda: fit(net(), x, y, metrics=[bad_metric]))
    assert story.verdict is Verdict.HEALTHY


def test_validation_only(stories):
    x, y = data()
    bad = np.full((8, 1), np.nan, "float32")

    def program():
        model = net()
        model.compile("sgd", "mse")
        model.fit(x, y, validation_data=(x[:8], bad), epochs=2, verbose=0)

    (story,) = stories(program)
    assert story.verdict is Verdict.HEALTHY


def shares(target, prob):
    one = tf.where(target > 0.0, prob, tf.ones_like(prob))
    bounded = tf.math.log(prob + 1e-7)
    first = ops.log(one)
    second = ops.log(1.0 - ops.where(target > 0.0, 0.0, prob) - ops.zeros_like(prob))
    return -ops.mean(first + second + 0.0 * bounded)


def test_a_bare_logarithm_beside_the_one_that_failed_is_told_of(stories):
    x, y = data()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    told_of = stories(lambda: fit(model, 1000.0 * np.abs(x), -np.abs(y), loss=shares))
    finding = next(story.evidence.finding for story in told_of if story.evidence is not None)
    assert "second = " in finding.site.source
    assert [site.source for site in finding.alike] == ["first = ops.log(one)"]


def beside_a_select(target, prediction):
    """The slope of a root of zeros is Inf; what is selected is something else."""
    other = tf.where(target > 0.0, prediction, tf.ones_like(prediction))
    return tf.reduce_mean(tf.sqrt(0.0 * prediction)) + tf.reduce_mean(tf.square(target - other))


def behind_a_select(target, prediction):
    """A logarithm of zeros that nobody selects: 0 times the slope of Inf is NaN."""
    zeros = 0.0 * prediction
    chosen = tf.where(zeros > 0.0, tf.math.log(zeros), zeros)
    return tf.reduce_mean(chosen) + tf.reduce_mean(tf.square(target - prediction))


@pytest.mark.parametrize(("loss", "op", "masked"), [(beside_a_select, "Sqrt", False), (behind_a_select, "Log", True)])
def test_a_select_masks_only_what_goes_through_it(loss, op, masked, stories):
    x, y = data()
    told_of = stories(lambda: fit(net(), x, y, loss=loss))
    finding = next(story.evidence.finding for story in told_of if story.evidence is not None)
    assert (finding.op, finding.masked) == (op, masked)


def test_the_least_of_the_other_divisors_is_known_where_something_else_than_zero_is_divided(stories):
    x, _ = data()
    sold = np.tile([0.0, 2.0, 3.0, 5.0], ROWS // 4).astype("float32")[:, None]
    told_of = stories(lambda: fit(net(), x, sold, loss=lambda y, p: ops.mean(ops.abs((y - p) / y))))
    finding = next(story.evidence.finding for story in told_of if story.evidence is not None)
    assert (finding.op, finding.least) == ("RealDiv", 2.0)


def spread_loss(y, out):
    return ops.mean(ops.log(out[:, 1:]) + 0.5 * ops.square((y - out[:, :1]) / out[:, 1:]))


def test_the_layer_that_feeds_a_logarithm_is_known(stories):
    given = keras.Input((4,))
    parts = [layers.Dense(1, name="middle")(given), layers.Dense(1, name="spread")(given)]
    model = keras.Model(given, layers.Concatenate()(parts))
    (story,) = stories(lambda: fit(model, *data(), loss=spread_loss))
    assert (story.finding.op, story.finding.fed_by) == ("Log", "spread")


def test_a_step_that_fails_by_the_luck_of_its_draw_is_found_by_drawing_again(stories):
    model, optimizer = net(), keras.optimizers.SGD(0.01)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            drawn = tf.cast(tf.random.uniform(()) > 0.1, tf.float32)
            loss = tf.reduce_mean(model(x) / drawn)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))

    def program():
        for _ in range(200):
            step(tf.constant(data()[0]))

    (story,) = stories(program)
    assert story.finding.site.source == "loss = tf.reduce_mean(model(x) / drawn)"


def test_the_line_of_a_schedule_is_known(stories):
    x, y = data()

    def program():
        keras.utils.set_random_seed(0)  # of some first weights the loss lies below a constant's at once
        rate = keras.optimizers.schedules.ExponentialDecay(0.01, 1, 0.1)  # decays by the step
        fit(net(), x, y, optimizer=keras.optimizers.SGD(rate), epochs=10)

    (story,) = stories(program)
    assert story.causes[0].code == "learning-rate-too-low"
    assert story.causes[0].site.source.startswith("rate = ")


@pytest.mark.parametrize(
    ("function", "values", "op"),
    [
        (lambda v: tf.sqrt(1.0 - v * v), [1.0 - 1e-7, 0.3], "Sqrt"),
        (lambda v: tf.math.log(v), [0.0, 0.3], "Log"),
        (lambda v: tf.math.acos(v), [1.0 - 1e-7, 0.3], "Acos"),
        (lambda v: 1.0 / v, [-1e-9, 0.3], "RealDiv"),
        (lambda v: tf.sqrt(1.0 - v * v), [0.99, 0.3], None),
        (lambda v: tf.math.log(v), [1e-3, 0.3], None),
    ],
)
def test_what_came_nearest_to_where_it_is_singular(function, values, op):
    """A replay need not round as the traced step did: what was bad there may be within rounding of it here."""
    replay = Replay()
    run(lambda: function(tf.constant(values)), replay)
    found = nearest(replay)
    assert (None if found is None else found.op) == op
    assert found is None or (not found.masked and found.site.source.startswith("(lambda v:"))
