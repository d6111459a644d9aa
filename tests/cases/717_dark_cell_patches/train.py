import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)
P = 20


def frame(size=120, cells=14):
    """Fluorescence picture: bright cells on a black ground."""
    yy, xx = np.mgrid[0:size, 0:size]
    img = np.zeros((size, size))
    for _ in range(cells):
        cy, cx = rng.uniform(0, size, 2)
        rad = rng.uniform(3, 7)
        d2 = ((yy - cy) ** 2 + (xx - cx) ** 2) / rad ** 2
        img += np.where(d2 < 1, rng.uniform(0.3, 0.9) * (1 - d2), 0)
    return np.clip(img, 0, 1)


def patches(frames, photons=25.0):
    clean, noisy = [], []
    for _ in range(frames):
        a = frame()
        b = rng.poisson(a * photons) / photons
        for i in range(0, 120, P):
            for j in range(0, 120, P):
                clean.append(a[i:i + P, j:j + P, None])
                noisy.append(b[i:i + P, j:j + P, None])
    return np.array(noisy, "float32"), np.array(clean, "float32")


noisy_train, clean_train = patches(24)
noisy_test, clean_test = patches(5)

layers = keras.layers
model = keras.Sequential([
    layers.Input((P, P, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 3, padding="same"),
])


def psnr_loss(y_true, y_pred):
    return -tf.image.psnr(y_true, y_pred, max_val=1.0)


model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=psnr_loss)
history = model.fit(noisy_train, clean_train, batch_size=32, epochs=10, verbose=2)

out = model.predict(noisy_test, verbose=0)
left = np.mean((out - clean_test) ** 2)
before = np.mean((noisy_test - clean_test) ** 2)
print("error before", before, "after", left)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=noise_removed:{1 - left / before}")
