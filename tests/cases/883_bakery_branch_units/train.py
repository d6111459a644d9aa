"""Daily units sold of every product in every branch of a bakery chain."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(30)

N_BRANCH, N_PRODUCT = 40, 60
branch_level = rng.normal(0, 0.5, N_BRANCH)
product_level = rng.normal(0, 0.7, N_PRODUCT)
n = 16000
table = pd.DataFrame({
    "branch": rng.integers(0, N_BRANCH, n),
    "product": rng.integers(0, N_PRODUCT, n),
    "weekday": rng.integers(0, 7, n),
    "price": rng.uniform(0.5, 4.5, n).round(2),
    "temperature": rng.normal(14, 7, n).round(1),
})
week = np.array([0.0, -0.1, -0.05, 0.0, 0.15, 0.4, 0.2])
log_units = (3.0 + branch_level[table["branch"]] + product_level[table["product"]]
             + week[table["weekday"]] - 0.08 * table["price"] - 0.01 * (table["temperature"] - 14))
table["log_units"] = log_units + rng.normal(0, 0.2, n)

ids = ["branch", "product", "weekday"]
numbers = ["price", "temperature"]
train, test = train_test_split(table, test_size=0.2, random_state=1)
train, test = train.copy(), test.copy()

scaled = ids + numbers
train[scaled] = train[scaled].astype("float64")
test[scaled] = test[scaled].astype("float64")
scaler = MinMaxScaler().fit(train[scaled])
train[scaled] = scaler.transform(train[scaled])
test[scaled] = scaler.transform(test[scaled]).clip(0, 1)


def as_inputs(frame):
    d = {name: frame[name].to_numpy("float32") for name in ids}
    d["numbers"] = frame[numbers].to_numpy("float32")
    return d


inputs, parts = {}, []
for name, size, dim in [("branch", N_BRANCH, 8), ("product", N_PRODUCT, 8), ("weekday", 7, 3)]:
    inputs[name] = keras.Input((), name=name)
    parts.append(layers.Embedding(size, dim, name=f"{name}_vector")(inputs[name]))
inputs["numbers"] = keras.Input((len(numbers),), name="numbers")
parts.append(inputs["numbers"])
h = layers.Concatenate()(parts)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
hist = model.fit(as_inputs(train), train["log_units"].to_numpy("float32"),
                 batch_size=128, epochs=12, validation_split=0.1, verbose=2)

pred = model.predict(as_inputs(test), batch_size=1024, verbose=0)[:, 0]
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2_score(test['log_units'], pred):.4f}")
