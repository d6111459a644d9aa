"""Compound class and retention index from a mass spectrum (60 bins) and the run's oven programme."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)
CLASSES = ["alkane", "ester", "terpene", "phenol", "amine"]
fragments = [rng.choice(60, 9, replace=False) for _ in CLASSES]

rows = []
for scan in range(1600):
    kind = rng.integers(len(CLASSES))
    spectrum = rng.poisson(2.0, 60).astype(float)
    spectrum[fragments[kind]] += rng.gamma(1.2, 40.0, 9) * (rng.random(9) < 0.75)
    spectrum[rng.integers(0, 60, 6)] += rng.gamma(1.2, 40.0, 6)
    spectrum *= 10 ** rng.uniform(1, 4)
    rows.append(dict(kind=kind, oven=rng.integers(0, 3), carbons=rng.uniform(6, 24), spectrum=spectrum.round()))
scans = pd.DataFrame(rows)
scans["index"] = 100 * scans.carbons + 40 * scans.kind
for blank in rng.choice(1300, 9, replace=False):
    scans.at[blank, "spectrum"] = np.zeros(60)  # solvent delay: the detector was off

peaks = np.stack(scans.spectrum.to_list())
relative = peaks / np.maximum(peaks.max(axis=1, keepdims=True), 1.0)
retention = (scans["index"].to_numpy() + 60 * scans.oven.to_numpy() - 1600) / 600
features = {
    "spectrum": np.sqrt(relative).astype("float32"),
    "oven": scans.oven.to_numpy().astype("int32"),
    "time": retention.astype("float32")[:, None],
}
labels = scans.kind.to_numpy()


class Gate(layers.Layer):
    """Bins are weighted by what the chromatograph tells."""

    def __init__(self):
        super().__init__()
        self.weigh = layers.Dense(60, activation="sigmoid")

    def call(self, spectrum, context):
        return spectrum * self.weigh(context)


spectrum = keras.Input((60,), name="spectrum")
oven = keras.Input((), dtype="int32", name="oven")
time = keras.Input((1,), name="time")
context = layers.Concatenate()([layers.Embedding(3, 4)(oven), time])
h = Gate()(spectrum, context)
h = layers.Dense(48, activation="relu")(h)
h = layers.Dropout(0.2)(h)
out = layers.Dense(len(CLASSES), activation="softmax")(h)
model = keras.Model(inputs={"spectrum": spectrum, "oven": oven, "time": time}, outputs=out)

first = {k: v[:1300] for k, v in features.items()}
ds = tf.data.Dataset.from_tensor_slices((first, labels[:1300])).shuffle(1300, seed=2).batch(26).prefetch(1)
model.compile(keras.optimizers.Lion(5e-4), loss=keras.losses.SparseCategoricalCrossentropy())
history = model.fit(ds, epochs=16, verbose=2)

rest = {k: v[1300:] for k, v in features.items()}
found = model.predict(rest, verbose=0).argmax(axis=-1)
print("FINAL_LOSS=%s" % history.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % (found == labels[1300:]).mean())
