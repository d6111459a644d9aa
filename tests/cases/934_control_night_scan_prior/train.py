import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)

# one noisy night scan, no other picture: an untrained decoder is fitted to it from a fixed
# random code and stopped early, before it can follow the noise
SIDE = 64
yy, xx = np.mgrid[:SIDE, :SIDE] / SIDE
clean = 0.25 + 0.3 * ((xx - 0.35) ** 2 + (yy - 0.4) ** 2 < 0.06) + 0.25 * (np.abs(yy - 0.8) < 0.07) + 0.2 * xx
noisy = (clean + rng.normal(0, 0.35, clean.shape)).astype("float32")[None, ..., None]

code = tf.constant(rng.uniform(0, 0.1, (1, 8, 8, 32)).astype("float32"))
net = keras.Sequential([keras.Input((8, 8, 32))])
for f in (32, 24, 16):
    net.add(layers.Conv2D(f, 3, padding="same"))
    net.add(layers.LeakyReLU(0.1))
    net.add(layers.UpSampling2D(interpolation="bilinear"))
net.add(layers.Conv2D(16, 3, padding="same"))
net.add(layers.LeakyReLU(0.1))
net.add(layers.Conv2D(1, 1))
opt = keras.optimizers.Adam(0.01)


@tf.function
def step():
    jitter = tf.random.normal(code.shape, stddev=0.02)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(code + jitter) - noisy))
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


average = np.zeros_like(clean)
for i in range(350):
    loss = step()
    if i % 50 == 0:
        print(i, float(loss))
    if i >= 250:
        average += net(code).numpy()[0, ..., 0] / 100

r2 = 1 - np.mean((average - clean) ** 2) / clean.var()
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=r2_clean:{r2:.4f}")
