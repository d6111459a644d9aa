import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

rows = load_breast_cancer().data
train, test = train_test_split(rows, test_size=0.25, random_state=4)
scaler = StandardScaler().fit(train)
train, test = scaler.transform(train).astype("float32"), scaler.transform(test).astype("float32")
WIDTH = train.shape[1]


class GapFiller(keras.Model):
    """Hides some measurements of a biopsy and guesses them from the others."""

    def __init__(self, hidden=64, code=16, hide=0.25):
        super().__init__()
        self.hide = hide
        self.seed = keras.random.SeedGenerator(9)
        self.net = keras.Sequential([
            layers.Dense(hidden, activation="relu"),
            layers.Dense(code, activation="relu"),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(WIDTH),
        ])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, inputs):
        values, shown = inputs
        return self.net(ops.concatenate([values * shown, shown], axis=-1))

    def train_step(self, values):
        draw = keras.random.uniform(ops.shape(values), seed=self.seed)
        shown = ops.cast(draw > self.hide, "float32")
        with tf.GradientTape() as tape:
            guess = self([values, shown])
            hidden = 1.0 - shown
            loss = ops.sum(hidden * ops.square(guess - values)) / ops.sum(hidden)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


filler = GapFiller()
filler.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.1))
table = tf.data.Dataset.from_tensor_slices(train).shuffle(500, seed=0).batch(32)
log = filler.fit(table, epochs=60, verbose=2)

shown = (np.random.default_rng(1).random(test.shape) > 0.25).astype("float32")
guess = ops.convert_to_numpy(filler([test, shown]))
gone = shown == 0
r2 = 1 - np.mean((guess[gone] - test[gone]) ** 2) / test[gone].var()
print("FINAL_LOSS=%f" % log.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
