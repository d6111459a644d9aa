import numpy as np
import keras
from keras import layers, ops
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

source = rng.normal(size=(2600, 24)).astype("float32")
mixing = rng.normal(size=(24, 24))
target = np.tanh(source @ mixing / 4).astype("float32") + 0.1 * rng.normal(size=(2600, 24)).astype("float32")


class Translator(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(96, activation="gelu")
        self.project = layers.Dense(24)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.project(self.hidden(x))

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            guess = self(x, training=True)
            loss = ops.mean(1.0 - keras.losses.cosine_similarity(y, guess, axis=-1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = Translator()
model.compile(optimizer=keras.optimizers.AdamW(2e-3))
history = model.fit(source[:2200], target[:2200], epochs=15, batch_size=64, verbose=2)

guess = model.predict(source[2200:], verbose=0)
truth = target[2200:]
cosine = np.mean(np.sum(guess * truth, 1) / (np.linalg.norm(guess, axis=1) * np.linalg.norm(truth, axis=1)))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=cosine:{cosine}")
