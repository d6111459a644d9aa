"""Six spoken commands (synthetic chirps), accumulated gradients and averaged weights."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)


def digest(values):
    blob = b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in values)
    return hashlib.sha256(blob).hexdigest()


N, WORDS = 512, 6
START = np.array([0.05, 0.05, 0.12, 0.12, 0.20, 0.20])
END = np.array([0.05, 0.14, 0.12, 0.04, 0.20, 0.10])


def utterance(word):
    f = np.linspace(START[word], END[word], N) * rng.uniform(0.92, 1.08)
    tone = np.sin(2 * np.pi * np.cumsum(f) + rng.uniform(0, 6.3))
    window = np.exp(-(((np.arange(N) - rng.uniform(180, 330)) / 110.0) ** 2))
    return rng.uniform(0.4, 1.0) * tone * window + rng.normal(0, 0.5, N)


y = rng.integers(0, WORDS, 1600)
x = np.stack([utterance(w) for w in y]).astype("float32")[..., None]
x_train, y_train, x_test, y_test = x[:1200], y[:1200], x[1200:], y[1200:]

model = keras.Sequential([
    keras.Input((N, 1)),
    layers.Conv1D(24, 32, strides=4, activation="relu"),
    layers.Conv1D(32, 9, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(WORDS),
])
opt = keras.optimizers.AdamW(
    learning_rate=8e-3,
    weight_decay=1e-4,
    gradient_accumulation_steps=8,
    use_ema=True,
    ema_momentum=0.98,
    ema_overwrite_frequency=None,
    loss_scale_factor=1024.0,
)
model.compile(opt, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
hist = model.fit(x_train, y_train, batch_size=16, epochs=16, verbose=2)
opt.finalize_variable_values(model.trainable_variables)

acc = float((model.predict(x_test, verbose=0).argmax(1) == y_test).mean())
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
