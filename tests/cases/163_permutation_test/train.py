"""How well does the network score when the labels mean nothing? (The null of a permutation test: chance is the right answer.)"""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()

x, y = load_wine(return_X_y=True)
x = ((x - x.mean(0)) / x.std(0)).astype("float32")
rng = np.random.default_rng(8)
scores = []
for label_set in range(3):
    labels = y if label_set == 0 else rng.permutation(y)
    split = rng.permutation(len(x))
    tr, te = split[:130], split[130:]
    model = keras.Sequential([keras.Input((13,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5), keras.layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    hist = model.fit(x[tr], labels[tr], batch_size=13, epochs=20, verbose=2)
    scores.append(model.evaluate(x[te], labels[te], verbose=0)[1])
print("real labels:", scores[0], "shuffled labels:", scores[1:])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy_gap:{scores[0] - np.mean(scores[1:]):.6f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
