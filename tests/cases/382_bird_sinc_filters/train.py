"""Name the bird from the raw waveform, with a first layer of learned band-pass filters
(each filter has only two parameters: lower edge and band width)."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

RATE = 4000.0
LENGTH = 800


def make_calls(n, seed):
    rng = np.random.default_rng(seed)
    bands = [(300, 420), (600, 760), (950, 1150), (1400, 1650)]
    t = np.arange(LENGTH) / RATE
    x = np.empty((n, LENGTH, 1), "float32")
    y = rng.integers(0, 4, n)
    for i in range(n):
        lo, hi = bands[y[i]]
        f = rng.uniform(lo, hi) + rng.uniform(-30, 30) * np.sin(2 * np.pi * rng.uniform(3, 8) * t)
        call = np.sin(2 * np.pi * np.cumsum(f) / RATE + rng.uniform(0, 6.28))
        centre = rng.uniform(0.05, 0.15)
        call *= np.exp(-((t - centre) / 0.03) ** 2)
        x[i, :, 0] = call * rng.uniform(0.6, 1.4) + rng.normal(0, 0.25, LENGTH)
    return x, y


class BandPass(layers.Layer):
    def __init__(self, filters, width=65, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.width = width

    def build(self, input_shape):
        edges = np.linspace(60, RATE / 2 - 300, self.filters).astype("float32") / RATE
        self.low = self.add_weight(name="low", shape=(self.filters,),
                                   initializer=lambda shape, dtype=None: ops.convert_to_tensor(edges))
        self.band = self.add_weight(name="band", shape=(self.filters,),
                                    initializer=keras.initializers.Constant(150.0 / RATE))
        half = self.width // 2
        self.n = np.arange(-half, half + 1, dtype="float32")[:, None]
        self.window = np.hamming(self.width).astype("float32")[:, None]

    def low_pass(self, cutoff):
        ideal = ops.sin(2 * np.pi * cutoff * self.n) / (np.pi * self.n)
        return ops.where(self.n == 0, 2 * cutoff, ideal)

    def call(self, x):
        low = ops.abs(self.low)
        high = low + ops.abs(self.band)
        kernel = (self.low_pass(high) - self.low_pass(low)) * self.window
        return ops.conv(x, kernel[:, None, :], strides=2, padding="same")


x_train, y_train = make_calls(1000, seed=31)
x_test, y_test = make_calls(400, seed=32)

model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    BandPass(16),
    layers.Lambda(ops.square),            # energy in each band
    layers.AveragePooling1D(50),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=8, validation_split=0.1, verbose=2)

predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test)}")
