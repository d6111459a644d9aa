# Which of four machines is running?  Vibration frames -> conv features -> mean and deviation over time -> class.
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)

MACHINES = 4
T = 128


def frames(n, seed):
    r = np.random.default_rng(seed)
    kind = r.integers(0, MACHINES, n)
    t = np.arange(T)[None, :]
    freq = np.array([0.05, 0.09, 0.14, 0.2])[kind][:, None]
    phase = r.uniform(0, 2 * np.pi, (n, 1))
    wob = np.array([0.2, 1.0, 0.5, 1.5])[kind][:, None]
    a = np.sin(2 * np.pi * freq * t + phase) * r.uniform(0.5, 1.5, (n, 1)) + r.normal(0, 0.6, (n, T))
    b = wob * r.normal(0, 0.5, (n, T)) + 0.5 * a
    return np.stack([a, b], axis=-1).astype("float32"), kind


class StatisticsPooling(layers.Layer):
    """Concatenates the mean and the standard deviation of every channel over the frames."""

    def call(self, x):
        mu = ops.mean(x, axis=1)
        var = ops.mean(ops.square(x - ops.expand_dims(mu, 1)), axis=1)
        sigma = ops.sqrt(var + 1e-6)
        return ops.concatenate([mu, sigma], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 2 * input_shape[-1])


X, y = frames(1600, 10)
Xt, yt = frames(600, 11)

m = keras.Sequential([keras.Input((T, 2))])
for filters, width, step in ((24, 7, 2), (32, 5, 2), (48, 3, 1)):
    m.add(layers.Conv1D(filters, width, strides=step, padding="same", activation="relu"))
m.add(StatisticsPooling())
m.add(layers.Dense(32, activation="tanh"))
m.add(layers.Dense(MACHINES))
m.compile(
    optimizer=keras.optimizers.Adamax(0.005),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
h = m.fit(X, y, batch_size=40, epochs=12, verbose=2)

pred = np.argmax(m.predict(Xt, verbose=0), axis=-1)
print("FINAL_LOSS=%s" % h.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % (pred == yt).mean())
