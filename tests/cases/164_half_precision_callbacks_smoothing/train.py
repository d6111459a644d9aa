"""Mixed precision, explicit loss scaling, label smoothing, and callbacks that cut the rate and stop early."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
keras.mixed_precision.set_global_policy("mixed_float16")

d = load_digits()
x = (d.data / 16).astype("float32")
y = keras.utils.to_categorical(d.target, 10)
mix = np.random.default_rng(5).permutation(len(x))
x, y = x[mix], y[mix]

model = keras.Sequential([
    keras.Input((64,)),
    keras.layers.Dense(64, activation="gelu"),
    keras.layers.BatchNormalization(),
    keras.layers.Dense(32, activation="gelu"),
    keras.layers.Dense(10, activation="softmax", dtype="float32"),
])
scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.AdamW(3e-3, weight_decay=1e-3, clipnorm=1.0), initial_scale=2.0 ** 18, dynamic_growth_steps=60)
model.compile(scaled, keras.losses.CategoricalCrossentropy(label_smoothing=0.2), metrics=["accuracy"])
hist = model.fit(
    x[:1300], y[:1300], validation_data=(x[1300:1500], y[1300:1500]), batch_size=50, epochs=40, verbose=2,
    callbacks=[keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.3, min_lr=1e-6, verbose=1),
               keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True, verbose=1)],
)
acc = model.evaluate(x[1500:], y[1500:], verbose=0)[1]
print("final loss scale", float(scaled.dynamic_scale.numpy()))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
