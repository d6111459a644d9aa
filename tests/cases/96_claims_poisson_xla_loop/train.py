"""Frequency of insurance claims: Poisson regression with a loop of our own."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)
n = 4000
age = rng.uniform(18, 85, n)
power = rng.normal(95, 25, n).clip(40, 220)
mileage = rng.gamma(4.0, 3500.0, n)
X = np.stack([age, power, mileage], axis=1).astype("float32")
true_rate = np.exp(-1.2 + 0.02 * (40 - age) + 0.01 * (power - 95) + 0.05 * (mileage / 1000 - 14))
claims = rng.poisson(true_rate).astype("float32")

w = tf.Variable(tf.zeros([3]))
b = tf.Variable(0.0)
optimizer = keras.optimizers.SGD(learning_rate=0.05)


@tf.function(jit_compile=True)
def update(features, counts):
    with tf.GradientTape() as tape:
        eta = tf.linalg.matvec(features, w) + b
        rate = tf.exp(eta)
        loss = tf.reduce_mean(rate - counts * eta)
    dw, db = tape.gradient(loss, [w, b])
    optimizer.apply_gradients([(dw, w), (db, b)])
    return loss


optimizer.build([w, b])
order = np.arange(n)
for epoch in range(40):
    rng.shuffle(order)
    losses = [float(update(tf.constant(X[rows]), tf.constant(claims[rows]))) for rows in np.split(order, 40)]
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.5f}")

rate = np.exp(X @ w.numpy() + b.numpy())
r2 = 1 - np.mean((rate - true_rate) ** 2) / np.var(true_rate)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
