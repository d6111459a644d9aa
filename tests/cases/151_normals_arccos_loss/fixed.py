"""Denoise surface normals: eight neighbours in, the true normal out."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def scan(n):
    true = unit(rng.normal(size=(n, 3)))
    noisy = unit(true[:, None, :] + 0.35 * rng.normal(size=(n, 8, 3)))
    # a third of the points come from the reference scanner and are exact
    exact = rng.random(n) < 0.33
    noisy[exact] = true[exact, None, :]
    return noisy.astype("float32"), true.astype("float32")


def angular_error(true_normal, predicted_normal):
    cosine = ops.sum(true_normal * predicted_normal, axis=-1)
    return ops.mean(ops.arccos(ops.clip(cosine, -1 + 1e-6, 1 - 1e-6)))


patches, normals = scan(3000)
test_patches, test_normals = scan(600)

patch = keras.Input((8, 3))
mean_normal = layers.GlobalAveragePooling1D()(patch)
h = layers.Dense(64, activation="relu")(layers.Flatten()(patch))
h = layers.Dense(64, activation="relu")(h)
# start from the mean of the neighbours and learn a correction
correction = layers.Dense(3, kernel_initializer="zeros")(h)
raw = layers.Add()([mean_normal, correction])
normal = layers.UnitNormalization(axis=-1)(raw)
denoiser = keras.Model(patch, normal)
denoiser.compile(optimizer=keras.optimizers.Adam(1e-3), loss=angular_error)
run = denoiser.fit(patches, normals, epochs=20, batch_size=64, verbose=2)

out = denoiser.predict(test_patches, verbose=0)
degrees = np.degrees(np.arccos(np.clip((out * test_normals).sum(-1), -1, 1))).mean()
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=degrees:{degrees:.4f}")
