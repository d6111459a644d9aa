"""Finds the three coloured markers of a swimmer (shoulder, elbow, wrist) in small frames."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
SIZE, JOINTS = 28, 3


def film(frames, seed):
    rng = np.random.default_rng(seed)
    shoulder = rng.uniform(2, SIZE - 2, (frames, 2))
    away = rng.random(frames) < 0.05  # swimmer has left the picture
    shoulder[away] += 60
    a, b = rng.uniform(0, 2 * np.pi, (2, frames))
    elbow = shoulder + 9 * np.stack([np.cos(a), np.sin(a)], 1)
    wrist = elbow + 8 * np.stack([np.cos(b), np.sin(b)], 1)
    joints = np.stack([shoulder, elbow, wrist], axis=1)
    gy, gx = np.mgrid[:SIZE, :SIZE]
    far = (gx[None, ..., None] - joints[:, None, None, :, 0]) ** 2 + (gy[None, ..., None] - joints[:, None, None, :, 1]) ** 2
    frame = np.exp(-far / 6.0) + rng.normal(0, 0.05, far.shape)
    inside = np.all((joints >= 0) & (joints < SIZE), axis=-1)
    place = np.where(inside[..., None], joints / SIZE, 0.0)
    return frame.astype("float32"), np.concatenate([place, inside[..., None]], axis=-1).astype("float32")


def visible_joint_loss(truth, guess):
    seen = truth[..., 2]
    miss = tf.reduce_sum(tf.square(truth[..., :2] - guess), axis=-1)
    return tf.reduce_sum(seen * miss, axis=-1) / tf.maximum(tf.reduce_sum(seen, axis=-1), 1.0)


camera = keras.Input((SIZE, SIZE, 3))
z = camera
for width in (16, 32):
    z = layers.Conv2D(width, 3, padding="same", activation="relu")(z)
    z = layers.MaxPooling2D()(z)
z = layers.Flatten()(z)
z = layers.Dense(96, activation="relu")(z)
z = layers.Dense(JOINTS * 2)(z)
pose = keras.Model(camera, layers.Reshape((JOINTS, 2))(z))
pose.compile(optimizer=keras.optimizers.AdamW(1e-3), loss=visible_joint_loss)

x, y = film(1600, seed=7)
stream = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1600, seed=0).batch(40).prefetch(2)
log = pose.fit(stream, epochs=14, verbose=2)

x_test, y_test = film(400, seed=8)
found = pose.predict(x_test, verbose=0)
pixels = SIZE * np.linalg.norm(found - y_test[..., :2], axis=-1)[y_test[..., 2] > 0]
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=within_3px:{np.mean(pixels < 3.0):.4f}")
