"""Which of four customer groups? Features: total spending and how evenly it is spread over the categories."""
import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(61)

CATEGORIES = ["food", "travel", "books", "clothes", "sport", "home", "gifts"]
PROFILES = np.array([
    [6.0, 1.0, 1.0, 2.0, 1.0, 3.0, 1.0],
    [2.0, 6.0, 1.0, 2.0, 3.0, 1.0, 1.5],
    [3.0, 1.5, 5.0, 1.0, 1.0, 2.0, 2.0],
    [3.0, 2.0, 2.0, 3.0, 2.0, 3.0, 2.5],
])


def customers(n):
    group = rng.integers(0, 4, n)
    weights = rng.gamma(PROFILES[group] * 3.0)
    total = rng.gamma(6.0, 150.0, n) * np.array([0.9, 1.3, 0.8, 1.1])[group]
    spent = total[:, None] * weights / weights.sum(axis=1, keepdims=True)
    spent[spent < 22] = 0.0
    return spent, group


def describe(spent):
    total = spent.sum(axis=1, keepdims=True)
    share = spent / total
    diversity = -(share * np.log(share)).sum(axis=1, keepdims=True)
    return np.hstack([np.log(total), diversity, share])


def stream(x, y, batch, seed):
    order = np.random.default_rng(seed)
    while True:
        take = order.integers(0, len(x), batch)
        yield x[take], y[take]


spent_train, g_train = customers(4000)
spent_test, g_test = customers(1500)
scaler = StandardScaler().fit(describe(spent_train))
X_train = scaler.transform(describe(spent_train)).astype("float32")
X_test = scaler.transform(describe(spent_test)).astype("float32")

model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(48, activation="relu"),
    layers.Dense(24, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(stream(X_train, g_train, 64, 2), steps_per_epoch=60, epochs=15, verbose=2)

accuracy = float(np.mean(model.predict(X_test, verbose=0).argmax(1) == g_test))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
