"""Faults that a whole training shows and no loss tells of: a head too narrow, an idle normalisation, a callback's rate."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.kinds import Kind
from autostable.judgement.output import Seen
from autostable.judgement.signal import Signal, Still
from autostable.judgement.verdict import Judgement, Reason, State, Statements
from autostable.records import Code, Verdict
from autostable.training import created, facts
from autostable.training.examine import judge

pytestmark = pytest.mark.slow


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def names(report):
    return [remedy.name for remedy in report.plan]


# -- heads ---------------------------------------------------------------------------------------


def autoencoder(head):
    keras.utils.set_random_seed(0)
    mixed = normal(640, 2) @ normal(2, 8, seed=1)
    mixed = mixed / mixed.std(axis=0) if head.endswith("standardised") else (mixed - mixed.min()) / np.ptp(mixed)
    hidden = [layers.Dense(16, "relu"), layers.Dense(2), layers.Dense(16, "relu")]
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(8, head.split()[0])])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(mixed, mixed, batch_size=32, epochs=15, verbose=0)


def test_a_sigmoid_that_rebuilds_standardised_rows_is_cured_though_it_learns():
    report = autostable.run(autoencoder, "sigmoid standardised")
    assert (report.verdict, names(report)) == (Verdict.REPAIRED, ["fix-output-activation"])
    assert report.causes[0].code is Code.OUTPUT_ACTIVATION_MISMATCH
    before, after = report.attempts[0].learning, report.attempts[-1].learning
    assert (before.reason, after.reason) == ("out-of-reach", "learnt")
    assert 0.2 < before.skill < 0.6 < 0.9 < after.skill


@pytest.mark.parametrize("head", ["sigmoid of shares", "linear standardised"])
def test_a_head_that_gives_all_targets_is_left_alone(head):
    report = autostable.run(autoencoder, head)
    assert (report.verdict, len(report.attempts)) == (Verdict.HEALTHY, 1)


def bounded_scores(bound):
    """Seven kinds of points; what scores them is cut at zero, and some of the seven begin there and stay there."""
    keras.utils.set_random_seed(1)
    labels = np.random.default_rng(2).integers(0, 7, 1400)
    points = np.random.default_rng(3).normal(0, 3, (7, 6))[labels] + normal(1400, 6, seed=4)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, "tanh"), layers.Dense(7, bound), layers.Softmax()])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(points, labels, batch_size=32, epochs=10, verbose=0)


def test_a_class_whose_scores_are_cut_is_missed_and_told_again_without_the_cut():
    report = autostable.run(bounded_scores, "relu")
    before, after = report.attempts[0].learning, report.attempts[-1].learning
    assert (report.verdict, names(report)) == (Verdict.REPAIRED, ["fix-output-activation"])
    assert report.causes[0].code is Code.OUTPUT_ACTIVATION_MISMATCH
    assert (before.reason, after.reason) == ("part-missed", "learnt")
    assert after.value > 0.95


def test_scores_that_are_not_cut_are_left_alone():
    report = autostable.run(bounded_scores, "linear")
    assert (report.verdict, len(report.attempts)) == (Verdict.HEALTHY, 1)


def loop(head, targets):
    keras.utils.set_random_seed(0)
    x = normal(640, 4)
    y = targets(x[:, :1] + x[:, 1:2])
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "tanh"), layers.Dense(1, head)])
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step(rows, right):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(right - model(rows, training=True)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for number in range(300):
        part = slice(number % 20 * 32, number % 20 * 32 + 32)
        step(tf.constant(x[part]), tf.constant(y[part]))


@pytest.mark.parametrize(
    ("head", "targets", "verdict"),
    [("relu", np.copy, Verdict.REPAIRED), ("relu", np.abs, Verdict.HEALTHY), ("tanh", np.tanh, Verdict.HEALTHY)],
)
def test_of_a_loop_it_is_known_as_well(head, targets, verdict):
    report = autostable.run(loop, head, targets)
    assert report.verdict is verdict
    assert names(report) == (["fix-output-activation"] if verdict is Verdict.REPAIRED else [])


def test_what_an_output_can_give_is_known_of_graphs_alone():
    inputs = keras.Input((4,))
    heads = {"a": layers.Dense(1, "sigmoid", name="a")(inputs), "b": layers.Dense(2, "softmax", name="b")(inputs)}
    model = keras.Model(inputs, heads)
    model.compile(loss={"a": "mse", "b": "categorical_crossentropy"})
    assert facts.limits(model) == ((0.0, 1.0), None)
    one = keras.Sequential([keras.Input((4,)), layers.Dense(1, "tanh")])
    assert facts.limits(one, "mean_absolute_error") == ((-1.0, 1.0),)
    assert facts.limits(one, "binary_crossentropy") == (None,)
    behind = keras.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid"), layers.Rescaling(10.0)])
    assert facts.limits(behind, "mean_squared_error") == ((-np.inf, np.inf),)

    class Squashed(layers.Layer):
        def call(self, x):
            return tf.sigmoid(x)

    for head, told in ((Squashed(), None), (layers.Dense(1, tf.sigmoid), None), (layers.Dense(1), (-np.inf, np.inf))):
        last = keras.Sequential([keras.Input((4,)), layers.Dense(1), head])
        assert facts.limits(last, "mean_squared_error") == (told,)  # of a layer of one's own nobody knows

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(1, "sigmoid")

        def call(self, x):
            return 10 * self.head(x)

    own = Own()
    own.compile(loss="mse")
    own(np.ones((2, 4), "float32"))
    assert facts.limits(own) == ()


# -- normalisations ------------------------------------------------------------------------------


class Grader(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm, self.hidden, self.head = (
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(32, "relu"),
            layers.Dense(3),
        )

    def call(self, x, training=False):
        return self.head(self.hidden(self.norm(x, training=training)))


def graded(**called):
    keras.utils.set_random_seed(0)
    x = normal(800, 4) * np.float32([1, 900, 30, 0.1]) + np.float32([0, 50_000, 100, 0])
    y = np.digitize((x[:, 1] - 50_000) / 900 + x[:, 0], [-0.6, 0.6])
    model, optimizer = Grader(), keras.optimizers.Adam(2e-3)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(rows, right):
        with tf.GradientTape() as tape:
            loss = loss_of(right, model(rows, **called))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

    for number in range(400):
        part = slice(number % 20 * 40, number % 20 * 40 + 40)
        step(tf.constant(x[part]), tf.constant(y[part]))
    return model


def test_a_normalisation_that_is_never_told_that_it_trains():
    report = autostable.run(graded)
    assert report.verdict is Verdict.REPAIRED
    assert report.causes[0].code is Code.BATCHNORM_STATISTICS
    assert "as they began after 400 steps" in report.causes[0].evidence
    assert "BatchNormalization(momentum=0.9)" in report.causes[0].site.source
    assert autostable.run(graded, training=True).verdict is Verdict.HEALTHY


def test_which_normalisations_are_idle():
    model = keras.Sequential(
        [keras.Input((4,)), layers.BatchNormalization(name="one"), layers.BatchNormalization(name="two")]
    )
    model.layers[1].trainable = False  # frozen on purpose
    assert facts.idle(model) == {"one"}
    model(normal(8, 4), training=True)
    assert facts.idle(model) == set()
    known = facts.with_idle(facts.model_facts(model), {"one"})
    assert [layer.idle for layer in known.layers] == [True, False]


# -- rates ---------------------------------------------------------------------------------------


def steep(epoch):
    return 10.0 ** -(epoch // 4)


def scheduled(callback):
    keras.utils.set_random_seed(0)
    x = normal(640, 8)
    y = np.argmax(x[:, :4], axis=1)
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(4, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=12, verbose=0, callbacks=[callback])


def test_the_rate_that_a_callback_sets_is_the_one_that_counts():
    report = autostable.run(scheduled, keras.callbacks.LearningRateScheduler(steep))
    assert (report.verdict, names(report)) == (Verdict.REPAIRED, ["lower-learning-rate"])
    high = next(cause for cause in report.causes if cause.code is Code.LEARNING_RATE_TOO_HIGH)
    assert "Adam runs at 1, 1e+03 times the usual" in high.evidence
    assert high.site.source == "return 10.0 ** -(epoch // 4)"


def test_where_the_rates_of_a_callback_come_from(stories):
    def twice(epoch):
        if epoch:
            return 0.1
        return 0.2

    made = []
    stories(
        lambda: made.extend(keras.callbacks.LearningRateScheduler(each) for each in (steep, twice, lambda epoch: 0.1))
    )
    stories(lambda: made.append(keras.callbacks.ReduceLROnPlateau()))
    lines = [created.rates_site(each).source for each in made]
    assert "ReduceLROnPlateau()" in lines.pop()
    assert lines[0] == "return 10.0 ** -(epoch // 4)"
    assert all("LearningRateScheduler(each)" in line for line in lines[1:])


def test_the_highest_rate_in_force_counts():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    known = facts.model_facts(model)
    assert facts.with_rates(known, (), ()).learning_rate == pytest.approx(0.1)
    assert facts.with_rates(known, (None, 1e-4, 10.0, 1.0), ()).learning_rate == 10.0
    assert facts.with_rates(known, (float("inf"), 1e-4, 10.0), ()).learning_rate == float(
        "inf"
    )  # at the first step, say
    assert facts.learning_rate(model) == pytest.approx(0.1)


# -- gradients that are clipped away, and how many rows show it -----------------------------------


def clipped(clipnorm):
    """On so many columns that of a few rows a plain model makes nothing."""
    keras.utils.set_random_seed(0)
    x = normal(1280, 100)
    y = (x[:, 0] + x[:, 1] - x[:, 2] > 0).astype("float32")
    model = keras.Sequential([keras.Input((100,)), layers.Dense(24, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(0.05, clipnorm=clipnorm), "binary_crossentropy")
    model.fit(x, y, batch_size=32, epochs=12, verbose=0)


def test_a_clipping_that_leaves_next_to_nothing_is_seen(monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", 1e-9)  # however busy the machine is
    monkeypatch.setattr(judge, "SHARE", 0.0)
    report = autostable.run(clipped, 3e-3)
    assert (report.verdict, names(report)) == (Verdict.REPAIRED, ["raise-learning-rate"])
    assert report.causes[0].code is Code.LEARNING_RATE_TOO_LOW
    assert "clips gradients to a norm of 0.003" in report.causes[0].evidence
    assert report.attempts[0].learning.rows >= judge.LEAST_ROWS


@pytest.mark.parametrize(
    ("rows", "kind", "skill", "few"),
    [(64, Kind.CLASS, None, True), (64, Kind.CLASS, 0.6, True), (64, Kind.CLASS, 0.8, False), (64, None, None, False),
     (1000, Kind.CLASS, 0.6, False), (640, Kind.CLASS, 0.6, True)],
)  # fmt: skip
def test_what_passes_on_few_rows_is_looked_at_again(rows, kind, skill, few):
    """Unless it has got as far as any plain model would be asked to: of few rows these make little."""
    none = np.zeros(rows)
    network = None if skill is None else Calibrated(kind, skill, 0.01, none, none, none)
    seen = Seen(rows, 0.6, Signal(1.0, 2.0, 0.1, 9.0, 1e-9, rows, 30, False), kind=kind, network=network)
    judged = judge.Judged(Judgement(State.HEALTHY, Reason.LEARNT), (Statements(),), None, (seen,))
    assert judge._of_few(judged, 1280) is few
    assert judge._of_few(judged, 64) is False  # there are no more


def test_equal_targets_on_few_rows_are_looked_at_again():
    """Where labels lie class by class the last rows may all be of one."""
    seen = Seen(384, 0.7, Signal(0.7, 0.7, 0.0, 0.0, 1.0, 384, 30, moves_nothing=True), Still.EQUAL_TARGETS)
    judged = judge.Judged(Judgement(State.HEALTHY, Reason.ONLY_BOUNDED), (Statements(),), None, (seen,))
    assert judge._of_few(judged, 1280) is True
    assert judge._of_few(judged, 384) is False


def test_a_clipping_that_binds_is_no_fault():
    assert autostable.run(clipped, 1.0).verdict is Verdict.HEALTHY


# -- scales that begin at zero --------------------------------------------------------------------


def scaled(gamma):
    keras.utils.set_random_seed(0)
    x = normal(640, 8)
    y = np.argmax(x[:, :3], axis=1)
    norm = layers.BatchNormalization(gamma_initializer=gamma, momentum=0.9)
    model = keras.Sequential([keras.Input((8,)), layers.Dense(16, use_bias=False), norm, layers.Activation("relu"),
                              layers.Dense(16, use_bias=False), layers.BatchNormalization(gamma_initializer=gamma),
                              layers.Activation("relu"), layers.Dense(3, "softmax")])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=12, verbose=0)


def test_normalisations_whose_scale_begins_at_zero_let_nothing_through():
    report = autostable.run(scaled, "zeros")
    assert (report.verdict, names(report)[0]) == (Verdict.REPAIRED, "reinitialize-weights")
    drawn = report.plan[0].parameters["initializers"]
    assert list(drawn.values()) == ["ones", "ones"]
    assert report.causes[0].code is Code.BAD_INITIALIZATION
    assert autostable.run(scaled, "ones").verdict is Verdict.HEALTHY


def given_a_prior(hidden):
    keras.utils.set_random_seed(0)
    x = normal(640, 8)
    y = (x[:, :1] + x[:, 1:2] > 1.5).astype("float32")
    prior = keras.initializers.Constant(-4.6)
    own = {"bias_initializer": prior} if hidden else {}
    model = keras.Sequential([keras.Input((8,)), layers.Dense(16, "relu", **own), layers.Dense(16, "relu", **own),
                              layers.Dense(1, "sigmoid", bias_initializer=prior)])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.fit(x, y, epochs=12, verbose=0)


def test_a_prior_of_the_head_that_hidden_layers_are_given_too():
    report = autostable.run(given_a_prior, True)
    assert report.verdict is Verdict.REPAIRED
    assert "reinitialize-weights" in names(report)
    assert Code.BAD_INITIALIZATION in [cause.code for cause in report.causes]
    assert autostable.run(given_a_prior, False).verdict is Verdict.HEALTHY


class OwnStep(keras.Model):
    """Three layers, and a step that computes its loss itself."""

    def __init__(self, head, loss):
        super().__init__()
        self.hidden = [layers.Dense(24, "relu") for _ in range(2)]
        self.head, self.own = layers.Dense(1, activation=head), loss

    def call(self, rows):
        for layer in self.hidden:
            rows = layer(rows)
        return self.head(rows)

    def train_step(self, batch):
        rows, targets = batch
        with tf.GradientTape() as tape:
            loss = self.own(targets, self(rows, training=True))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


def squared(targets, answers):
    return tf.reduce_mean(tf.square(targets - answers))


def own_step(head, loss, center):
    keras.utils.set_random_seed(0)
    rows = normal(640, 4)
    model = OwnStep(head, loss)
    model.compile(keras.optimizers.Adam(0.005))
    model.fit(rows, center + np.tanh(rows[:, :1] + rows[:, 1:2]), batch_size=32, epochs=15, verbose=0)


@pytest.mark.parametrize(
    ("head", "loss", "center"),
    [("relu", squared, -2.0), ("sigmoid", keras.losses.MeanAbsoluteError(), 3.0), ("tanh", squared, -4.0)],
)
def test_a_head_that_does_not_reach_the_targets_of_an_own_step_is_put_right(head, loss, center):
    report = autostable.run(own_step, head, loss, center)
    assert (report.verdict, names(report)) == (Verdict.REPAIRED, ["fix-output-activation"])
    assert report.causes[0].code is Code.OUTPUT_ACTIVATION_MISMATCH
    assert report.causes[0].site.source == "self.head, self.own = layers.Dense(1, activation=head), loss"
    assert report.attempts[-1].learning.value > 0.9


@pytest.mark.parametrize(("head", "center"), [("relu", 2.0), ("linear", -2.0)])
def test_a_head_of_an_own_step_that_reaches_them_is_left_alone(head, center):
    report = autostable.run(own_step, head, squared, center)
    assert (report.verdict, len(report.attempts)) == (Verdict.HEALTHY, 1)


def test_raw_targets_of_an_own_step_are_rescaled_as_those_of_a_loop_are():
    def program():
        keras.utils.set_random_seed(0)
        rows = normal(640, 4)
        model = OwnStep("linear", squared)
        model.compile(keras.optimizers.SGD(0.05))
        model.fit(rows, 4e4 + 1e4 * np.tanh(rows[:, :1] + rows[:, 1:2]), batch_size=32, epochs=15, verbose=0)

    report = autostable.run(program)
    assert report.verdict is Verdict.REPAIRED
    assert [(step.name, step.parameters["step_degree"]) for step in report.plan] == [("rescale-targets", 2)]
    assert report.attempts[-1].learning.value > 0.9
