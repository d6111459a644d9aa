"""Digits as rows read by a GRU; the learning rate shall fall by a fifth each epoch."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

data = load_digits()
x_train, x_test, y_train, y_test = train_test_split(data.images / 16.0, data.target, test_size=360, random_state=11)

lr = keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=5e-3, decay_steps=1, decay_rate=0.8)

model = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.GRU(48),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(lr), metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=12, batch_size=32, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]:.5f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
