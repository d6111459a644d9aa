"""Infrared soil spectra -> four laboratory values.  Not every sample had every lab test."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(77)

BANDS, PROPS = 60, 4
names = ["carbon", "nitrogen", "clay", "ph"]


def spectra(n):
    latent = rng.normal(size=(n, PROPS))
    mixing = np.stack([np.exp(-((np.arange(BANDS) - c) / 8.0) ** 2) for c in (8, 22, 37, 51)])
    s = latent @ mixing + 0.3 * np.tanh(latent[:, :1] * latent[:, 1:2]) + rng.normal(0, 0.1, (n, BANDS))
    lab = latent + 0.15 * latent ** 2 + rng.normal(0, 0.1, (n, PROPS))
    return s.astype("float32"), lab.astype("float32")


X, Y = spectra(3200)
X_test, Y_test = spectra(800)
# lab tests that were not ordered come as empty cells
Y[rng.random(Y.shape) < 0.25] = np.nan


class SoilNet(keras.Model):
    def __init__(self, width=64):
        super().__init__()
        self.body = keras.Sequential([
            keras.layers.Dense(width, activation="gelu"),
            keras.layers.Dense(width, activation="gelu"),
        ])
        self.heads = keras.layers.Dense(PROPS)

    def call(self, x):
        return self.heads(self.body(x))


def panel_loss(lab, guess):
    diff = guess - tf.where(tf.math.is_nan(lab), guess, lab)
    sq = tf.square(diff)
    return tf.reduce_mean(sq)


net = SoilNet()
optimizer = keras.optimizers.AdamW(learning_rate=2e-3, weight_decay=1e-4)
batches = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(3200, seed=1).batch(64, drop_remainder=True)


@tf.function
def update(x, lab):
    with tf.GradientTape() as tape:
        loss = panel_loss(lab, net(x, training=True))
    g = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(g, net.trainable_variables))
    return loss


for epoch in range(25):
    running = 0.0
    for n, (x, lab) in enumerate(batches, start=1):
        running += (float(update(x, lab)) - running) / n
    if epoch % 6 == 0:
        print("epoch", epoch, "loss", running)

guess = net(X_test, training=False).numpy()
r2 = 1 - ((guess - Y_test) ** 2).sum(0) / ((Y_test - Y_test.mean(0)) ** 2).sum(0)
print(dict(zip(names, r2.round(3))))
print(f"FINAL_LOSS={running}")
print(f"FINAL_METRIC=r2:{r2.mean()}")
