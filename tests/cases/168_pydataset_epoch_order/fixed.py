import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


class DigitFeed(keras.utils.PyDataset):
    def __init__(self, images, targets, batch_size=32, **kwargs):
        super().__init__(**kwargs)
        self.images = images.copy()
        self.targets = targets
        self.batch_size = batch_size
        self.rng = np.random.default_rng(5)
        self.on_epoch_end()

    def __len__(self):
        return len(self.images) // self.batch_size

    def __getitem__(self, i):
        part = slice(i * self.batch_size, (i + 1) * self.batch_size)
        batch = self.images[part] + 0.05 * self.rng.normal(size=(self.batch_size, 8, 8, 1))
        return batch.astype("float32"), self.targets[part]

    def on_epoch_end(self):
        order = self.rng.permutation(len(self.images))
        self.images = self.images[order]
        self.targets = self.targets[order]


digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = keras.utils.to_categorical(digits.target, 10)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0)

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(DigitFeed(x_train, y_train), epochs=12, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
