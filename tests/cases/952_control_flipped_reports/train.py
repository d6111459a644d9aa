"""Faulty street lamps from citizens' reports; about a third of the reports are wrong."""
import hashlib

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(63)


def lamps(n):
    x = rng.normal(0, 1, (n, 8))
    score = x[:, 0] + 0.8 * x[:, 1] * x[:, 2] - 0.7 * x[:, 3]
    return x.astype("float32"), (score > 0).astype("int32")


x_train, y_true = lamps(12000)
x_test, y_test = lamps(2000)
wrong = rng.random(len(y_true)) < 0.34
reports = np.where(wrong, 1 - y_true, y_true)


class GeneralizedCrossEntropy(keras.losses.Loss):
    def __init__(self, q=0.7):
        super().__init__(name="gce")
        self.q = q

    def call(self, y, p):
        y = ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), 2)
        chosen = ops.clip(ops.sum(y * p, axis=-1), 1e-6, 1.0)
        return (1.0 - chosen ** self.q) / self.q


model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
              loss=GeneralizedCrossEntropy(), metrics=["accuracy"])
hist = model.fit(x_train, reports, batch_size=256, epochs=14, verbose=2)

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
