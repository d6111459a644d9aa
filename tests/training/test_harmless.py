"""A healthy program is not touched: the same weights, optimizer variables and History, bit for bit, and no alarm."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.judgement.statements import yes
from autostable.judgement.verdict import Statements
from autostable.judgement.verdict import judge as judged
from autostable.records import Attempt, Remedy, Verdict
from autostable.repair.bench import Result
from autostable.training import fit
from autostable.training.examine import judge
from autostable.training.fits import handover


def data(rows=96, features=6, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).astype("float32")
    w = rng.normal(size=(features, classes))
    return x, np.argmax(x @ w, axis=1)


def dense(*widths, features=6, last=3):
    stack = [
        keras.Input((features,)),
        *(layers.Dense(width, "relu") for width in widths),
        layers.Dense(last, "softmax"),
    ]
    return keras.Sequential(stack)


def fitted(model, x, y, *, compiled=None, **options):
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", **(compiled or {})})
    history = model.fit(x, y, **{"epochs": 2, "batch_size": 16, "verbose": 0, **options})
    return model, history.history


def mlp():
    x, y = data()
    return fitted(dense(16, 8), x, y, compiled={"metrics": ["accuracy"]}, validation_data=(x[:20], y[:20]))


def cnn_with_batchnorm_and_dropout():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(48, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 48)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(),
         layers.Dropout(0.3), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3, "softmax")]
    )  # fmt: skip
    return fitted(model, x, y)


def warm_restarts_behind_batchnorm():
    """TensorFlow's graph optimiser moves the constants of the schedule into the gradient, unless something reads that."""
    x, y = data()
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16), layers.BatchNormalization(), layers.Activation("relu"),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    rate = keras.optimizers.schedules.CosineDecayRestarts(0.6, first_decay_steps=4, t_mul=1.5, m_mul=0.9)
    return fitted(
        model, x, y, epochs=6, compiled={"optimizer": keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)}
    )


def constant_rates_behind_batchnorm():
    """The same with the constants of a batch of rows: without a bias, with one, with a penalty; conv layers beside."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(320, 16)).astype("float32"), rng.integers(0, 4, 320)
    for rate in ({}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"weight_decay": 1e-3}):
        for hidden in ({"use_bias": False}, {}, {"kernel_regularizer": "l2"}):
            model = keras.Sequential(
                [keras.Input((16,)), layers.Dense(32, **hidden), layers.BatchNormalization(), layers.ReLU(),
                 layers.Dense(4, "softmax")]
            )  # fmt: skip
            yield fitted(model, x, y, epochs=4, compiled={"optimizer": keras.optimizers.SGD(0.1, **rate)})


def lstm():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(48, 5, 3)).astype("float32"), rng.integers(0, 3, 48)
    model = keras.Sequential([keras.Input((5, 3)), layers.Masking(), layers.LSTM(6), layers.Dense(3, "softmax")])
    return fitted(model, x, y, epochs=1)


def lstm_that_keeps_its_state():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(96, 5, 3)).astype("float32"), rng.integers(0, 3, 96)
    recurrent = layers.LSTM(6, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(8, 5, 3)), recurrent, layers.Dense(3, "softmax")])
    return fitted(model, x, y, epochs=3, batch_size=8, shuffle=False)


class Unbuilt(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.out = layers.Dense(8, "gelu"), layers.Dropout(0.2), layers.Dense(3, "softmax")

    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(x), training=training))


def subclassed_unbuilt():
    return fitted(Unbuilt(), *data())


def embedding():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 50, (64, 7)), rng.integers(0, 3, 64)
    model = keras.Sequential(
        [keras.Input((7,), dtype="int32"), layers.Embedding(50, 8, mask_zero=True), layers.GlobalAveragePooling1D(),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    return fitted(model, x, y, compiled={"optimizer": keras.optimizers.Adagrad(0.1)})


def steps_per_execution():
    return fitted(dense(8), *data(), compiled={"steps_per_execution": 8}, epochs=3)


def gradient_accumulation():
    return fitted(dense(8), *data(), compiled={"optimizer": keras.optimizers.Adam(gradient_accumulation_steps=3)})


def moving_average_of_weights():
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_overwrite_frequency=3)
    return fitted(dense(8), *data(), compiled={"optimizer": optimizer})


def every_optimizer():
    x, y = data(48)
    kinds = keras.optimizers
    for make in (
        kinds.SGD, lambda: kinds.SGD(0.1, momentum=0.9, nesterov=True), kinds.Adamax, kinds.Nadam, kinds.Lamb,
        kinds.Adafactor, lambda: kinds.AdamW(0.01, use_ema=True, ema_overwrite_frequency=2),
        lambda: kinds.Adam(kinds.schedules.ExponentialDecay(0.01, 2, 0.5), amsgrad=True, gradient_accumulation_steps=2),
    ):  # fmt: skip
        model, history = fitted(dense(8), x, y, compiled={"optimizer": make()})
        yield model, history


class Noisy(keras.Model):
    def train_step(self, batch):
        x, y = batch
        x = x + 0.1 * tf.random.normal(tf.shape(x))
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "noise": tf.reduce_mean(tf.random.uniform((3,)))}


def custom_train_step_with_random_ops():
    inputs = keras.Input((6,))
    model = Noisy(inputs, layers.Dense(3, "softmax")(layers.Dense(8, "relu")(inputs)))
    return fitted(model, *data())


def pipeline_with_shuffle():
    x, y = data()
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(50).batch(16)
    pipeline = pipeline.map(lambda a, b: (a + tf.random.normal(tf.shape(a)), b))
    return fitted(dense(8), pipeline, None, batch_size=None)


def quickly():
    """Fast enough that sixty steps learn what there is: what learns nothing is not healthy."""
    return {"optimizer": keras.optimizers.Adam(0.03)}


def fits_of_one_reshuffled_pipeline():
    """A shuffle counts its iterators: who reads the pipeline in between changes what the next fit is given."""
    x, y = data()
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96).batch(16)
    fits = [fitted(dense(8), pipeline, None, batch_size=None, epochs=10, compiled=quickly()) for _ in range(2)]
    return [
        *fits,
        fitted(dense(8), pipeline.map(lambda a, b: (0.5 * a, b)), None, batch_size=None, epochs=10, compiled=quickly()),
    ]


def fits_of_one_generator_with_state():
    x, y = data()
    rng = np.random.default_rng(0)

    def batches():
        for _ in range(6):
            rows = rng.integers(0, len(x), 16)
            yield x[rows] + rng.normal(size=(16, 6)).astype("float32"), y[rows]

    spec = (tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None,), tf.int64))
    pipeline = tf.data.Dataset.from_generator(batches, output_signature=spec)
    return [fitted(dense(8), pipeline, None, batch_size=None, epochs=10, compiled=quickly()) for _ in range(2)]


class Augmented(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.x, self.y = data()
        self.rng = np.random.default_rng(0)
        self.drawn = 0

    def __len__(self):
        return 6

    def __getitem__(self, index):
        self.drawn += 1
        rows = slice(16 * index, 16 * (index + 1))
        noise = self.rng.normal(size=(16, 6)) + 0.1 * np.random.rand() + 0.001 * self.drawn
        return self.x[rows] + noise.astype("float32"), self.y[rows]


class Reordered(Augmented):
    """Another order in each epoch, and rows that a batch writes over; larger than what is kept of a data object."""

    def __init__(self):
        super().__init__()
        self.order, self.large = np.arange(96), np.ones((5000, 2000), np.float32)

    def __getitem__(self, index):
        rows = self.order[16 * index : 16 * (index + 1)]
        self.x[rows] *= 0.99
        return self.large[0, 0] * self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.rng.shuffle(self.order)


def data_object_that_draws():
    return fitted(dense(8), Augmented(), None, batch_size=None, epochs=4)


class ReadByThreads(Reordered):
    """What several threads draw depends on who comes first: nothing is drawn but the order of an epoch."""

    def __init__(self):
        super().__init__()
        self.workers = 3

    def __getitem__(self, index):
        rows = self.order[16 * index : 16 * (index + 1)]
        return self.x[rows], self.y[rows]


def data_object_read_by_threads():
    return fitted(dense(8), ReadByThreads(), None, batch_size=None, epochs=4)


def data_object_that_reorders():
    return fitted(dense(8), Reordered(), None, batch_size=None, epochs=4)


def fits_of_one_augmented_dataset():
    augmented = Augmented()
    return [fitted(dense(8), augmented, None, batch_size=None, epochs=10, shuffle=False) for _ in range(2)]


def weights_and_split():
    x, y = data()
    weight = np.linspace(0.5, 1.5, len(x)).astype("float32")
    return fitted(dense(8), x, y, sample_weight=weight, validation_split=0.25)


def class_weights():
    return fitted(dense(8), *data(), class_weight={0: 1.0, 1: 2.0, 2: 0.5})


def mixed_float16():
    keras.config.set_dtype_policy("mixed_float16")
    x, y = data()
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, "relu")(inputs)
    return fitted(keras.Model(inputs, layers.Dense(3, "softmax", dtype="float32")(hidden)), x, y)


def two_fits_and_recompile():
    x, y = data()
    model, first = fitted(dense(8), x, y)
    _, second = fitted(model, x, y, compiled={"optimizer": keras.optimizers.SGD(0.05, clipnorm=1.0)})
    third = model.fit(x, y, epochs=1, verbose=0).history
    return model, {"losses": first["loss"] + second["loss"] + third["loss"]}


def several_inputs_and_outputs():
    rng = np.random.default_rng(0)
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    joined = layers.Concatenate()([layers.Dense(4, "tanh")(a), layers.Dense(4, "tanh")(b)])
    model = keras.Model(
        {"a": a, "b": b}, {"p": layers.Dense(1, name="p")(joined), "q": layers.Dense(1, name="q")(joined)}
    )
    x = {"a": rng.normal(size=(64, 3)), "b": rng.normal(size=(64, 2))}
    y = {"p": x["a"][:, :1], "q": x["b"][:, :1]}
    return fitted(model, x, y, compiled={"loss": {"p": "mse", "q": "mae"}, "loss_weights": {"p": 1.0, "q": 0.3}})


def run_eagerly():
    return fitted(dense(4), *data(48), compiled={"run_eagerly": True}, epochs=1)


def constraint_and_regularizer():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "relu", kernel_constraint="max_norm", kernel_regularizer="l2"),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    return fitted(model, *data(), compiled={"optimizer": keras.optimizers.AdamW(0.01)})


def stopped_early_with_a_falling_rate():
    x, y = data()
    stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=0.02, restore_best_weights=True)
    fall = keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.5)
    decay = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate)
    return fitted(
        dense(16, 8),
        x,
        y,
        epochs=30,
        validation_split=0.2,
        callbacks=[stop, fall, decay],
        compiled=quickly() | {"metrics": ["accuracy"]},
    )


def loop(decorate):
    x, y = data(48)
    model, optimizer = dense(8), keras.optimizers.Adam(0.01)
    loss_of = keras.losses.SparseCategoricalCrossentropy()

    def step(a, b):
        with tf.GradientTape() as tape:
            loss = loss_of(b, model(a, training=True) + 0.01 * tf.random.uniform((3,)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    step = decorate(step)
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(48).batch(16)
    losses = [float(step(a, b)) for _ in range(2) for a, b in pipeline]
    model.optimizer = optimizer
    return model, {"loss": losses}


def tape_eager():
    return loop(lambda step: step)


def tape_in_function():
    return loop(tf.function)


def train_on_batch():
    x, y = data(48)
    model = dense(8)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, {"loss": [float(model.train_on_batch(x[i : i + 16], y[i : i + 16])) for i in (0, 16, 32, 0, 16, 32)]}


def gradients_of_numpy():
    """An evolution strategy: what goes into the optimizer never was a tensor."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(model.trainable_variables)
    model.optimizer = optimizer
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 4)), rng.normal(size=(64, 3))
    losses = []
    for _ in range(12):
        kernel, bias = (np.asarray(variable.numpy(), np.float64) for variable in model.trainable_variables)
        error = x @ kernel + bias - y
        losses.append(float(np.mean(error**2)))
        grads = [x.T @ error / len(x), error.mean(axis=0).astype("float32")]
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
    return model, losses


PROGRAMS = [
    gradients_of_numpy,
    mlp, cnn_with_batchnorm_and_dropout, lstm, lstm_that_keeps_its_state, subclassed_unbuilt, embedding, steps_per_execution,
    gradient_accumulation, moving_average_of_weights, custom_train_step_with_random_ops, pipeline_with_shuffle,
    fits_of_one_reshuffled_pipeline, fits_of_one_generator_with_state, fits_of_one_augmented_dataset,
    weights_and_split, class_weights, mixed_float16, two_fits_and_recompile, several_inputs_and_outputs, run_eagerly,
    constraint_and_regularizer, every_optimizer, warm_restarts_behind_batchnorm, tape_eager, tape_in_function, train_on_batch,
]  # fmt: skip


def state_of(program):
    keras.backend.clear_session()
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(7)
    done = program()
    done = [done] if isinstance(done, tuple) else list(done)
    variables = [each for model, _ in done for each in (*model.variables, *model.optimizer.variables)]
    drawn = (random.random(), np.random.rand(), float(tf.random.uniform(())), float(keras.random.uniform(())))
    return [np.array(ops.convert_to_numpy(each)) for each in variables], [*[history for _, history in done], drawn]


QUICK = (
    mlp,
    subclassed_unbuilt,
    gradient_accumulation,
    custom_train_step_with_random_ops,
    mixed_float16,
    tape_in_function,
)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, id=program.__name__, marks=() if program in QUICK else pytest.mark.slow)
        for program in PROGRAMS
    ],
)
def test_bit_identical(program, watch):
    plain, history = state_of(program)
    with watch() as session:
        guarded, watched_history = state_of(program)
        session.loop.finish()
    assert watched_history == history
    assert len(plain) == len(guarded)
    for before, after in zip(plain, guarded, strict=True):
        np.testing.assert_array_equal(before, after)
    assert session.stories
    assert {story.verdict for story in session.stories} == {Verdict.HEALTHY}
    assert not any(story.warnings for story in session.stories)


DAILY = (
    mlp, cnn_with_batchnorm_and_dropout, gradient_accumulation, custom_train_step_with_random_ops, pipeline_with_shuffle,
    fits_of_one_reshuffled_pipeline, stopped_early_with_a_falling_rate,
)  # fmt: skip
SUSPENDED = (
    *DAILY, data_object_that_draws, data_object_read_by_threads, data_object_that_reorders,
    lstm_that_keeps_its_state, subclassed_unbuilt, embedding, steps_per_execution, moving_average_of_weights,
    weights_and_split, mixed_float16, several_inputs_and_outputs, constraint_and_regularizer, constant_rates_behind_batchnorm,
)  # fmt: skip
SLOWED = (Remedy("lower-learning-rate", {"factor": 0.1}),)


@pytest.mark.parametrize(
    "program",
    [pytest.param(each, id=each.__name__, marks=() if each in DAILY else pytest.mark.whole) for each in SUSPENDED],
)
def test_bit_identical_where_it_was_suspended(program, watch, monkeypatch):
    """Plans are tried from its start, one of them with all of its callbacks; then it goes on where it stood."""
    looks = []

    def given_up(self, bench, judged):
        looks.append(self._stage.calls)
        self._record.attempts = [Attempt((), "baseline", "stable", self._stage.calls, 0.0)]
        for kind, steps in (("probe", 5), ("full", None)):
            bench.attempt(SLOWED, kind=kind, steps=steps)
            self.attempt(SLOWED, kind=kind, steps=steps)
        return Result(None, [])

    monkeypatch.setattr(fit, "looked_at", lambda full: 4)
    sick = judge.Judged(judged([Statements(blind=yes())]), ())
    monkeypatch.setattr(handover.Handover, "judged_so_far", lambda self: sick)
    monkeypatch.setattr(handover.Handover, "changes", lambda self, before: False)
    monkeypatch.setattr(handover.Handover, "given_up", given_up)
    plain, history = state_of(program)
    with watch(repair=True) as session:
        guarded, watched_history = state_of(program)
        session.loop.finish()
    assert looks and looks[0] in (4, 8)  # eight steps in one call
    assert watched_history == history
    for before, after in zip(plain, guarded, strict=True):
        np.testing.assert_array_equal(before, after)
    assert {story.verdict for story in session.stories} == {Verdict.HEALTHY}
    tried = [attempt.kind for attempt in session.stories[0].attempts]
    assert tried[:1] == ["baseline"] and tried.count("full") >= 1 and tried.count("probe") >= 2
