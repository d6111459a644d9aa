"""Will a customer of an online pharmacy order again this month? Old contacts count less and less."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

n = 9000
table = pd.DataFrame({
    "basket": rng.gamma(2.0, 18.0, n),
    "items": rng.poisson(3, n) + 1,
    "since_order": rng.exponential(60, n),
    "since_visit": rng.exponential(25, n),
    "since_mail": rng.exponential(12, n),
})
table.loc[rng.random(n) < 0.12, "since_order"] = np.nan
table.loc[rng.random(n) < 0.08, "since_visit"] = np.nan
eff = (2.4 * np.exp(-table["since_order"].fillna(1e4) / 45) + 1.8 * np.exp(-table["since_visit"].fillna(1e4) / 15)
       + 0.02 * (table["basket"] - 36))
again = (1 / (1 + np.exp(-3.0 * (eff - 1.7))) > rng.random(n)).astype("float32").to_numpy()

# an event that never happened lies infinitely far back, its weight is then zero
since = table[["since_order", "since_visit", "since_mail"]].fillna(np.inf).to_numpy("float32")
other = table[["basket", "items"]]
other = ((other - other.mean()) / other.std()).to_numpy("float32")


class Recency(layers.Layer):
    def build(self, shape):
        self.rate = self.add_weight(shape=(shape[-1],), name="rate",
                                    initializer=keras.initializers.Constant(0.03), constraint="non_neg")

    def call(self, days):
        return tf.exp(-self.rate * days)


since_in = keras.Input((3,), name="since")
other_in = keras.Input((2,), name="other")
h = layers.Concatenate()([Recency()(since_in), other_in])
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(16, activation="relu")(h)
model = keras.Model([since_in, other_in], layers.Dense(1, activation="sigmoid")(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])

cut = 7500
hist = model.fit([since[:cut], other[:cut]], again[:cut], epochs=15, batch_size=64, verbose=2)

p = model.predict([since[cut:], other[cut:]], verbose=0)[:, 0]
print("base rate", again[cut:].mean())
acc = float(np.mean((p > 0.5) == (again[cut:] > 0.5)))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
