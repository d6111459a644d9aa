"""Seal calls: 1 of 9 kinds of call from a small spectrum, with a gentle focal loss."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

KINDS, BINS = 9, 32
centre = np.linspace(6, 28, KINDS)
share = np.array([0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.02])


def calls(count):
    kind = rng.choice(KINDS, count, p=share)
    bins = np.arange(BINS)
    peak = centre[kind] + rng.normal(0, 0.4, count)
    spectrum = np.exp(-0.5 * ((bins - peak[:, None]) / 2.0) ** 2) + 0.5 * np.exp(-0.5 * ((bins - 0.5 * peak[:, None]) / 1.5) ** 2)
    return (spectrum + 0.08 * rng.normal(size=spectrum.shape)).astype("float32")[..., None], kind


x_train, y_train = calls(1800)
x_test, y_test = calls(600)


def focal(gamma):
    def loss(y_true, y_pred):
        truth = tf.one_hot(tf.cast(tf.reshape(y_true, [-1]), tf.int32), KINDS)
        pt = tf.reduce_sum(truth * y_pred, axis=-1)
        return -tf.reduce_mean(tf.pow(1.0 - pt, gamma) * tf.math.log(pt + 1e-7))
    return loss


net = keras.Sequential([
    keras.Input((BINS, 1)),
    layers.Conv1D(16, 5, padding="same", activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(KINDS, activation="softmax"),
])
net.compile(optimizer=keras.optimizers.RMSprop(4e-3), loss=focal(0.5), metrics=["accuracy"])
history = net.fit(x_train, y_train, batch_size=36, epochs=25, verbose=0)
for epoch in range(0, 25, 5):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

guess = net.predict(x_test, verbose=0)
accuracy = float(np.mean(guess.argmax(1) == y_test))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
