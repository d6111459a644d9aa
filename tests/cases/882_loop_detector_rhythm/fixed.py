"""An induction loop in the road reports 1 while an axle is on it and 0 otherwise.
From the axle rhythm of one vehicle: car, van with trailer, lorry or articulated lorry."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
GAPS = {0: (3, 3, 3), 1: (7, 3, 7), 2: (3, 7, 3), 3: (7, 7, 3)}     # ticks between the axles


def vehicle(kind):
    row = []
    for gap in (rng.integers(1, 5),) + GAPS[kind]:
        row += [0.0] * int(gap + rng.integers(-1, 2) if gap > 4 else gap)
        row += [1.0] * int(rng.integers(1, 3))
    return row


def make(n):
    kind = rng.integers(0, 4, n)
    return [vehicle(k) for k in kind], kind


rows_train, y_train = make(2400)
rows_test, y_test = make(800)
longest = max(len(r) for r in rows_train + rows_test)


def to_array(rows):
    out = keras.utils.pad_sequences(rows, maxlen=longest, dtype="float32", padding="post", value=-1.0)
    return out[..., None]


x_train, x_test = to_array(rows_train), to_array(rows_test)
print("input", x_train.shape)

inp = keras.Input((longest, 1))
h = layers.Masking(mask_value=-1.0)(inp)
h = layers.GRU(32)(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, validation_split=0.1, batch_size=64, epochs=12, verbose=2)

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
