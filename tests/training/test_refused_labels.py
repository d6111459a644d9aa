"""Labels that TensorFlow or Keras refuses with an exception: diagnosed and repaired where they suit another loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import autostable
from autostable.records import Code, Verdict
from autostable.training.session import Unstable

pytestmark = pytest.mark.slow


def classified(labels, loss):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.Adam(0.02), loss)
    model.fit(x, labels((x[:, 0] > 0).astype("int64") + (x[:, 1] > 0)), epochs=10, batch_size=32, verbose=0)
    return model


@pytest.mark.parametrize(
    ("labels", "loss", "wanted"),
    [
        (lambda numbers: numbers, "categorical_crossentropy", "sparse_categorical_crossentropy"),
        (lambda numbers: np.eye(3)[numbers], "sparse_categorical_crossentropy", "categorical_crossentropy"),
    ],
    ids=["class numbers", "one-hot"],
)
def test_a_loss_for_labels_of_the_other_kind(stories, labels, loss, wanted):
    (story,) = stories(lambda: classified(labels, loss), repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert story.causes[0].code is Code.LOSS_MISMATCH
    assert [(step.name, step.parameters["loss"]) for step in story.plan] == [("swap-loss", wanted)]


class Own(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=self(x)))  # refused
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def test_rows_without_a_label_in_a_step_of_ones_own(stories):
    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
        y = np.where(x[:, 2] > 0, -1, (x[:, 0] > 0).astype("int32") + (x[:, 1] > 0))
        inputs = keras.Input((4,))
        model = Own(inputs, layers.Dense(3)(layers.Dense(16, "relu")(inputs)))
        model.compile(optimizer=keras.optimizers.Adam(0.02))
        model.fit(x, y, epochs=4, batch_size=32, verbose=0)

    (story,) = stories(program, repair=True)
    assert story.verdict is Verdict.REPAIRED
    assert story.causes[0].code is Code.LABELS_OUT_OF_RANGE
    assert story.causes[0].site.source.endswith("# refused")
    assert [(step.name, dict(step.parameters)) for step in story.plan] == [("remap-labels", {"keep": [0, 2]})]


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy"])
def test_shapes_that_no_loss_explains_are_the_programs_own_error(stories, loss):
    def program():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
        model.compile("sgd", loss)
        model.fit(np.zeros((8, 4)), np.zeros((8, 2)), verbose=0)

    with pytest.raises(ValueError, match=r"must be equal|same shape"):
        stories(program, repair=True)


def pixels(void, **weights):
    """Each pixel's class is told by its value; a border of another number is drawn where nobody knows it."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(96, 6, 6, 1)).astype("float32")
    y = np.digitize(x[..., 0], [-0.5, 0.5])
    unknown = np.random.default_rng(1).random(y.shape) < 0.4
    y = np.where(unknown, void, y)
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(8, 1, activation="relu"), layers.Conv2D(3, 1, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x, y, sample_weight=np.where(unknown, 0.0, 1.0) if weights else None, epochs=12, batch_size=16, verbose=0)
    return model.get_weights()


@pytest.mark.parametrize("void", [255, -1])
def test_labels_of_pixels_that_nobody_knows_count_for_nothing(stories, void):
    found = []
    (story,) = stories(lambda: found.extend(pixels(void)), repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_OUT_OF_RANGE)
    assert [(step.name, dict(step.parameters)) for step in story.plan] == [("remap-labels", {"ignore": [0, 2]})]
    for ours, by_hand in zip(found, pixels(0, weights=True), strict=True):
        np.testing.assert_array_equal(ours, by_hand)


@pytest.mark.parametrize("compiled", [True, False], ids=["NaN under XLA", "refused"])
def test_labels_without_an_output_in_a_loop_count_for_nothing(stories, compiled):
    """Nobody says what of a step's arguments are labels: the operation does."""

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(320, 6, 4)).astype("float32")
        y = np.where(x[:, :, 2] > 1, 255, (x[:, :, 0] > 0).astype("int32") + (x[:, :, 1] > 0))
        model = keras.Sequential([keras.Input((6, 4)), layers.Dense(16, "relu"), layers.Dense(3)])
        loss_of, optimizer = keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.optimizers.Adam(0.02)

        @tf.function(jit_compile=compiled)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_of(y, model(x, training=True))  # refused
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            return loss

        optimizer.build(model.trainable_variables)
        for _ in range(8):
            for at in range(0, 320, 32):
                step(tf.constant(x[at : at + 32]), tf.constant(y[at : at + 32]))

    (story,) = stories(program, repair=True)
    assert story.verdict is Verdict.UNREPAIRED and story.asks_fresh  # a loop is repaired by the next process
    assert story.causes[0].code is Code.LABELS_OUT_OF_RANGE and "255" in story.causes[0].evidence
    assert story.finding.site.source.endswith("# refused")


def field_book(traced, head, weight=0.0):
    """Class numbers as in a field book, from 1, beside a share; a step of one's own."""

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
        y = 1 + (x[:, 0] > 0).astype("int32") + (x[:, 1] > 0)
        inputs = keras.Input((4,))
        hidden = layers.Dense(24, "relu")(inputs)
        model = keras.Model(inputs, [layers.Dense(3, head)(hidden), layers.Dense(1)(hidden)])
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=head is None)
        optimizer = keras.optimizers.Adam(0.02)

        def step(x, y):
            with tf.GradientTape() as tape:
                kinds, share = model(x, training=True)
                loss = loss_of(y, kinds) + weight * tf.reduce_mean(tf.square(share[:, 0] - x[:, 2]))  # refused
            optimizer.apply(tape.gradient(loss, model.trainable_variables[:4]), model.trainable_variables[:4])
            return loss

        step = tf.function(step) if traced else step
        for _ in range(8):
            for at in range(0, 640, 32):
                step(tf.constant(x[at : at + 32]), tf.constant(y[at : at + 32]))
        right.append(float(np.mean(np.argmax(model(x)[0], axis=1) == y)))

    right = []
    return program, right


@pytest.mark.parametrize(("traced", "head"), [(True, "softmax"), (True, None), (False, "softmax"), (False, None)])
def test_class_numbers_from_one_in_a_loop_get_an_output_more(traced, head):
    program, right = field_book(traced, head)
    report = autostable.run(program)
    assert (report.verdict, report.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_OUT_OF_RANGE)
    assert [(step.name, dict(step.parameters)) for step in report.plan] == [("remap-labels", {"offset": 1, "width": 3})]
    assert right[-1] > 0.95


def test_what_eager_code_is_refused_is_told_at_the_end_of_the_program(watch):
    """No step was ever finished: the exception that ends the program is all there is."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    with watch(repair=True) as session:
        with pytest.raises(tf.errors.InvalidArgumentError) as refused, tf.GradientTape():
            labels = tf.constant([0, 1, 255])
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=model(tf.ones((3, 4))))  # refused
        with pytest.raises(Unstable):
            session.loop.finish(refused.value)
        session.loop.finish(ValueError("something else"))
    (story,) = session.stories
    assert story.causes[0].code is Code.LABELS_OUT_OF_RANGE and story.asks_fresh
    assert story.causes[0].site.source.endswith("# refused")


@pytest.mark.parametrize("built", [True, False])
def test_class_numbers_from_one_by_train_on_batch(built):
    right = []

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(640, 4)).astype("float32")
        y = 1 + (x[:, 0] > 0).astype("int32") + (x[:, 1] > 0)
        model = keras.Sequential(
            [*([keras.Input((4,))] if built else []), layers.Dense(24, "relu"), layers.Dense(3, "softmax")]
        )
        model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
        for at in [*range(0, 640, 32)] * 8:
            model.train_on_batch(x[at : at + 32], y[at : at + 32])
        right.append(float(np.mean(np.argmax(model.predict_on_batch(x), axis=1) == y)))

    report = autostable.run(program)
    assert (report.verdict, report.causes[0].code) == (Verdict.REPAIRED, Code.LABELS_OUT_OF_RANGE)
    assert [(step.name, step.parameters["offset"]) for step in report.plan] == [("remap-labels", 1)]
    assert right[-1] > 0.95
