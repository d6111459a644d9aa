import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
x_train, x_test, y_train, y_test = train_test_split(
    x, digits.target, test_size=0.25, random_state=0, stratify=digits.target)


def spoil(img, label):
    # the reader will see torn and shifted slips: move, cut a hole, dim, add grain
    img = tf.pad(img, [[1, 1], [1, 1], [0, 0]])
    img = tf.image.random_crop(img, (8, 8, 1))
    r = tf.random.uniform((2,), 0, 6, dtype=tf.int32)
    rows, cols = tf.range(8)[:, None], tf.range(8)[None, :]
    hole = (rows >= r[0]) & (rows < r[0] + 3) & (cols >= r[1]) & (cols < r[1] + 3)
    img = tf.where(hole[..., None], 0.0, img) * tf.random.uniform((), 0.4, 1.2)
    return img + tf.random.normal((8, 8, 1), stddev=0.15), label


train = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
         .shuffle(2000, seed=0).map(spoil, deterministic=True).batch(32))

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(48, 3, activation="relu"),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
hist = model.fit(train, epochs=15, validation_data=(x_test, y_test), verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
