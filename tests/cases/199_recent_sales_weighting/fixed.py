"""Will a shop sell out today? Old days count for less: sample weights fall with the age of the day."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(53)
n = 3000
age_days = rng.integers(1, 900, n)
features = rng.normal(0.0, 1.0, (n, 8))
score = features[:, 0] - features[:, 1] * features[:, 2] + 0.7 * np.abs(features[:, 3]) - 0.5
sold_out = (score + rng.normal(0.0, 0.3, n) > 0).astype("int32")
x = features.astype("float32")
weight = np.exp(-age_days / 365.0).astype("float32")

train, test = slice(0, 2400), slice(2400, n)
model = keras.Sequential(
    [
        keras.Input((8,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[train], sold_out[train], sample_weight=weight[train], batch_size=32, epochs=15, verbose=2)

accuracy = model.evaluate(x[test], sold_out[test], verbose=0, return_dict=True)["accuracy"]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
