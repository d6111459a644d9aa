"""Height of maize (cm) from features of a photo. Correlation is what the breeders report."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)


def plots(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 8))
    height = 30 + 6 * np.tanh(x[:, 0] + x[:, 1]) + 3 * x[:, 2] * (x[:, 3] > 0) + 2 * np.sin(2 * x[:, 4])
    return x.astype("float32"), (height + rng.normal(0, 0.8, n)).astype("float32")


x, y = plots(3000, 1)
x_test, y_test = plots(1000, 2)

model = keras.Sequential(
    [keras.Input((8,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
)
optimizer = keras.optimizers.Adam(3e-3)


def agreement(true, pred):
    t, p = true - tf.reduce_mean(true), pred - tf.reduce_mean(pred)
    covariance = tf.reduce_mean(t * p)
    shift = tf.square(tf.reduce_mean(true) - tf.reduce_mean(pred))
    return 2 * covariance / (tf.reduce_mean(t * t) + tf.reduce_mean(p * p) + shift + 1e-6)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = 1.0 - agreement(yb, tf.squeeze(model(xb, training=True), 1))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(3000, seed=2).batch(100, drop_remainder=True)
for epoch in range(40):
    losses = [float(step(xb, yb)) for xb, yb in batches]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

pred = model.predict(x_test, verbose=0).ravel()
r2 = 1 - np.mean((pred - y_test) ** 2) / y_test.var()
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
