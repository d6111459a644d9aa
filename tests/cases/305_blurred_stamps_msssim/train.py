import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(305)

size, n = 48, 500
yy, xx = np.mgrid[0:size, 0:size]
sharp = np.zeros((n, size, size, 1), "float32")
for i in range(n):
    img = np.full((size, size), 0.1)
    for _ in range(rng.integers(2, 5)):
        cy, cx = rng.integers(8, size - 8, 2)
        h, w = rng.integers(3, 10, 2)
        tone = rng.uniform(0.3, 1.0)
        if rng.random() < 0.5:
            img[cy - h:cy + h, cx - w:cx + w] = tone
        else:
            img[((yy - cy) / h) ** 2 + ((xx - cx) / w) ** 2 < 1] = tone
    sharp[i, :, :, 0] = img
kernel = np.ones((5, 5, 1, 1), "float32") / 25
blurred = tf.nn.conv2d(sharp, kernel, 1, "SAME").numpy()
blurred += rng.normal(0, 0.03, blurred.shape).astype("float32")


def ms_ssim_loss(y_true, y_pred):
    score = tf.image.ssim_multiscale(y_true, y_pred, 1.0, power_factors=(0.2, 0.3, 0.5), filter_size=7)
    return 1.0 - tf.reduce_mean(score)


model = keras.Sequential([
    keras.Input((size, size, 1)),
    layers.Conv2D(16, 5, padding="same", activation="relu"),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=ms_ssim_loss, metrics=["mae"])
history = model.fit(blurred[:400], sharp[:400], epochs=8, batch_size=20, verbose=2)

restored = model.predict(blurred[400:], verbose=0)
psnr = -10 * np.log10(np.mean((restored - sharp[400:]) ** 2))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=psnr:{psnr}")
