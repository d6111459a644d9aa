"""Recipe ratings from member and recipe numbers plus two figures of the recipe, in mixed precision."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(2)

MEMBERS = np.arange(40200, 41000)
RECIPES = np.arange(18000, 18500)
TOP_MEMBER, TOP_RECIPE = int(MEMBERS.max()) + 1, int(RECIPES.max()) + 1
taste = rng.normal(0, 1, (len(MEMBERS), 3))
style = rng.normal(0, 1, (len(RECIPES), 3))
kind = rng.normal(0, 0.8, len(MEMBERS))
good = rng.normal(0, 0.8, len(RECIPES))
minutes = rng.uniform(10, 120, len(RECIPES))


def ratings(n):
    m = rng.integers(0, len(MEMBERS), n)
    r = rng.integers(0, len(RECIPES), n)
    score = 3 + kind[m] + good[r] + 0.45 * (taste[m] * style[r]).sum(1) - 0.004 * (minutes[r] - 60)
    return pd.DataFrame({"member": MEMBERS[m], "recipe": RECIPES[r],
                         "minutes": (minutes[r] - 60) / 30, "weekend": rng.integers(0, 2, n),
                         "stars": score + rng.normal(0, 0.3, n)})


train, test = ratings(40000), ratings(6000)
COLUMNS = ["member", "recipe", "minutes", "weekend"]


class Taster(keras.Model):
    def __init__(self):
        super().__init__()
        self.member = layers.Embedding(TOP_MEMBER, 8)
        self.recipe = layers.Embedding(TOP_RECIPE, 8)
        self.member_bias = layers.Embedding(TOP_MEMBER, 1)
        self.recipe_bias = layers.Embedding(TOP_RECIPE, 1)
        self.rest = layers.Dense(1, dtype="float32")

    def call(self, row):
        m = tf.cast(row[:, 0], "int32")
        r = tf.cast(row[:, 1], "int32")
        match = tf.reduce_sum(self.member(m) * self.recipe(r), axis=1, keepdims=True)
        both = self.member_bias(m) + self.recipe_bias(r) + match
        return tf.cast(both, "float32") + self.rest(row[:, 2:])


model = Taster()
model.compile(optimizer=keras.optimizers.Adam(2e-2), loss="mse")
centre = train["stars"].mean()
feed = tf.data.Dataset.from_tensor_slices(
    (train[COLUMNS].to_numpy("float32"), (train["stars"] - centre).to_numpy("float32")[:, None]))
feed = feed.shuffle(40000, seed=3).batch(1000)
hist = model.fit(feed, epochs=10, verbose=2)

guess = model.predict(test[COLUMNS].to_numpy("float32"), batch_size=1000, verbose=0)[:, 0] + centre
truth = test["stars"].to_numpy()
r2 = float(1 - np.mean((truth - guess) ** 2) / np.var(truth))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
