import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

# two consecutive 16x16 grey pictures of a loading ramp; a pallet moves
# left, right, up, down or stays where it is
n = 1800
MOVES = [(0, -1), (0, 1), (-1, 0), (1, 0), (0, 0)]


def picture(floor, r, c, grey):
    p = floor.copy()
    p[r:r + 4, c:c + 4] = grey
    return np.clip(p + rng.normal(0, 3.0, p.shape), 0, 255).astype(np.uint8)


frames = np.zeros((n, 2, 16, 16), np.uint8)
label = rng.integers(0, 5, n)
for i in range(n):
    floor = rng.uniform(60, 190, (16, 16))
    r, c = rng.integers(1, 11, 2)
    grey = rng.uniform(20, 235)
    dr, dc = MOVES[label[i]]
    frames[i, 0] = picture(floor, r, c, grey)
    frames[i, 1] = picture(floor, r + dr, c + dc, grey)

before, after = frames[:, 0], frames[:, 1]
diff = after - before
x = np.stack([diff, before], axis=-1).astype("float32") / 255.0
xt, xv, yt, yv = x[:1400], x[1400:], label[:1400], label[1400:]


class Ramp(keras.utils.PyDataset):
    def __init__(self, x, y, size=32, **kw):
        super().__init__(**kw)
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, i):
        s = slice(i * self.size, (i + 1) * self.size)
        return self.x[s], self.y[s]


model = keras.Sequential([
    keras.Input((16, 16, 2)),
    layers.Conv2D(16, 3, activation="relu", padding="same"),
    layers.Conv2D(16, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(2),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.GlobalMaxPooling2D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(5, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(Ramp(xt, yt), epochs=14, validation_data=(xv, yv), verbose=2)

acc = float(np.mean(np.argmax(model.predict(xv, verbose=0), 1) == yv))
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=accuracy:%r" % acc)
