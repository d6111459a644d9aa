import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x, y = (data["x"] / 16.0).astype("float32"), data["y"]

model = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(64, activation="sigmoid"),
        layers.Dense(32, activation="sigmoid"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x[:1300], y[:1300], batch_size=26, epochs=40, verbose=2)

accuracy = model.evaluate(x[1300:], y[1300:], verbose=0)[1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
