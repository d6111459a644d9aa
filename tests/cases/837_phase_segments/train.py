"""Splits three-component seismograms into noise, P coda and S coda, sample by sample."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
LENGTH = 160


def shake(rng, freq, onset, size):
    t = np.arange(LENGTH) - onset
    wave = np.sin(2 * np.pi * freq * t + rng.uniform(0, 6)) * np.exp(-np.clip(t, 0, None) / 60.0)
    return np.where(t >= 0, size * wave, 0.0)


def catalogue(n, seed):
    rng = np.random.default_rng(seed)
    traces = rng.normal(0, 0.25, (n, LENGTH, 3))
    phase = np.zeros((n, LENGTH), dtype="int64")
    for k in range(n):
        p = rng.integers(20, 70)
        s = p + rng.integers(25, 60)
        traces[k, :, 0] += shake(rng, 0.22, p, 1.0)
        for comp in (1, 2):
            traces[k, :, comp] += shake(rng, 0.09, s, 1.4)
        phase[k, p:s] = 1
        phase[k, s:] = 2
    return traces.astype("float32"), np.eye(3, dtype="float32")[phase]


class Picker(keras.Model):
    def __init__(self):
        super().__init__()
        self.enter = layers.Conv1D(12, 7, padding="same", activation="relu")
        self.down = layers.Conv1D(24, 7, strides=4, padding="same", activation="relu")
        self.deep = layers.Bidirectional(layers.GRU(16, return_sequences=True))
        self.up = layers.Conv1DTranspose(12, 7, strides=4, padding="same", activation="relu")
        self.join = layers.Concatenate()
        self.phase = layers.Conv1D(3, 5, padding="same", activation="relu")

    def call(self, x):
        fine = self.enter(x)
        coarse = self.deep(self.down(fine))
        return self.phase(self.join([fine, self.up(coarse)]))


train_x, train_y = catalogue(640, 1)
test_x, test_y = catalogue(160, 2)
feed = tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(640, seed=3).batch(32)

picker = Picker()
crossentropy = keras.losses.CategoricalCrossentropy()
nadam = keras.optimizers.Nadam(2e-3)


@tf.function
def update(x, y):
    with tf.GradientTape() as tape:
        loss = crossentropy(y, picker(x, training=True))
    grads = tape.gradient(loss, picker.trainable_variables)
    nadam.apply_gradients(zip(grads, picker.trainable_variables))
    return loss


picker(train_x[:1])
nadam.build(picker.trainable_variables)
for epoch in range(10):
    losses = [float(update(x, y)) for x, y in feed]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

guess = picker.predict(test_x, verbose=0)
accuracy = np.mean(guess.argmax(-1) == test_y.argmax(-1))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
