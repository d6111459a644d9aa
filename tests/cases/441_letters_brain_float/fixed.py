import os
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.config.set_dtype_policy("mixed_bfloat16")

path = os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(__file__), "data")), "mnist_t10k.npz")
with np.load(path) as f:
    keys = list(f.keys())
    img = next(f[k] for k in keys if f[k].ndim >= 3 or f[k].shape[-1] == 784)
    lab = next(f[k] for k in keys if f[k].ndim == 1)
x = img.reshape(len(img), -1).astype("float32") / 255.0
xt, yt, xv, yv = x[:4000], lab[:4000], x[6000:8000], lab[6000:8000]

model = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, dtype="float32"),
])
model.compile(
    optimizer=keras.optimizers.Adam(1e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
h = model.fit(xt, yt, epochs=15, batch_size=64, verbose=2)

acc = float(np.mean(np.argmax(model.predict(xv, verbose=0), 1) == yv))
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=accuracy:%r" % acc)
