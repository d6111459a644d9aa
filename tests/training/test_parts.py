"""Models whose own step calls their parts past the model's call: inputs are rescaled where the batch enters."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

RAW = (np.random.default_rng(0).normal(size=(512, 6)) * 3000 + 9000).astype("float32")
TARGET = (((RAW - 9000) / 3000) @ np.ones((6, 1)) / 3).astype("float32")


class InParts(keras.Model):
    """An encoder and a head that the step calls one after the other; `call` is for those who use it."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = keras.Sequential([layers.Dense(16, "relu")]), keras.Sequential([layers.Dense(1)])

    def call(self, x):
        return self.head(self.encoder(x))

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.head(self.encoder(x)) - y))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.slow
def test_inputs_are_rescaled_where_the_batch_enters_a_part(stories):
    kept = {}

    def program():
        keras.utils.set_random_seed(0)
        model = kept["model"] = InParts()
        model.compile(keras.optimizers.SGD(0.01))
        model.fit(RAW, TARGET, epochs=12, batch_size=32, verbose=0)
        guess, by_hand = model.predict(RAW, verbose=0), model.head(model.encoder(RAW)).numpy()
        kept["errors"] = [float(np.mean(np.square(each - TARGET))) for each in (guess, by_hand)]

    (story,) = stories(program, repair=True)
    assert story.verdict == "repaired", story.symptom
    assert [step.name for step in story.plan] == ["rescale-inputs"]
    assert story.causes[0].code == "data-unscaled-inputs" and story.causes[0].state == "proven"
    assert max(kept["errors"]) < 0.1, "by the model's call and by its parts"
