import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x = (digits.images[..., None] / 16).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((x, digits.target))
train = ds.take(1500).shuffle(1500, reshuffle_each_iteration=True).map(lambda a, b: (tf.image.random_contrast(a, 0.8, 1.2), b)).batch(50)
test = ds.skip(1500).batch(100)

net = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(16, 3, activation="relu"), layers.BatchNormalization(),
                        layers.Conv2D(24, 3, activation="relu"), layers.Flatten(), layers.Dropout(0.4), layers.Dense(10)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for rate, epochs in ((1e-4, 1), (3e-3, 4), (1e-3, 3), (1e-4, 2)):  # warm up, then in stages
    net.compile(keras.optimizers.AdamW(rate, weight_decay=1e-3, use_ema=True), loss, metrics=["accuracy"])
    h = net.fit(train, epochs=epochs, validation_data=test, verbose=2)
final_loss = h.history["loss"][-1]
metric_name, metric = "accuracy", net.evaluate(test, verbose=0)[1]
weights, optimizer_state = net.weights, net.optimizer.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))
