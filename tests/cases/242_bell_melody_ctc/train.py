import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

FRAMES, BANDS, NOTES, LONGEST = 20, 10, 5, 4
tones = np.abs(rng.normal(size=(NOTES + 1, BANDS)))


def melodies(n):
    x = rng.normal(0, 0.4, size=(n, FRAMES, BANDS))
    y = np.zeros((n, LONGEST), dtype="int32")
    for i in range(n):
        length = rng.integers(2, LONGEST + 1)
        t = rng.integers(0, 3)
        for k in range(length):
            note = rng.integers(1, NOTES + 1)
            hold = rng.integers(2, 5)
            x[i, t:t + hold] += tones[note]
            y[i, k] = note
            t += hold + rng.integers(1, 2)
    return x.astype("float32"), y


x_train, y_train = melodies(1200)
x_test, y_test = melodies(300)

model = keras.Sequential([
    keras.Input((FRAMES, BANDS)),
    layers.Conv1D(32, 3, padding="same", activation="relu"),
    layers.Bidirectional(layers.GRU(24, return_sequences=True)),
    layers.Dense(NOTES + 1, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=keras.losses.CTC(), jit_compile=False)
history = model.fit(x_train, y_train, epochs=8, batch_size=40, verbose=2)


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, p in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, q in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (p != q))
    return row[-1]


best = model.predict(x_test, verbose=0).argmax(axis=-1)
wrong = total = 0
for path, truth in zip(best, y_test):
    heard = [p for k, p in enumerate(path) if p != 0 and (k == 0 or p != path[k - 1])]
    wanted = [t for t in truth if t != 0]
    wrong += distance(heard, wanted)
    total += len(wanted)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=note_error_rate:{wrong / total}")
