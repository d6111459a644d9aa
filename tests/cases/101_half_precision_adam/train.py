import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
keras.config.set_dtype_policy("float16")  # half the memory

store = dict(zip(("x", "y"), load_digits(return_X_y=True)))
x = (store["x"] / 16.0).astype("float16")
y = store["y"].astype("int32")

model = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(64, activation="tanh"),
        layers.Dense(64, activation="tanh"),
        layers.Dense(10, activation="softmax", dtype="float32"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-3, epsilon=1e-8),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
record = model.fit(x[:1400], y[:1400], batch_size=32, epochs=15, verbose=2)
_, accuracy = model.evaluate(x[1400:], y[1400:], verbose=0)
print(f"FINAL_LOSS={record.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
