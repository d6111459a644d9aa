"""Route customer messages of a parcel service to one of five desks with a small transformer.
Learning rate schedule with linear warm-up and inverse square root decay."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

VOCAB = 300
LENGTH = 24
DESKS = 5
D_MODEL = 32
BATCH = 32
EPOCHS = 7


def make_messages(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, DESKS, n)
    x = rng.integers(60, VOCAB, (n, LENGTH))
    for i in range(n):
        k = rng.integers(3, 7)
        where = rng.choice(LENGTH, k, replace=False)
        x[i, where] = 1 + y[i] * 10 + rng.integers(0, 12, k)     # neighbours share two words
        x[i, rng.choice(LENGTH, 2, replace=False)] = rng.integers(1, 60, 2)
    return x.astype("int32"), y


class WarmupInverseSqrt(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak=2e-3, warmup_steps=40000):
        self.peak = peak
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1.0
        warmup = tf.cast(self.warmup_steps, tf.float32)
        return self.peak * tf.minimum(step / warmup, tf.sqrt(warmup / step))

    def get_config(self):
        return {"peak": self.peak, "warmup_steps": self.warmup_steps}


class TokenAndPosition(layers.Layer):
    def build(self, input_shape):
        self.tokens = layers.Embedding(VOCAB, D_MODEL)
        self.positions = layers.Embedding(LENGTH, D_MODEL)

    def call(self, x):
        return self.tokens(x) + self.positions(ops.arange(LENGTH))


def build():
    inputs = keras.Input((LENGTH,), dtype="int32")
    x = TokenAndPosition()(inputs)
    a = layers.MultiHeadAttention(4, D_MODEL // 4)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(x + a)
    f = layers.Dense(D_MODEL * 2, activation="relu")(x)
    f = layers.Dense(D_MODEL)(f)
    x = layers.LayerNormalization(epsilon=1e-6)(x + f)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.1)(x)
    return keras.Model(inputs, layers.Dense(DESKS, activation="softmax")(x))


x_train, y_train = make_messages(1300, seed=41)
x_test, y_test = make_messages(600, seed=42)

model = build()
model.compile(optimizer=keras.optimizers.Adam(WarmupInverseSqrt(), beta_2=0.98, epsilon=1e-9),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=BATCH, epochs=EPOCHS, validation_split=0.1, verbose=2)

predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test)}")
