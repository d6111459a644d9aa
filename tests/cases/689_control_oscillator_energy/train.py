"""Ground state of a particle in a harmonic well: minimise the Rayleigh quotient."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def digest(values):
    blob = b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in values)
    return hashlib.sha256(blob).hexdigest()


class Well(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([
            layers.Dense(24, activation="tanh"),
            layers.Dense(24, activation="tanh"),
            layers.Dense(1),
        ])
        self.energy = keras.metrics.Mean(name="loss")

    def call(self, x):
        return tf.exp(-0.1 * x**2) * self.body(x)

    @property
    def metrics(self):
        return [self.energy]

    def train_step(self, x):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                psi = self(x, training=True)
            slope = inner.gradient(psi, x)
            kinetic = 0.5 * tf.reduce_mean(slope**2)
            potential = tf.reduce_mean(0.5 * x**2 * psi**2)
            energy = (kinetic + potential) / tf.reduce_mean(psi**2)
        grads = outer.gradient(energy, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.energy.update_state(energy)
        return {"loss": self.energy.result()}


def places():
    rng = np.random.default_rng(4)
    while True:
        yield rng.uniform(-7, 7, (400, 1)).astype("float32")


points = tf.data.Dataset.from_generator(
    places, output_signature=tf.TensorSpec((400, 1), tf.float32))

model = Well()
model.compile(optimizer=keras.optimizers.Adam(3e-3))
hist = model.fit(points, steps_per_epoch=60, epochs=25, verbose=2)

x = np.linspace(-7, 7, 561, dtype="float32")[:, None]
psi = model.predict(x, verbose=0)[:, 0].astype("float64")
psi /= np.sqrt((psi**2).sum())
exact = np.exp(-x[:, 0].astype("float64") ** 2 / 2)
exact /= np.sqrt((exact**2).sum())
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=overlap:{abs((psi * exact).sum()):.4f}")
