import os
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

d = np.load(os.path.join(os.environ.get("CASE_DATA", "data"), "mnist_t10k.npz"))
labels = d["y"].astype("int64")
x = d["x"].reshape(-1, 784).astype("float32") / 255.0

# the first scanner gave many pictures, the second (darker, noisy) only 300
x_old, y_old = x[:7000], labels[:7000]
x_new = np.clip(0.6 * x[7000:] + rng.normal(0, 0.08, x[7000:].shape), 0, 1).astype("float32")
y_new = labels[7000:]
x_few, y_few, x_test, y_test = x_new[:300], y_new[:300], x_new[300:], y_new[300:]

base = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(12, activation="sigmoid"),
], name="base")
first = keras.Sequential([base, layers.Dense(10, activation="softmax")])
first.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(x_old, y_old, epochs=5, batch_size=64, verbose=2)

features = keras.models.clone_model(base)
features.trainable = False

second = keras.Sequential([features, layers.Dense(10, activation="softmax")])
second.compile(optimizer=keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy",
               metrics=["accuracy"])
hist = second.fit(x_few, y_few, epochs=40, batch_size=32, verbose=2)

acc = float(np.mean(second.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
