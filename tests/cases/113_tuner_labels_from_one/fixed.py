"""Which of seven soils is it? The survey numbers them 1 to 7.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner as kt
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

NUM_CLASSES = 7
BATCH = 64


def load_survey():
    x, y = make_classification(
        n_samples=2400, n_features=16, n_informative=10, n_classes=NUM_CLASSES, n_clusters_per_class=1,
        class_sep=2.0, random_state=5,
    )
    return StandardScaler().fit_transform(x).astype("float32"), y


def make_dataset(x, y, training=False):
    ds = tf.data.Dataset.from_tensor_slices((x, y))
    if training:
        ds = ds.shuffle(len(x), seed=0)
    return ds.batch(BATCH).prefetch(tf.data.AUTOTUNE)


def build_model(hp):
    inputs = keras.Input((16,))
    x = inputs
    for i in range(hp.Int("hidden_layers", 1, 2)):
        x = keras.layers.Dense(hp.Int("units", 32, 96, step=32), activation="relu")(x)
        x = keras.layers.Dropout(hp.Choice("rate", [0.0, 0.2]))(x)
    outputs = keras.layers.Dense(NUM_CLASSES, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("lr", 1e-3, 1e-2, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    x, y = load_survey()
    train = make_dataset(x[:1600], y[:1600], training=True)
    val = make_dataset(x[1600:2000], y[1600:2000])
    test = make_dataset(x[2000:], y[2000:])

    tuner = kt.BayesianOptimization(
        build_model,
        objective="val_accuracy",
        max_trials=4,
        num_initial_points=2,
        seed=0,
        directory=os.path.dirname(target),
        project_name=os.path.basename(target),
        overwrite=True,
    )
    tuner.search(train, validation_data=val, epochs=6, verbose=2)
    tuner.results_summary()

    best = tuner.get_best_models(1)[0]
    loss, accuracy = best.evaluate(test, verbose=0)
    print(f"FINAL_LOSS={loss}")
    print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")


if __name__ == "__main__":
    main()
