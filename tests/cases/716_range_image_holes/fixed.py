import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
H = W = 24


class RangeImages(keras.utils.PyDataset):
    """Depth pictures (0..1) with holes where the beam got no echo, and the full picture."""

    def __init__(self, batches, batch_size, seed, **kw):
        super().__init__(**kw)
        self.batches, self.batch_size, self.seed = batches, batch_size, seed

    def __len__(self):
        return self.batches

    def __getitem__(self, k):
        r = np.random.default_rng((self.seed, k))
        yy, xx = np.mgrid[0:H, 0:W] / H
        full = np.empty((self.batch_size, H, W, 1), "float32")
        for i in range(self.batch_size):
            a, b, c = r.uniform(-0.4, 0.4), r.uniform(-0.4, 0.4), r.uniform(0.35, 0.65)
            img = c + a * (xx - 0.5) + b * (yy - 0.5)
            x0, y0, w, h = r.integers(0, 14), r.integers(0, 14), r.integers(5, 10), r.integers(5, 10)
            img[y0:y0 + h, x0:x0 + w] -= r.uniform(0.15, 0.3)
            full[i, :, :, 0] = img
        echo = (r.random(full.shape) > 0.25).astype("float32")
        return np.concatenate([full * echo, echo], axis=-1), full


def squared_error(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred))


inputs = keras.Input((H, W, 2))
x = layers.Conv2D(16, 5, padding="same", activation="relu")(inputs)
x = layers.Conv2D(16, 5, padding="same", activation="relu")(x)
x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
outputs = layers.Conv2D(1, 3, padding="same")(x)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=squared_error)
hist = model.fit(RangeImages(40, 16, 1), epochs=8, verbose=2)

x_test, full_test = RangeImages(1, 200, 99)[0]
repaired = model.predict(x_test, verbose=0)
hole = x_test[..., 1:] == 0
err = np.mean((repaired[hole] - full_test[hole]) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2_in_holes:{1 - err / np.var(full_test[hole])}")
