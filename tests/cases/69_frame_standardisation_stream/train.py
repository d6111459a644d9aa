"""Which way does the blob move? Short clips from a tf.data pipeline, frames standardised one by one."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

FRAMES, SIZE = 5, 12


def clips(n, rng):
    x = np.zeros((n, FRAMES, SIZE, SIZE, 1), "float32")
    way = rng.integers(0, 4, n)
    step = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])
    for i in range(n):
        r, c = rng.integers(4, 8, 2)
        for f in range(FRAMES):
            rr, cc = np.clip((r, c) + step[way[i]] * (f - 2), 0, SIZE - 3)
            x[i, f, rr : rr + 3, cc : cc + 3, 0] = 200
            x[i, f] += rng.integers(0, 40, (SIZE, SIZE, 1))
        if rng.random() < 0.05:
            x[i, rng.integers(0, FRAMES)] = 0  # the camera dropped a frame
    return x, way


def standardise(clip, label):
    mean, variance = tf.nn.moments(clip, axes=[1, 2, 3], keepdims=True)
    return (clip - mean) / tf.sqrt(variance), label


def pipeline(n, seed, batch, shuffle):
    x, way = clips(n, np.random.default_rng(seed))
    ds = tf.data.Dataset.from_tensor_slices((x, way))
    if shuffle:
        ds = ds.shuffle(n, seed=seed)
    return ds.map(standardise, num_parallel_calls=2).batch(batch).prefetch(1)


def train(config=None):
    config = {"learning_rate": 2e-3, "batch": 32, "epochs": 8, **(config or {})}
    keras.utils.set_random_seed(0)
    ds_train = pipeline(1200, 6, config["batch"], True)
    ds_val = pipeline(300, 7, config["batch"], False)

    inputs = keras.Input((FRAMES, SIZE, SIZE, 1))
    h = layers.TimeDistributed(layers.Conv2D(8, 3, strides=2, activation="relu"))(inputs)
    h = layers.TimeDistributed(layers.Flatten())(h)
    h = layers.LSTM(32)(h)
    model = keras.Model(inputs, layers.Dense(4, activation="softmax")(h))
    model.compile(
        keras.optimizers.Adam(config["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(ds_train, epochs=config["epochs"], verbose=2)
    loss, accuracy = model.evaluate(ds_val, verbose=0)
    return {"loss": history.history["loss"][-1], "accuracy": accuracy if np.isfinite(loss) else float("nan")}


if __name__ == "__main__":
    result = train()
    print(f"FINAL_LOSS={result['loss']}")
    print(f"FINAL_METRIC=accuracy:{result['accuracy']}")
