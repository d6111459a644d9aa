# Digits seen by two sensors (upper and lower half of the picture), merged late; batches with small shifts as augmentation.
from functools import partial

import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).reshape(-1, 8, 8).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=3, stratify=y)


def views(pictures):
    return pictures[:, :4].reshape(-1, 32), pictures[:, 4:].reshape(-1, 32)


class Shifted(keras.utils.PyDataset):
    def __init__(self, pictures, labels, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.pictures, self.labels, self.batch_size = pictures, labels, batch_size
        self.rng = np.random.default_rng(0)
        self.on_epoch_end()

    def __len__(self):
        return len(self.pictures) // self.batch_size

    def __getitem__(self, i):
        rows = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        noisy = self.pictures[rows] + self.rng.normal(0, 0.05, (len(rows), 8, 8)).astype("float32")
        return views(noisy), self.labels[rows]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.pictures))


# small positive weights, so that no relu is dead at the start
dense = partial(layers.Dense, kernel_initializer=keras.initializers.Constant(0.02))

upper, lower = keras.Input((32,)), keras.Input((32,))
a = dense(48, activation="relu")(upper)
b = dense(48, activation="relu")(lower)
h = dense(64, activation="relu")(layers.Concatenate()([a, b]))
outputs = dense(10, activation="softmax")(h)
model = keras.Model([upper, lower], outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(Shifted(x_train, y_train, 32), epochs=25, verbose=2)

accuracy = np.mean(np.argmax(model.predict(views(x_test), verbose=0), axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
