"""Arousal ratings (scale 1 to 9) of short speech clips from frame features."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

FRAMES, FEATS = 40, 12


def make_clips(n):
    arousal = np.clip(rng.normal(5.2, 1.5, n), 1, 9)
    tempo = rng.uniform(0.6, 1.4, n)
    t = np.arange(FRAMES)[None, :] / FRAMES
    clips = rng.normal(0, 0.6, (n, FRAMES, FEATS))
    level = (arousal[:, None] - 5.0) / 2.0
    clips[:, :, 0] += level * (0.6 + 0.4 * np.sin(6.28 * 2 * tempo[:, None] * t))
    clips[:, :, 3] += 0.7 * np.tanh(level)
    clips[:, :, 7] += 0.5 * level ** 2
    return clips.astype("float32"), arousal.astype("float32")


x_train, y_train = make_clips(2400)
x_val, y_val = make_clips(400)
x_test, y_test = make_clips(600)


def correlation_loss(y_true, y_pred):
    y_true = ops.reshape(y_true, (-1,))
    y_pred = ops.reshape(y_pred, (-1,))
    dt = y_true - ops.mean(y_true)
    dp = y_pred - ops.mean(y_pred)
    cov = ops.mean(dt * dp)
    r = cov / (ops.sqrt(ops.mean(dt ** 2) * ops.mean(dp ** 2)) + 1e-6)
    return 1.0 - r


inp = layers.Input((FRAMES, FEATS))
h = layers.Conv1D(24, 5, activation="relu", padding="same")(inp)
h = layers.MaxPooling1D(2)(h)
h = layers.Conv1D(32, 5, activation="relu", padding="same")(h)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=correlation_loss)

hist = model.fit(x_train, y_train, validation_data=(x_val, y_val),
                 batch_size=64, epochs=18, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print("mean rating", y_test.mean(), "mean prediction", pred.mean())
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
