"""Which of five engine faults a short sound comes from. Small one-dimensional conv net."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
LEN = 256


def sounds(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 5, n)
    t = np.arange(LEN)
    base = np.array([9.0, 14.0, 20.0, 27.0, 35.0])
    x = np.zeros((n, LEN))
    for i in range(n):
        f = base[y[i]] * rng.uniform(0.94, 1.06) / LEN
        a = rng.uniform(0.6, 1.4)
        for k in (1, 2):
            x[i] += a / k * np.sin(2 * np.pi * k * f * t + rng.uniform(0, 6.28))
    x += rng.normal(0, 0.5, x.shape)
    return x[..., None].astype("float32"), y


def block(x, width, stride):
    x = layers.Activation("relu")(x)
    x = layers.Conv1D(width, 7, strides=stride, padding="same")(x)
    return layers.GroupNormalization(groups=-1)(x)


x_train, y_train = sounds(1500, 0)
x_test, y_test = sounds(500, 1)

inputs = keras.Input((LEN, 1))
x = layers.Conv1D(16, 9, padding="same")(inputs)
x = block(x, 24, 2)
x = block(x, 32, 2)
x = block(x, 48, 2)
x = layers.GlobalAveragePooling1D()(x)
outputs = layers.Dense(5, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.AdamW(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(x_train, y_train, batch_size=50, epochs=8, validation_data=(x_test, y_test), verbose=2)

acc = (model.predict(x_test, verbose=0).argmax(1) == y_test).mean()
print("FINAL_LOSS=%.6f" % h.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.6f" % acc)
