# Moths per trap night: a Poisson rate that depends on the site, times the effort (nights that the trap was out).
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
r = np.random.default_rng(19)
N = 2400
altitude = r.uniform(150, 2300, N)  # metres
temperature = 24 - 0.006 * altitude + r.normal(0, 3, N)
rain = r.gamma(2.0, 220.0, N)  # mm in the year
moon = r.uniform(0, 100, N)  # per cent lit
effort = r.integers(1, 8, N).astype("float32")
true_rate = np.exp(0.4 + 0.11 * (temperature - 12) - 0.008 * moon + 0.5 * np.sin(rain / 200.0))
catch = r.poisson(true_rate * effort).astype("float32")

site = np.column_stack([altitude, temperature, rain, moon]).astype("float32")
fit, held = slice(0, 1900), slice(1900, N)
site = (site - site[fit].mean(axis=0)) / site[fit].std(axis=0)


class TrapModel(keras.Model):
    def __init__(self, width):
        super().__init__()
        self.a = keras.layers.Dense(width, activation="relu")
        self.b = keras.layers.Dense(width, activation="relu")
        self.eta = keras.layers.Dense(1)

    def call(self, inputs):
        place, nights = inputs
        eta = self.eta(self.b(self.a(place)))[:, 0]
        return eta + tf.math.log(nights)


moths = TrapModel(32)
adam = keras.optimizers.Adam(2e-3)


def poisson_nll(log_mu, y):
    return tf.reduce_mean(tf.exp(log_mu) - y * log_mu)


@tf.function
def update(x, n, y):
    with tf.GradientTape() as tape:
        nll = poisson_nll(moths((x, n)), y)
    w = moths.trainable_variables
    adam.apply(tape.gradient(nll, w), w)
    return nll


nights = tf.data.Dataset.from_tensor_slices((site[fit], effort[fit], catch[fit])).shuffle(1900, seed=1).batch(50)
for epoch in range(30):
    mean = keras.metrics.Mean()
    for batch in nights:
        mean.update_state(update(*batch))
    if epoch % 5 == 4:
        print(f"{epoch + 1:3d} nll {float(mean.result()):.4f}")

expected = np.exp(moths((site[held], effort[held])).numpy()) / effort[held]
r2 = 1 - np.mean((expected - true_rate[held]) ** 2) / true_rate[held].var()
print(f"FINAL_LOSS={float(mean.result())}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
