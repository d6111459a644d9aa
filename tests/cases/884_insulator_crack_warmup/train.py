"""Tapping test of porcelain insulators: the ring of a sound one, a hairline crack, or a loose cap."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)
STEPS, PATCH = 128, 8


def ring(n):
    kind = rng.integers(0, 3, n)
    t = np.arange(STEPS)[None, :] / STEPS
    pitch = np.array([22.0, 17.0, 22.0])[kind][:, None] + rng.normal(0, 1.2, (n, 1))
    decay = np.array([3.0, 3.5, 8.0])[kind][:, None] * rng.uniform(0.85, 1.15, (n, 1))
    x = np.exp(-decay * t) * np.sin(2 * np.pi * pitch * t + rng.uniform(0, 6.28, (n, 1)))
    x = x + 0.15 * rng.normal(size=x.shape)
    return (x / x.std()).reshape(n, STEPS // PATCH, PATCH).astype("float32"), kind


x_train, y_train = ring(2560)
x_test, y_test = ring(800)

PEAK, WARMUP = 1e-3, 500
counter = {"step": 0}


def current_rate():
    """Linear warm-up to the peak, then constant."""
    return PEAK * min(1.0, (counter["step"] + 1) / WARMUP)


class CountSteps(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        counter["step"] += 1


def block(h, dim):
    a = layers.LayerNormalization()(h)
    a = layers.MultiHeadAttention(2, dim // 2)(a, a)
    h = layers.Add()([h, a])
    f = layers.LayerNormalization()(h)
    f = layers.Dense(2 * dim, activation="gelu")(f)
    return layers.Add()([h, layers.Dense(dim)(f)])


inp = keras.Input((STEPS // PATCH, PATCH))
h = layers.Dense(32)(inp)
h = block(h, 32)
h = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(h))
model = keras.Model(inp, layers.Dense(3, activation="softmax")(h))

optimizer = keras.optimizers.Adam(learning_rate=current_rate)
model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, batch_size=32, epochs=12, validation_split=0.1,
                 callbacks=[CountSteps()], verbose=2)
print("steps done:", counter["step"], "rate now:", current_rate())

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
