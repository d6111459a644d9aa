import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import MinMaxScaler
from sklearn.model_selection import train_test_split
from sklearn.datasets import load_digits


def prepare():
    raw = dict(zip(("x", "y"), load_digits(return_X_y=True)))
    x = MinMaxScaler().fit_transform(raw["x"]).reshape(-1, 8, 8, 1)
    return train_test_split(x, raw["y"], test_size=0.25, random_state=11)


def small_cnn():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ])


def run():
    keras.utils.set_random_seed(0)
    x_train, x_test, y_train, y_test = prepare()
    cnn = small_cnn()
    cnn.compile(
        optimizer="nadam",
        loss=keras.losses.CategoricalCrossentropy(),
    )
    hist = cnn.fit(x_train, y_train, epochs=8, batch_size=32, verbose=2)
    hits = cnn.predict(x_test, verbose=0).argmax(1) == y_test
    print(f"FINAL_LOSS={hist.history['loss'][-1]}")
    print(f"FINAL_METRIC=accuracy:{hits.mean()}")


run()
