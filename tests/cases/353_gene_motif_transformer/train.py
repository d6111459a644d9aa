# Does a stretch of DNA hold the binding motif?  One small transformer block.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

LENGTH, D_MODEL = 40, 32


class NoamSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate of 'Attention is all you need'."""

    def __init__(self, d_model, warmup_steps=25000):
        self.d_model = d_model
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1.0
        return self.d_model ** -0.5 * tf.minimum(step ** -0.5, step * self.warmup_steps ** -1.5)

    def get_config(self):
        return {"d_model": self.d_model, "warmup_steps": self.warmup_steps}


def make_reads(rng, n):
    reads = rng.integers(0, 4, (n, LENGTH))
    label = rng.integers(0, 2, n)
    motif = np.array([2, 0, 2, 2, 0, 2, 1])
    for i in np.flatnonzero(label):
        at = rng.integers(0, LENGTH - len(motif))
        reads[i, at:at + len(motif)] = motif
    return reads, label


rng = np.random.default_rng(4)
x_train, y_train = make_reads(rng, 3000)
x_test, y_test = make_reads(rng, 600)


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=(LENGTH, D_MODEL), initializer="uniform")

    def call(self, x):
        return x + self.table


inputs = keras.Input((LENGTH,), dtype="int32")
x = layers.Embedding(4, D_MODEL)(inputs)
x = Positions()(x)
x = layers.Conv1D(D_MODEL, 7, padding="same", activation="relu")(x)
a = layers.MultiHeadAttention(2, D_MODEL // 2)(x, x)
x = layers.LayerNormalization()(layers.Add()([x, a]))
f = layers.Dense(64, activation="relu")(x)
f = layers.Dense(D_MODEL)(f)
x = layers.LayerNormalization()(layers.Add()([x, f]))
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)

optimizer = keras.optimizers.Adam(NoamSchedule(D_MODEL), beta_1=0.9, beta_2=0.98, epsilon=1e-9)
model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=8, batch_size=50,
                    validation_data=(x_test, y_test), verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test)}")
