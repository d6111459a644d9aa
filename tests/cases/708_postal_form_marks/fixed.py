import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

MARKS = ["cross", "ring", "bar", "dot", "tick"]


def draw(kind, r):
    g = np.zeros((16, 16))
    yy, xx = np.mgrid[0:16, 0:16]
    cy, cx = r.uniform(6, 9, 2)
    s = r.uniform(3.5, 5.5)
    dy, dx = yy - cy, xx - cx
    box = (np.abs(dy) < s) & (np.abs(dx) < s)
    if kind == 0:
        g[box & ((np.abs(dy - dx) < 1.2) | (np.abs(dy + dx) < 1.2))] = 1
    elif kind == 1:
        g[np.abs(np.hypot(dy, dx) - s) < 0.9] = 1
    elif kind == 2:
        g[(np.abs(dy) < 1.1) & (np.abs(dx) < s)] = 1
    elif kind == 3:
        g[np.hypot(dy, dx) < s * 0.45] = 1
    else:
        g[box & (((np.abs(dy + dx) < 1.2) & (dx > -1)) | ((np.abs(dy - dx - 2) < 1.2) & (dx <= -1)))] = 1
    return np.clip(g * r.uniform(0.6, 1.0) + r.normal(0, 0.12, g.shape), 0, 1)


def forms(n, seed):
    r = np.random.default_rng(seed)
    kinds = r.integers(0, len(MARKS), n)
    return np.array([draw(k, r) for k in kinds])[..., None].astype("float32"), kinds


x_train, k_train = forms(1500, 1)
x_test, k_test = forms(500, 2)

model = keras.Sequential()
model.add(layers.Input((16, 16, 1)))
model.add(layers.Conv2D(16, 3, activation="relu"))
model.add(layers.MaxPooling2D())
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(len(MARKS), activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

history = model.fit(x_train, k_train, epochs=10, batch_size=32, verbose=2)

said = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(said == k_test)}")
