"""Fibres in microscope pictures: a small U-Net that gives a mask for every picture."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)
S = 48
yy, xx = np.mgrid[:S, :S].astype("float32")


def picture():
    img = rng.normal(0.45, 0.05, (S, S)) + 0.1 * np.sin(xx / rng.uniform(5, 12) + rng.uniform(0, 6))
    mask = np.zeros((S, S), bool)
    for _ in range(rng.integers(1, 4)):
        ang, off = rng.uniform(0, np.pi), rng.uniform(-14, 14)
        bend = rng.uniform(-0.02, 0.02)
        u = (xx - S / 2) * np.cos(ang) + (yy - S / 2) * np.sin(ang)
        v = -(xx - S / 2) * np.sin(ang) + (yy - S / 2) * np.cos(ang)
        fibre = np.abs(v - off - bend * u ** 2) < rng.uniform(0.8, 1.6)
        img[fibre] += rng.uniform(0.18, 0.35)
        mask |= fibre
    return img.clip(0, 1), mask


class Slides(keras.utils.PyDataset):
    def __init__(self, x, y, batch=16, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch = x, y, batch
        self.order = np.arange(len(x))

    def __len__(self):
        return len(self.x) // self.batch

    def __getitem__(self, i):
        take = self.order[i * self.batch:(i + 1) * self.batch]
        return self.x[take], self.y[take]

    def on_epoch_end(self):
        rng.shuffle(self.order)


def load(n):
    pics = [picture() for _ in range(n)]
    return (np.stack([p for p, _ in pics])[..., None].astype("float32"),
            np.stack([m for _, m in pics])[..., None].astype("float32"))


def conv(x, n):
    for _ in range(2):
        x = layers.Conv2D(n, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x


inp = layers.Input((S, S, 1))
c1 = conv(inp, 12)
c2 = conv(layers.MaxPooling2D()(c1), 24)
c3 = conv(layers.MaxPooling2D()(c2), 32)
u2 = conv(layers.Concatenate()([layers.UpSampling2D()(c3), c2]), 24)
u1 = conv(layers.Concatenate()([layers.UpSampling2D()(u2), c1]), 12)
last = layers.Conv2D(2, 3, padding="same", activation="relu", kernel_initializer="he_normal")(u1)
out = layers.Conv2D(1, 1, activation="sigmoid")(last)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-2), loss="binary_crossentropy", metrics=["accuracy"])

x, y = load(320)
x_test, y_test = load(60)
hist = model.fit(Slides(x, y), epochs=8, verbose=2)

p = model.predict(x_test, verbose=0) > 0.5
m = y_test > 0.5
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=dice:{2 * (p & m).sum() / (p.sum() + m.sum() + 1e-9):.4f}")
