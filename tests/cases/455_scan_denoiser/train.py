import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

here = os.path.dirname(os.path.abspath(__file__))
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(here, "data")), "mnist_t10k.npz"))
key = [k for k in data.files if data[k].ndim >= 2][0]
scans = data[key].reshape(-1, 28, 28, 1)[:2400]

SIGMA = 25
rng = np.random.default_rng(1)
test8 = scans[2000:].astype("float32")
test_clean = test8 / 255.0
test_noisy = ((test8 + SIGMA * rng.normal(size=test8.shape)) / 255.0).astype("float32")

train_clean = scans[:2000].astype("float32") / 255.0


def corrupt(img):
    noise = tf.random.normal(tf.shape(img), stddev=SIGMA)
    return img + noise, img


ds = (tf.data.Dataset.from_tensor_slices(train_clean)
      .shuffle(2000, seed=0)
      .map(corrupt)
      .batch(32)
      .prefetch(2))

inp = keras.Input((28, 28, 1))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
for _ in range(2):
    h = layers.Conv2D(16, 3, padding="same", activation="relu")(h)
residual = layers.Conv2D(1, 3, padding="same")(h)
out = layers.Subtract()([inp, residual])
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = model.fit(ds, epochs=4, verbose=2)

pred = model.predict(test_noisy, verbose=0)
rmse = float(np.sqrt(np.mean((pred - test_clean) ** 2)))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=rmse:%f" % rmse)
