import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

# 30 readings of a press: temperature, force, oil, trigger; wanted is a mix of
# temperature and force at the moment of the strongest trigger signal
n, t = 3000, 30
seq = rng.normal(0, 1, (n, t, 4)).astype("float32")
peak = rng.integers(0, t, n)
seq[np.arange(n), peak, 3] += 5.0
at = seq[np.arange(n), peak]
y = (0.8 * at[:, 0] - 0.6 * at[:, 1] + 0.05 * rng.normal(0, 1, n)).astype("float32")
xtr, xte, ytr, yte = seq[:2400], seq[2400:], y[:2400], y[2400:]


class AttentionPool(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.hidden = layers.Dense(units, activation="tanh")
        self.score = layers.Dense(1)
        self.value = layers.Dense(units)

    def call(self, x):
        e = self.score(self.hidden(x))
        a = tf.nn.softmax(e)
        return tf.reduce_sum(a * self.value(x), axis=1)


inp = keras.Input((t, 4))
h = AttentionPool(24)(inp)
h = layers.Dense(16, activation="relu")(h)
out = layers.Dense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")

ds = tf.data.Dataset.from_tensor_slices((xtr, ytr)).shuffle(2400, seed=0).batch(64)
hist = model.fit(ds, epochs=25, verbose=2)

pred = model.predict(xte, verbose=0).ravel()
r2 = 1 - ((yte - pred) ** 2).sum() / ((yte - yte.mean()) ** 2).sum()
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
