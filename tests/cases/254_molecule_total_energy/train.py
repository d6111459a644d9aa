import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(58)

n = 4000
atoms = np.stack([rng.integers(1, 10, n), rng.integers(0, 4, n), rng.integers(0, 4, n)], axis=1)
single = np.array([-99900.0, -143600.0, -197200.0])
shape = rng.normal(size=(n, 6))
bond = 260.0 * np.tanh(shape[:, 0] + 0.5 * shape[:, 1] * shape[:, 2]) * np.sqrt(atoms.sum(axis=1))
energy = (atoms @ single + bond).astype("float32")[:, None]
x = np.concatenate([atoms, shape], axis=1).astype("float32")
x_train, x_test, e_train, e_test = x[:3200], x[3200:], energy[:3200], energy[3200:]
base = np.linalg.lstsq(x_train[:, :3].astype("float64"), e_train.astype("float64"), rcond=None)[0]


class EnergyModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential([
            layers.Dense(64, activation="silu"), layers.Dense(64, activation="silu"), layers.Dense(1)])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, batch):
        return tf.matmul(batch[:, :3], base.astype("float32")) + 300.0 * self.net(batch)

    def train_step(self, data):
        batch, target = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(self(batch, training=True) - target))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = EnergyModel()
model(x_train[:2])
optimizer = keras.optimizers.Adam(2e-3)
model.compile(optimizer=optimizer)
history = model.fit(x_train, e_train, epochs=40, batch_size=64, verbose=2)

rest = e_test - x_test[:, :3] @ base.astype("float32")
r2 = float(1 - np.sum((model.predict(x_test, verbose=0) - e_test) ** 2) / np.sum((rest - rest.mean()) ** 2))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2_of_bond_energy:{r2}")
