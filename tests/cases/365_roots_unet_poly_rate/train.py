# Plant roots in scanned soil: a small U-Net with the "poly" learning rate of the segmentation papers.
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
SIZE, EPOCHS = 32, 6


def scans(n):
    x = rng.normal(0.35, 0.08, (n, SIZE, SIZE))
    m = np.zeros((n, SIZE, SIZE))
    for i in range(n):
        for _ in range(rng.integers(1, 4)):
            col, drift = rng.uniform(4, SIZE - 4), rng.normal(0, 0.4)
            for row in range(rng.integers(12, SIZE)):
                col = np.clip(col + drift + rng.normal(0, 0.5), 1, SIZE - 2)
                m[i, row, int(col):int(col) + 2] = 1
    x = x + 0.35 * m + 0.05 * rng.normal(size=(n, 1, 1))
    return x[..., None].astype("float32"), m[..., None].astype("float32")


class PolyRate(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, base, total_steps, power=0.9):
        self.base, self.total_steps, self.power = base, total_steps, power

    def __call__(self, step):
        done = ops.cast(step, "float32") / self.total_steps
        return self.base * (1.0 - done) ** self.power

    def get_config(self):
        return {"base": self.base, "total_steps": self.total_steps, "power": self.power}


def block(x, filters):
    return layers.Conv2D(filters, 3, padding="same", activation="swish")(x)


x_train, m_train = scans(640)
x_test, m_test = scans(120)

inputs = keras.Input((SIZE, SIZE, 1))
a = block(inputs, 8)
b = block(layers.MaxPooling2D()(a), 16)
c = block(layers.MaxPooling2D()(b), 24)
b = block(layers.Concatenate()([layers.UpSampling2D()(c), b]), 16)
a = block(layers.Concatenate()([layers.UpSampling2D()(b), a]), 8)
outputs = layers.Conv2D(1, 1, activation="sigmoid")(a)
model = keras.Model(inputs, outputs)

steps_per_epoch = len(x_train) // 32
rate = PolyRate(5e-3, total_steps=EPOCHS * steps_per_epoch)
model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
history = model.fit(x_train, m_train, batch_size=20, epochs=EPOCHS, verbose=2)

found = model.predict(x_test, verbose=0) > 0.5
truth = m_test > 0.5
iou = np.sum(found & truth) / np.sum(found | truth)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou}")
