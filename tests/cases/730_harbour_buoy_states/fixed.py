"""State of the sea at a harbour entrance (calm, swell, storm) from eight buoys."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

hours = 6000
state = np.zeros(hours, dtype=int)
for t in range(1, hours):
    state[t] = state[t - 1] if rng.random() > 0.03 else rng.integers(3)
amp = np.array([0.3, 1.0, 1.6])[state]
period = np.array([5.0, 11.0, 6.0])[state]
phase = np.cumsum(2 * np.pi / period)
table = {}
for b in range(8):
    table[f"buoy_{b}"] = (3 + 0.5 * b + amp * np.sin(phase + 0.4 * b) * rng.uniform(0.7, 1.3)
                          + rng.normal(0, 0.35, hours))
df = pd.DataFrame(table, index=pd.date_range("2022-01-01", periods=hours, freq="h"))
# radio gaps; two of the buoys were laid out in the course of the first winter
for c in df.columns:
    for start in rng.integers(50, hours - 20, 25):
        df.iloc[start:start + rng.integers(2, 10), df.columns.get_loc(c)] = np.nan
df.iloc[:420, 5] = np.nan
df.iloc[:760, 6] = np.nan

df = df.interpolate(method="linear", limit_direction="both")
df = (df - df.mean()) / df.std()

WINDOW = 24
values = df.to_numpy("float32")


class Windows(keras.utils.PyDataset):
    def __init__(self, ends, batch=64, shuffle=False):
        super().__init__()
        self.ends, self.batch, self.shuffle = np.array(ends), batch, shuffle
        self.rng = np.random.default_rng(1)
        if shuffle:
            self.rng.shuffle(self.ends)

    def __len__(self):
        return int(np.ceil(len(self.ends) / self.batch))

    def __getitem__(self, i):
        e = self.ends[i * self.batch:(i + 1) * self.batch]
        return np.stack([values[k - WINDOW + 1:k + 1] for k in e]), state[e]

    def on_epoch_end(self):
        if self.shuffle:
            self.rng.shuffle(self.ends)


split = 4800
train = Windows(range(WINDOW, split), shuffle=True)
test = Windows(range(split + WINDOW, hours))

inputs = keras.Input((WINDOW, 8))
h = layers.Conv1D(24, 5, activation="relu")(inputs)
h = layers.Conv1D(24, 5, activation="relu")(h)
h = layers.GlobalMaxPooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(3, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=8, verbose=2)

pred = model.predict(test, verbose=0).argmax(1)
accuracy = np.mean(pred == state[split + WINDOW:hours])
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
