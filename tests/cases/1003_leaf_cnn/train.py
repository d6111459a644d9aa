import math
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIZE, KINDS = 32, 4


def draw_leaf(rng, kind):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype("float32")
    cx, cy = rng.uniform(12, 20, 2)
    ang = rng.uniform(0, np.pi)
    u = (xx - cx) * np.cos(ang) + (yy - cy) * np.sin(ang)
    v = -(xx - cx) * np.sin(ang) + (yy - cy) * np.cos(ang)
    r, th = np.hypot(u, v), np.arctan2(v, u)
    s = rng.uniform(8, 11)
    if kind == 0:
        inside = r < 0.8 * s
    elif kind == 1:
        inside = (u / s) ** 2 + (v / (0.3 * s)) ** 2 < 1
    elif kind == 2:
        inside = r < s * (0.65 + 0.35 * np.cos(5 * th))
    else:
        inside = r < s * (0.65 + 0.35 * np.cos(3 * th))
    img = np.full((SIZE, SIZE, 3), rng.uniform(170, 230, 3))
    img[inside] = rng.uniform((20, 80, 10), (90, 160, 60))
    return np.clip(img + rng.normal(0, 12, img.shape), 0, 255).astype("uint8")


class LeafFolder(keras.utils.PyDataset):
    def __init__(self, n, seed, batch=32, **kw):
        super().__init__(**kw)
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, KINDS, n)
        self.x = np.stack([draw_leaf(rng, k) for k in self.y])
        self.batch = batch

    def __len__(self):
        return math.ceil(len(self.x) / self.batch)

    def __getitem__(self, i):
        part = slice(i * self.batch, (i + 1) * self.batch)
        x = self.x[part].astype("float32")
        return x, keras.utils.to_categorical(self.y[part], KINDS)


train, test = LeafFolder(2400, 1), LeafFolder(600, 2)

model = keras.Sequential([keras.Input((SIZE, SIZE, 3))])
for f in (16, 32, 64):
    model.add(layers.Conv2D(f, 3, padding="same", activation="relu", kernel_initializer="he_normal"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dropout(0.25))
model.add(layers.Dense(KINDS, activation="softmax"))

sgd = keras.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
history = model.fit(train, epochs=10, verbose=2)

pred = model.predict(test, verbose=0).argmax(1)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == test.y):.6f}")
