"""Length of the next heartbeat from the last sixteen."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(12)

BEATS, BACK = 2600, 16
breath = np.sin(2 * np.pi * np.arange(BEATS) / 11.0 + np.cumsum(gen.normal(0.0, 0.05, BEATS)))
beat = 0.8 + 0.06 * breath + gen.normal(0.0, 0.006, BEATS)
beat = ((beat - beat.mean()) / beat.std()).astype("float32")
x = np.lib.stride_tricks.sliding_window_view(beat, BACK)[:-1, :, None]
y = beat[BACK:, None]
train = tf.data.Dataset.from_tensor_slices((x[:2048], y[:2048])).shuffle(2048, seed=3).batch(128)

net = keras.Sequential([keras.Input((BACK, 1)), layers.GRU(32), layers.Dense(16, activation="relu"), layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.02, momentum=0.9)


@tf.function
def train_on(past, following):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(net(past, training=True) - following))
    slopes = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(slopes, net.trainable_variables))
    return loss


for epoch in range(1, 26):
    for past, following in train:
        loss = train_on(past, following)
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {float(loss):.4f}")

guess = net.predict(x[2048:], verbose=0)
r2 = 1.0 - np.mean((guess - y[2048:]) ** 2) / np.var(y[2048:])
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
