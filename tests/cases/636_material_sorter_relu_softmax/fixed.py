"""Sort ten materials by their near infrared spectrum, trained batch by batch from a feeder."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

N_CLASSES, N_BANDS = 10, 60
centres = rng.uniform(5, 55, size=(N_CLASSES, 3))
heights = rng.uniform(0.4, 1.2, size=(N_CLASSES, 3))
bands = np.arange(N_BANDS)


def spectra(n):
    label = rng.integers(0, N_CLASSES, n)
    shift = rng.normal(0, 0.8, size=(n, 1, 1))
    peak = np.exp(-0.5 * ((bands[None, None] - centres[label][..., None] - shift) / 3.0) ** 2)
    s = (heights[label][..., None] * peak).sum(axis=1)
    s = s * rng.uniform(0.7, 1.3, size=(n, 1)) + 0.12 * rng.normal(size=(n, N_BANDS))
    return s.astype("float32"), label


X_train, y_train = spectra(4000)
X_test, y_test = spectra(1500)
mean, std = X_train.mean(0), X_train.std(0)
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std


class Feeder(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size=64, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size
        self.order = np.random.default_rng(4).permutation(len(x))

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, i):
        take = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        return self.x[take], keras.utils.to_categorical(self.y[take], N_CLASSES)


activation = "relu"
model = keras.Sequential([keras.Input((N_BANDS,))])
for units in (96, 48, N_CLASSES):
    model.add(layers.Dense(units))
    if units != N_CLASSES:
        model.add(layers.Activation(activation))
model.add(layers.Activation("softmax"))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(Feeder(X_train, y_train), epochs=20, verbose=2)

pred = model.predict(X_test, verbose=0).argmax(axis=1)
print("predicted per class", np.bincount(pred, minlength=N_CLASSES))
accuracy = float((pred == y_test).mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
