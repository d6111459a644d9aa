"""Several moods for one song, trained on pairs of a mood that fits and one that does not."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(37)

n, columns, moods = 2600, 30, 7
x = rng.normal(size=(n, columns)).astype("float32")
score = np.tanh(x @ rng.normal(size=(columns, 12)) / 4.0) @ rng.normal(size=(12, moods))
y = (score + 0.3 * rng.normal(size=score.shape) > np.quantile(score, 0.62, axis=0)).astype("float32")
x_train, x_test, y_train, y_test = x[:2000], x[2000:], y[:2000], y[2000:]


def pairwise(y_true, y_pred):
    fits, others = y_true, 1.0 - y_true
    gap = y_pred[:, :, None] - y_pred[:, None, :]
    pair = fits[:, :, None] * others[:, None, :]
    sums = tf.reduce_sum(pair * tf.exp(-gap), axis=[1, 2])
    return tf.reduce_mean(sums / tf.maximum(tf.reduce_sum(fits, 1) * tf.reduce_sum(others, 1), 1.0))


net = keras.Sequential([
    keras.Input((columns,)),
    layers.Dense(64, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(moods, activation="tanh"),
])
net.compile(optimizer=keras.optimizers.Adagrad(0.05), loss=pairwise)
data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=6).batch(32).prefetch(2)
history = net.fit(data, epochs=25, verbose=0)
for epoch in range(0, 25, 6):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

guess = net.predict(x_test, verbose=0)
right = total = 0.0
for s, t in zip(guess, y_test):
    gap = s[t == 1][:, None] - s[t == 0][None, :]
    right += float((gap > 0).sum())
    total += gap.size
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=pairs_in_order:{right / total:.6f}")
