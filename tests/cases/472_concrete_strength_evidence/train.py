import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

# mixes in kg per cubic metre, age in days, strength in psi
n = 1500
cement = rng.uniform(150, 500, n)
water = rng.uniform(130, 230, n)
ash = rng.uniform(0, 180, n)
age = rng.choice([3.0, 7, 14, 28, 56, 90], n)
strength = 14 * np.log(age) * (cement + 0.3 * ash) / (2.2 * water) / 1.6 + 2 * rng.normal(size=n)
X = np.stack([cement, water, ash, age], 1)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
y = (145.0 * strength).astype("float32")[:, None]
Xtr, ytr, Xte, yte = X[:1200], y[:1200], X[1200:], y[1200:]


class NormalGamma(keras.layers.Layer):
    """Four numbers of the evidential output: gamma, nu, alpha, beta."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        gamma, nu, alpha, beta = tf.split(self.dense(x), 4, axis=-1)
        evidence = tf.exp
        return gamma, evidence(nu), evidence(alpha) + 1.0, evidence(beta)


def nig_nll(y, gamma, nu, alpha, beta):
    omega = 2.0 * beta * (1.0 + nu)
    return tf.reduce_mean(
        0.5 * tf.math.log(np.pi / nu)
        - alpha * tf.math.log(omega)
        + (alpha + 0.5) * tf.math.log(nu * tf.square(y - gamma) + omega)
        + tf.math.lgamma(alpha) - tf.math.lgamma(alpha + 0.5))


inp = keras.Input((4,))
h = keras.layers.Dense(64, activation="relu")(inp)
h = keras.layers.Dense(64, activation="relu")(h)
model = keras.Model(inp, NormalGamma()(h))
opt = keras.optimizers.Adam(0.005)
ds = tf.data.Dataset.from_tensor_slices((Xtr, ytr)).shuffle(1200, seed=0).batch(32)


@tf.function
def step(x, t):
    with tf.GradientTape() as tape:
        gamma, nu, alpha, beta = model(x, training=True)
        loss = nig_nll(t, gamma, nu, alpha, beta)
        loss += 0.01 * tf.reduce_mean(tf.abs(t - gamma) * (2.0 * nu + alpha))
    tf.debugging.assert_all_finite(loss, "loss is not a number")
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(150):
    losses = [float(step(x, t)) for x, t in ds]
    if epoch % 25 == 24:
        print(epoch + 1, np.mean(losses))

gamma = model.predict(Xte, verbose=0)[0]
r2 = 1 - np.mean((gamma - yte) ** 2) / np.var(yte)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
