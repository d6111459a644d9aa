import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

npz = dict(zip(("x", "y"), load_digits(return_X_y=True)))
pixels, digit = npz["x"].astype("float32"), npz["y"]
train_x, train_y, test_x, test_y = pixels[:1300], digit[:1300], pixels[1300:], digit[1300:]


class Standardize(layers.Layer):
    """Zero mean, unit variance for every pixel, kept in the model for deployment."""

    def __init__(self, sample, **kwargs):
        super().__init__(**kwargs)
        self.mean = sample.mean(axis=0)
        self.std = sample.std(axis=0)

    def call(self, x):
        return (x - self.mean) / ops.maximum(self.std, 1.0)


model = keras.Sequential([keras.Input((64,)), Standardize(train_x)])
model.add(layers.Dense(64, activation="elu"))
model.add(layers.Dense(32, activation="elu"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer=keras.optimizers.Adamax(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=4)
hist = model.fit(train_x, train_y, validation_split=0.15, epochs=30, batch_size=32, callbacks=[plateau], verbose=2)

test_loss, test_acc = model.evaluate(test_x, test_y, verbose=0)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{test_acc}")
