"""Number stamps on parcels: pictures through a generator, classified by a small net."""
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

digits = load_digits()
pictures = np.round(digits.images * 255.0 / 16.0).astype("uint8")[..., None]
x_train, x_test, y_train, y_test = train_test_split(
    pictures, digits.target, test_size=0.25, random_state=3, stratify=digits.target)


class Stamps(keras.utils.PyDataset):
    """Batches of pictures, shifted by up to one pixel, in 0..1."""

    def __init__(self, x, y, move, seed=0):
        super().__init__()
        self.x, self.y, self.move = x, y, move
        self.rng = np.random.default_rng(seed)
        self.order = np.arange(len(x))

    def __len__(self):
        return len(self.x) // 32

    def __getitem__(self, i):
        rows = self.order[32 * i:32 * (i + 1)]
        batch = self.x[rows]
        if self.move:
            batch = np.roll(batch, self.rng.integers(-1, 2, 2), axis=(1, 2))
        return batch.astype("float32"), self.y[rows]

    def on_epoch_end(self):
        if self.move:
            self.rng.shuffle(self.order)


net = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Rescaling(1.0 / 255.0),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.Conv2D(24, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
net.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="sparse_categorical_crossentropy",
            metrics=["accuracy"])
history = net.fit(Stamps(x_train, y_train, True), epochs=30, verbose=0)
for epoch in range(0, 30, 6):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))

loss, accuracy = net.evaluate(Stamps(x_test, y_test, False), verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{float(accuracy):.6f}")
