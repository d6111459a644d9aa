"""Tasting club: 400 members, 60 bottles, marks from 1 to 5; most cells of the sheet are empty."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
MEMBERS, BOTTLES, TASTES = 400, 60, 3

rng = np.random.default_rng(8)
like = 3 + rng.normal(size=(MEMBERS, TASTES)) @ rng.normal(size=(TASTES, BOTTLES)) * 0.7
marks = pd.DataFrame(np.clip(np.round(like), 1, 5))
tasted = rng.random(marks.shape) < 0.35
hidden = tasted & (rng.random(marks.shape) < 0.15)
sheet = marks.where(tasted & ~hidden)
age = rng.uniform(25, 70, MEMBERS)


class AutoRec(keras.Model):
    """A member's row goes in, a full row comes out."""

    def __init__(self):
        super().__init__()
        self.squeeze = layers.Dense(24, activation="tanh")
        self.drop = layers.Dropout(0.3)
        self.widen = layers.Dense(BOTTLES)

    def call(self, inputs, training=False):
        row, age = inputs
        known = tf.cast(~tf.math.is_nan(row), tf.float32)
        row = tf.where(known > 0, row - 3.0, tf.zeros_like(row))
        h = self.squeeze(tf.concat([self.drop(row, training=training), known, age], axis=1))
        return 3.0 + self.widen(h)

    def train_step(self, data):
        (inputs,) = data
        row = inputs[0]
        known = tf.cast(~tf.math.is_nan(row), tf.float32)
        with tf.GradientTape() as tape:
            error = known * tf.square(self(inputs, training=True) - row)
            loss = tf.reduce_sum(error) / tf.reduce_sum(known)
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        return {"rmse": tf.sqrt(loss), "loss": loss}


rows = sheet.to_numpy("float32")
ages = ((age - age.mean()) / age.std()).astype("float32")[:, None]
club = AutoRec()
club.compile(optimizer=keras.optimizers.Adam(0.01, beta_1=0.8))
diary = club.fit(tf.data.Dataset.from_tensors(0).repeat(20).flat_map(
    lambda _: tf.data.Dataset.from_tensor_slices(((rows, ages),)).shuffle(MEMBERS).batch(40)
).map(lambda pair: (pair,)), epochs=4, verbose=2)

filled = club.predict((rows, ages), verbose=0)
truth = marks.to_numpy()[hidden]
r2 = 1 - np.mean((filled[hidden] - truth) ** 2) / truth.var()
print(f"FINAL_LOSS={float(diary.history['loss'][-1])}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
