"""A trunk learnt on even digits stays frozen; one short stage trains only the new head for the odd ones."""
import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
bunch = load_digits()
images, digit = (bunch.images / 16.0).astype("float32")[..., None], bunch.target
even = digit % 2 == 0

trunk = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
])
donor = keras.Sequential([trunk, layers.Dense(5, activation="softmax")])
donor.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
donor.fit(images[even], digit[even] // 2, epochs=6, batch_size=32, verbose=2)

trunk.trainable = False
inputs = keras.Input((8, 8, 1))
h = trunk(inputs, training=False)
h = layers.Dropout(0.2)(h)
model = keras.Model(inputs, layers.Dense(5, activation="softmax")(h))
optimizer = keras.optimizers.RMSprop(2e-3)
model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = images[~even], digit[~even] // 2
history = model.fit(x[:700], y[:700], epochs=5, batch_size=32, verbose=2)
final_loss = history.history["loss"][-1]
metric_name = "accuracy"
final_metric = model.evaluate(x[700:], y[700:], verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
