import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

VARIETIES = ["bourbon", "caturra", "geisha", "pacamara", "typica"]
COLUMNS = ["length_mm", "width_mm", "thickness_mm", "weight_mg", "density", "moisture",
           "red", "green", "blue"]
center = rng.normal(0, 1.0, (5, len(COLUMNS)))
unit = np.array([1.1, 0.6, 0.4, 28.0, 0.05, 1.2, 14.0, 13.0, 9.0])
base = np.array([9.4, 6.8, 3.9, 152.0, 1.21, 11.0, 122.0, 98.0, 61.0])

rows = []
for code in range(5):
    n = 500
    z = center[code] + rng.normal(0, 0.75, (n, len(COLUMNS)))
    block = pd.DataFrame(base + unit * z, columns=COLUMNS)
    block["variety"] = code
    rows.append(block)
beans = pd.concat(rows, ignore_index=True)
beans = beans.sample(frac=1.0, random_state=3).reset_index(drop=True)
print(beans.describe().loc[["min", "max"]].round(2).to_string())

scaler = MinMaxScaler()
scaled = pd.DataFrame(scaler.fit_transform(beans[COLUMNS]), columns=COLUMNS)

X = scaled.to_numpy("float32")
y = beans["variety"].to_numpy("int32")
rows_train, rows_test = train_test_split(np.arange(len(beans)), test_size=0.25, random_state=1)

model = keras.Sequential([
    layers.Input((X.shape[1],)),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.1),
    layers.Dense(32, activation="relu"),
    layers.Dense(len(VARIETIES), activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss="sparse_categorical_crossentropy",
)
history = model.fit(
    X[rows_train], y[rows_train],
    validation_split=0.1,
    epochs=25,
    batch_size=32,
    verbose=2,
)

code_hat = model.predict(X[rows_test], verbose=0).argmax(1)
code_true = beans["variety"].to_numpy()[rows_test]
for code, name in enumerate(VARIETIES):
    print(f"{name:10s} called {np.sum(code_hat == code):4d} times, present {np.sum(code_true == code):4d} times")
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(code_hat == code_true):.6f}")
