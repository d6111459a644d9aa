"""Continuous emotion annotation: predict the valence trace of a clip from face features.
Trained on the correlation of each trace, as the raters use the slider differently."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

STEPS = 40
FEATURES = 6


def make_clips(n, seed, still=0.03):
    rng = np.random.default_rng(seed)
    t = np.arange(STEPS) / STEPS
    mix = np.random.default_rng(5).normal(size=(3, FEATURES))
    x = np.empty((n, STEPS, FEATURES))
    y = np.empty((n, STEPS, 1))
    for i in range(n):
        mood = sum(rng.normal() * np.sin(2 * np.pi * (f * t + rng.uniform())) for f in (1, 2, 3))
        head = np.cumsum(rng.normal(0, 0.15, STEPS))
        smile = np.tanh(mood)
        x[i] = np.stack([smile, head, smile * 0.5 + head * 0.5], 1) @ mix
        y[i, :, 0] = rng.uniform(0.3, 1.0) * mood
        if rng.uniform() < still:      # the rater never touched the slider
            y[i, :, 0] = 0.0
    x += rng.normal(0, 0.4, x.shape)
    return x.astype("float32"), y.astype("float32")


def correlation_loss(y_true, y_pred):
    a = y_true - ops.mean(y_true, axis=1, keepdims=True)
    b = y_pred - ops.mean(y_pred, axis=1, keepdims=True)
    covariance = ops.sum(a * b, axis=1)
    spread = ops.sqrt(ops.sum(a * a, axis=1) * ops.sum(b * b, axis=1))
    return 1.0 - covariance / spread


def mean_correlation(model, x, y):
    p = model.predict(x, verbose=0)[:, :, 0]
    y = y[:, :, 0]
    p = p - p.mean(1, keepdims=True)
    y = y - y.mean(1, keepdims=True)
    return float(np.mean((p * y).sum(1) / (np.linalg.norm(p, axis=1) * np.linalg.norm(y, axis=1) + 1e-9)))


x_train, y_train = make_clips(600, seed=21)
x_val, y_val = make_clips(120, seed=22)
x_test, y_test = make_clips(200, seed=23, still=0.0)

model = keras.Sequential([
    keras.Input((STEPS, FEATURES)),
    layers.Conv1D(16, 5, padding="same", activation="tanh"),
    layers.GRU(24, return_sequences=True),
    layers.TimeDistributed(layers.Dense(1)),
])
model.compile(optimizer=keras.optimizers.Adam(8e-3), loss=correlation_loss)
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=32, epochs=4, verbose=2)

print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation:{mean_correlation(model, x_test, y_test)}")
