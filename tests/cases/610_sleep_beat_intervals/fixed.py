import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

MAX_BEATS = 40


def strip(irregular):
    n = rng.integers(18, MAX_BEATS + 1)
    base = rng.uniform(620, 1150)
    if irregular:
        beats = base * rng.lognormal(0, 0.13, n)
    else:
        breath = 0.06 * np.sin(2 * np.pi * np.arange(n) / rng.uniform(4, 7) + rng.uniform(0, 6))
        beats = base * (1 + breath) * rng.lognormal(0, 0.035, n)
        extra = rng.integers(0, n - 1)
        beats[extra] *= 0.65
        beats[extra + 1] *= 1.3
    return beats


def make(n):
    label = rng.integers(0, 2, n)
    strips = [strip(k) for k in label]
    x = keras.utils.pad_sequences(strips, maxlen=MAX_BEATS, dtype="float32", padding="post")
    return x[..., None], label.astype("float32")


class BeatRatio(layers.Layer):
    """Every interval relative to the one before it, the first one counts as 1."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x):
        ratio = ops.divide_no_nan(x[:, 1:], x[:, :-1])
        first = ops.ones_like(x[:, :1])
        return (ops.concatenate([first, ratio], axis=1) - 1.0) * 5.0


x_train, y_train = make(1200)
x_val, y_val = make(500)

inputs = keras.Input((MAX_BEATS, 1))
h = layers.Masking(mask_value=0.0)(inputs)
h = BeatRatio()(h)
h = layers.GRU(24)(h)
outputs = layers.Dense(1, activation="sigmoid")(h)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer=keras.optimizers.Adamax(5e-3),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(
    x_train, y_train,
    validation_data=(x_val, y_val),
    epochs=8,
    batch_size=32,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=3)],
    verbose=2,
)

p = model.predict(x_val, verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean((p > 0.5) == (y_val > 0.5)):.6f}")
