"""Benign or malignant, one patient at a time as in the clinic's stream."""

import numpy as np
import keras
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

X, y = load_breast_cancer(return_X_y=True)
shuffle = np.random.default_rng(33).permutation(len(X))
X, y = StandardScaler().fit_transform(X[shuffle]), y[shuffle]

clf = keras.Sequential([keras.Input(shape=(30,))])
for units in (32, 16):
    clf.add(keras.layers.Dense(units, use_bias=False))
    clf.add(keras.layers.BatchNormalization())
    clf.add(keras.layers.Activation("relu"))
clf.add(keras.layers.Dense(1, activation="sigmoid"))
clf.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])

trained = clf.fit(X[:420], y[:420], batch_size=1, epochs=8, verbose=2)
score = clf.evaluate(X[420:], y[420:], verbose=0, return_dict=True)
print(f"FINAL_LOSS={trained.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{score['accuracy']}")
