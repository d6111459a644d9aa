"""Short audio frames: rising chirp, falling chirp, steady tone or two tones at once."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
SAMPLES, LEVELS, CHANNELS = 128, 9, 12


def record(n, rng):
    t = np.arange(SAMPLES) / SAMPLES
    what = rng.integers(4, size=n)
    f = rng.uniform(8, 12, size=(n, 1))
    bend = np.select([what == 0, what == 1], [8.0, -8.0], 0.0)[:, None]
    start = f - bend / 2
    wave = np.sin(2 * np.pi * (start * t + bend * t**2 / 2) + rng.uniform(0, 6.28, (n, 1)))
    other = np.sin(2 * np.pi * (2.6 * f) * t + rng.uniform(0, 6.28, (n, 1)))
    wave = np.where((what == 3)[:, None], 0.6 * wave + 0.6 * other, wave)
    wave = wave + rng.normal(0, 0.1, wave.shape)
    return wave[..., None].astype("float32"), what.astype("int32")


class Filter(tf.Module):
    def __init__(self, taps, fan_in, fan_out, stride, name):
        super().__init__(name=name)
        self.w = tf.Variable(keras.initializers.HeNormal()((taps, fan_in, fan_out)), name="w")
        self.b = tf.Variable(tf.zeros([fan_out]), name="b")
        self.stride = stride

    def __call__(self, x):
        return tf.sigmoid(tf.nn.conv1d(x, self.w, self.stride, "SAME") + self.b)


class Ear(tf.Module):
    def __init__(self):
        super().__init__(name="ear")
        widths = [1] + [CHANNELS] * LEVELS
        self.filters = [
            Filter(5, a, b, 2 if k % 3 == 0 else 1, f"filter{k}") for k, (a, b) in enumerate(zip(widths, widths[1:]))
        ]
        cells = SAMPLES // 8 * CHANNELS
        self.out = tf.Variable(keras.initializers.GlorotUniform()((cells, 4)), name="out")

    def __call__(self, x):
        for f in self.filters:
            x = f(x)
        return tf.reshape(x, [tf.shape(x)[0], -1]) @ self.out


rng = np.random.default_rng(40)
x, y = record(1600, rng)
x_new, y_new = record(400, rng)
ear = Ear()
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.RMSprop(5e-4)


@tf.function
def train(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, ear(x))
    optimizer.apply(tape.gradient(loss, ear.trainable_variables), ear.trainable_variables)
    return loss


for epoch in range(15):
    mean = keras.metrics.Mean()
    for i in range(0, len(x), 32):
        mean.update_state(train(tf.constant(x[i : i + 32]), tf.constant(y[i : i + 32])))
    print("epoch", epoch, "loss", float(mean.result()))

hits = np.mean(np.argmax(ear(x_new).numpy(), axis=1) == y_new)
print(f"FINAL_LOSS={float(mean.result())}")
print(f"FINAL_METRIC=accuracy:{hits:.4f}")
