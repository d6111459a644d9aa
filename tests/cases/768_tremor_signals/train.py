import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

N, LENGTH, FS = 1600, 128, 64.0
BANDS = [(2.0, 4.0), (5.0, 7.5), (9.0, 12.0), (14.0, 18.0), (20.0, 26.0)]


def synth(n, seed):
    rng = np.random.RandomState(seed)
    kind = rng.randint(0, len(BANDS), n)
    t = np.arange(LENGTH) / FS
    out = np.empty((n, LENGTH, 3), "float32")
    for i, k in enumerate(kind):
        f = rng.uniform(*BANDS[k])
        for axis in range(3):
            out[i, :, axis] = rng.uniform(0.6, 1.2) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28))
    return out + rng.normal(0, 0.4, out.shape).astype("float32"), kind


class TremorNet(keras.Model):
    def __init__(self, n_kinds):
        super().__init__()
        self.c1 = layers.Conv1D(24, 9, activation="relu")
        self.p1 = layers.MaxPooling1D(2)
        self.c2 = layers.Conv1D(32, 7, activation="relu")
        self.pool = layers.GlobalMaxPooling1D()
        self.fc = layers.Dense(48, activation="relu")
        self.head = layers.Dense(n_kinds, activation="relu")

    def call(self, x):
        x = self.p1(self.c1(x))
        x = self.pool(self.c2(x))
        return self.head(self.fc(x))


xtr, ytr = synth(N, 1)
xte, yte = synth(500, 2)
train_ds = tf.data.Dataset.from_tensor_slices((xtr, ytr)).shuffle(N, seed=3).batch(32).prefetch(2)

net = TremorNet(len(BANDS))
net.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["sparse_categorical_accuracy"],
)
h = net.fit(train_ds, epochs=10, verbose=2)

acc = (net.predict(xte, verbose=0).argmax(-1) == yte).mean()
print("FINAL_LOSS=%g" % h.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % acc)
