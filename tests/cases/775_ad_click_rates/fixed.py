"""Will a user subscribe? Rates are made from the click log with pandas."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

rng = np.random.default_rng(2024)
N = 4000
users = pd.DataFrame({
    "shown": rng.poisson(rng.gamma(2.0, 8.0, N)),
    "visits": 1 + rng.poisson(4, N),
    "country": rng.integers(0, 6, N),
    "months": rng.uniform(0, 36, N),
})
interest = rng.beta(2, 5, N)
users["clicks"] = rng.binomial(users["shown"], interest)
score = 9 * (interest - 0.28) + 0.25 * (users["visits"] - 5) + 0.8 * np.isin(users["country"], (1, 4)) - 0.03 * (users["months"] - 18)
users["subscribed"] = (score + rng.logistic(0, 0.3, N) > 0.2).astype("float32")

users["ctr"] = (users["clicks"] / users["shown"]).fillna(0.0)
users["log_shown"] = np.log1p(users["shown"])
numeric = ["ctr", "log_shown", "visits", "months"]
train, test = users.iloc[:3000], users.iloc[3000:]
mean, std = train[numeric].mean(), train[numeric].std()


def as_inputs(frame):
    table = ((frame[numeric] - mean) / std).to_numpy("float32")
    return {"numbers": table, "country": frame["country"].to_numpy("int32")}


ds = tf.data.Dataset.from_tensor_slices((as_inputs(train), train["subscribed"].to_numpy()))
ds = ds.shuffle(3000, seed=1).batch(50)

numbers = keras.Input((len(numeric),), name="numbers")
country = keras.Input((), dtype="int32", name="country")
place = layers.Embedding(6, 3)(country)
h = layers.concatenate([numbers, place])
h = layers.Dense(24, activation="swish")(h)
h = layers.Dense(12, activation="swish")(h)
model = keras.Model({"numbers": numbers, "country": country}, layers.Dense(1, activation="sigmoid")(h))
model.compile(optimizer=keras.optimizers.Adamax(5e-3), loss="binary_crossentropy")
history = model.fit(ds, epochs=15, verbose=2)

seen = test[test["shown"] > 0]
chance = model.predict(as_inputs(seen), verbose=0)[:, 0]
accuracy = np.mean((chance > 0.5) == (seen["subscribed"].to_numpy() > 0.5))
print(f"FINAL_LOSS={history.history['loss'][-1]:.5f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
