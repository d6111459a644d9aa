"""Recurrent layers that keep their state from batch to batch."""

import keras
import numpy as np
from keras import layers

from autostable.records import Code, Verdict
from autostable.training import seams


class Anew(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.layers[0].reset_states()


def test_what_they_have_learnt_is_asked_of_each_batch_anew(stories):
    """A softmax over one unit behind one that is reset by the script: judged with what other batches left, no plan cures it."""

    def program():
        keras.utils.set_random_seed(0)
        x = np.random.default_rng(0).normal(size=(400, 6, 2)).astype("float32")
        y = (x[:, :, 0].sum(axis=1) > 0).astype("float32")
        recurrent = layers.LSTM(12, stateful=True)
        model = keras.Sequential([keras.Input(batch_shape=(40, 6, 2)), recurrent, layers.Dense(1, "softmax")])
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        model.fit(x, y, epochs=20, batch_size=40, verbose=0, callbacks=[Anew()])

    (story,) = stories(program, repair=True)
    assert (story.verdict, story.causes[0].code) == (Verdict.REPAIRED, Code.OUTPUT_ACTIVATION_MISMATCH)
    assert [each.name for each in story.plan] == ["fix-output-activation"]


def test_states_are_put_to_zero():
    recurrent = layers.GRU(3, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(2, 4, 1)), recurrent])
    model(np.ones((2, 4, 1), "float32"))
    assert np.abs(recurrent.states[0].numpy()).max() > 0
    seams.forget_sequences(model)
    assert np.abs(recurrent.states[0].numpy()).max() == 0
    seams.forget_sequences(lambda x: x)  # a step's own function, which stands for a model
