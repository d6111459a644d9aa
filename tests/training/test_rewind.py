"""A repair inside `fit` ends with the very model that a fresh training with the plan from the start gives."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from autostable.records import Verdict
from autostable.training.rewind import ObjectState, RandomState, VariableState, untracked


def data(rows=96):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, x.sum(axis=1, keepdims=True).astype("float32")


def high_rate():
    x, y = data()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(50.0), "mse")
    return model, x, y


def dropout_and_shuffling():
    x, y = data()
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(16, "relu"), layers.Dropout(0.2), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(30.0), "mse")
    return model, x, y


class Unbuilt(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.out = layers.Dense(8, "relu"), layers.Dropout(0.1), layers.Dense(1)

    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(x), training=training))


def subclassed_unbuilt():
    x, y = data()
    model = Unbuilt()
    model.compile(keras.optimizers.SGD(30.0), loss=lambda a, b: ops.mean(ops.square(a - b)))
    return model, x, y


def shuffled_pipeline():
    x, y = data()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(5.0), "mse")
    return model, tf.data.Dataset.from_tensor_slices((x, y)).shuffle(96).batch(16), None


def pipeline_of_python():
    model, _, _ = shuffled_pipeline()
    x, y = data()
    signature = tuple(tf.TensorSpec(part.shape[1:], tf.float32) for part in (x, y))
    made = tf.data.Dataset.from_generator(lambda: zip(x, y, strict=True), output_signature=signature)
    return model, made.shuffle(96).batch(16), None


def run(program):
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    model, x, y = program()
    history = model.fit(x, y, epochs=4, batch_size=None if y is None else 16, verbose=0)
    variables = [*model.variables, *model.optimizer.variables]
    after = (random.random(), float(np.random.rand()), tf.random.uniform(()).numpy())
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables], history.history, after


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [high_rate, dropout_and_shuffling, subclassed_unbuilt, shuffled_pipeline, pipeline_of_python],
    ids=lambda f: f.__name__,
)
def test_live_repair_equals_fresh_training(program, watch):
    with watch(repair=True) as session:
        live, history, after = run(program)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED, story
    with watch(plans={"0": story.plan}) as session:
        fresh, again, later = run(program)
    assert again == history
    for one, other in zip(live, fresh, strict=True):
        np.testing.assert_array_equal(one, other)
    assert after == later


class Rows(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.x = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
        self.y = np.random.default_rng(1).integers(0, 2, 96)
        self.order = np.arange(96)

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = self.order[16 * index : 16 * (index + 1)]
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


@pytest.mark.slow
def test_a_look_at_a_fit_that_learns_nothing_leaves_all_as_it_ended(watch):
    def program():
        keras.utils.set_random_seed(5)
        model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.SGD(1e-2), "binary_crossentropy")
        rows, stop = Rows(), keras.callbacks.EarlyStopping("loss", patience=7, min_delta=10.0)
        history = model.fit(rows, epochs=12, verbose=0, callbacks=[stop])
        held = (rows.order.tolist(), stop.stopped_epoch, stop.best, model.stop_training, model.history is history)
        return held, history.history, draws(), model.fit(rows, epochs=1, verbose=0).history

    plain = program()
    with watch(repair=True) as session:
        assert program() == plain
    first, _ = session.stories
    assert first.verdict is Verdict.HEALTHY
    print(first.notes, first.attempts[0].learning)
    assert any("nothing in these inputs" in note.lower() or "was left as it was" in note for note in first.notes)


def draws():
    return random.random(), np.random.rand(), tf.random.uniform(()).numpy(), float(keras.random.uniform(()))


def test_random_states_go_back():
    keras.utils.set_random_seed(3)
    draws()
    own = np.random.default_rng(1)

    class Holder:
        rng = None

    holder = Holder()
    holder.rng = own
    state = RandomState([holder])
    first = *draws(), own.random()
    state.restore()
    assert (*draws(), own.random()) == first


def test_generator_made_later_is_forgotten():
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    state = RandomState()
    first = draws()
    state.restore()
    assert draws() == first


def test_variables_and_objects_go_back():
    variable = keras.Variable([1.0, 2.0])
    callback = keras.callbacks.EarlyStopping()
    callback.seen = [1]
    variables, objects = VariableState([variable]), ObjectState([callback])
    variable.assign([5.0, np.nan])
    callback.seen.append(2)
    callback.later = True
    variables.restore()
    objects.restore()
    np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])
    assert callback.seen == [1]
    assert not hasattr(callback, "later")


class Gathering(keras.Model):
    """Gathers gradients in variables of TensorFlow's that Keras does not count among its own."""

    def __init__(self):
        super().__init__()
        self.network = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
        self.gathered = {"sums": [tf.Variable(tf.zeros(v.shape)) for v in self.network.trainable_variables]}
        self.batches = tf.Variable(0)

    def call(self, x):
        return self.network(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self.network(x, training=True)))
        gradients = tape.gradient(loss, self.network.trainable_variables)
        for total, gradient in zip(self.gathered["sums"], gradients):
            total.assign_add(gradient)
        self.batches.assign_add(1)
        tf.cond(self.batches % 3 == 0, self.move, lambda: None)
        return {"loss": loss}

    def move(self):
        self.optimizer.apply_gradients(zip(self.gathered["sums"], self.network.trainable_variables))
        for total in self.gathered["sums"]:
            total.assign(tf.zeros_like(total))


@pytest.mark.slow
def test_variables_that_keras_does_not_count_are_put_back(stories):
    """What a failed run left in them would fail every plan in its first step."""
    x, y = data()
    model = Gathering()
    aside = untracked(model)
    assert len(aside) == 5 and all(isinstance(variable, tf.Variable) for variable in aside)
    model.compile(keras.optimizers.SGD(5.0), "mse")
    (story,) = stories(lambda: model.fit(x, y, epochs=30, batch_size=8, shuffle=False, verbose=0), repair=True)
    assert story.verdict is Verdict.REPAIRED and story.symptom.step > 0
    assert all(np.isfinite(attempt.loss_first) and "step 0" not in attempt.why for attempt in story.attempts[1:])
    assert not untracked(keras.Sequential([keras.Input((4,)), layers.Dense(1)]))
