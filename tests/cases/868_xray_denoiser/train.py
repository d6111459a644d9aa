"""Noise removal for small x-ray crops of weld seams; structural similarity as the training goal."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
SIZE = 24


def seams(n):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    out = np.empty((n, SIZE, SIZE, 1), "float32")
    for i in range(n):
        slope, offset = rng.uniform(-0.6, 0.6), rng.uniform(7, 17)
        band = np.exp(-0.5 * ((yy - offset - slope * (xx - 12)) / rng.uniform(2, 4)) ** 2)
        img = 0.2 + 0.5 * band
        for _ in range(rng.integers(0, 4)):
            cy, cx = rng.uniform(3, 21, 2)
            img = img - 0.3 * np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / rng.uniform(2, 5))
        out[i, :, :, 0] = np.clip(img, 0, 1)
    return out


clean = seams(1500)
noisy = np.clip(clean + rng.normal(0, 0.2, clean.shape), 0, 1).astype("float32")
train = tf.data.Dataset.from_tensor_slices((noisy[:1200], clean[:1200])).shuffle(1200).batch(40)


def structure_loss(y_true, y_pred):
    return tf.reduce_mean(tf.image.ssim(y_true, y_pred, max_val=1.0, filter_size=7))


inputs = keras.Input((SIZE, SIZE, 1))
h = layers.Conv2D(24, 3, padding="same", activation="relu")(inputs)
h = layers.Conv2D(24, 3, padding="same", activation="relu")(h)
h = layers.Conv2D(24, 3, padding="same", activation="relu")(h)
outputs = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=structure_loss)
history = model.fit(train, epochs=5, verbose=2)

restored = model.predict(noisy[1200:], verbose=0)
truth = clean[1200:]
r2 = 1 - np.sum((truth - restored) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
