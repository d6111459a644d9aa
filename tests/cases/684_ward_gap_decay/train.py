"""Drug level in the blood from irregular doses: recurrent cell whose state fades with the gap."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

STEPS, UNITS = 16, 24
HALF_LIFE = 9.0


def patients(n):
    gaps = rng.gamma(1.5, 5.0, (n, STEPS))
    dose = rng.choice([0.0, 0.5, 1.0, 2.0], (n, STEPS))
    level = np.zeros(n)
    for k in range(STEPS):
        level = level * 0.5 ** (gaps[:, k] / HALF_LIFE) + dose[:, k]
    seq = np.stack([dose, gaps], -1).astype("float32")
    return seq, (level + rng.normal(0, 0.05, n)).astype("float32")


x_train, y_train = patients(3000)
x_test, y_test = patients(800)
centre, spread = y_train.mean(), y_train.std()


class DecayCell(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.units = units
        self.state_size = units
        self.gru = layers.GRUCell(units)

    def build(self, shape):
        self.fade = self.add_weight(shape=(1, self.units), initializer="glorot_uniform", name="fade")
        self.shift = self.add_weight(shape=(self.units,), initializer="zeros", name="shift")
        self.gru.build((shape[0], 1))

    def call(self, step, states):
        dose, gap = step[:, :1], step[:, 1:]
        gamma = tf.exp(-(gap * self.fade + self.shift))
        out, new = self.gru(dose, [states[0] * gamma])
        return out, new


inp = keras.Input((STEPS, 2))
h = layers.RNN(DecayCell(UNITS))(inp)
out = layers.Dense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="mse")
hist = model.fit(x_train, (y_train - centre) / spread, batch_size=100, epochs=14, verbose=2)

level = model.predict(x_test, verbose=0)[:, 0] * spread + centre
r2 = 1 - np.mean((level - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
