import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)

# forest plots: cover type 1..7 follows elevation and moisture, with soil group as a category
g = np.random.default_rng(2)
n = 7000
cover = g.integers(1, 8, n)
frame = pd.DataFrame({
    "elevation": 1900 + 230 * cover + g.normal(0, 120, n),
    "slope": np.abs(g.normal(8 + 2 * (cover % 3), 5, n)),
    "water_dist": g.gamma(2, 60 + 25 * (cover % 4)),
    "road_dist": g.gamma(2, 900, n),
    "shade_noon": np.clip(g.normal(220, 20, n), 0, 254),
    "soil": (cover * 3 + g.integers(0, 6, n)) % 24,
    "cover_type": cover,
})

num_cols = ["elevation", "slope", "water_dist", "road_dist", "shade_noon"]
num = frame[num_cols]
num = ((num - num.mean()) / num.std()).to_numpy("float32")
soil = frame["soil"].to_numpy("int32")
labels = frame["cover_type"].to_numpy("int32")
n_classes = frame["cover_type"].nunique()


class CoverNet(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.soil_emb = layers.Embedding(24, 6)
        self.d1 = layers.Dense(64, activation="relu")
        self.d2 = layers.Dense(32, activation="relu")
        self.out = layers.Dense(classes)

    def call(self, inputs):
        z = layers.concatenate([inputs["num"], self.soil_emb(inputs["soil"])])
        return self.out(self.d2(self.d1(z)))


net = CoverNet(n_classes)
net.compile(optimizer="nadam",
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
m = 5500
history = net.fit({"num": num[:m], "soil": soil[:m]}, labels[:m],
                  batch_size=64, epochs=12, verbose=2)

logits = net.predict({"num": num[m:], "soil": soil[m:]}, verbose=0)
acc = float((logits.argmax(axis=1) == labels[m:]).mean())
print("FINAL_LOSS=", history.history["loss"][-1], sep="")
print("FINAL_METRIC=accuracy:", round(acc, 4), sep="")
