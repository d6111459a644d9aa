"""Spectral classes of stars: spectra are kept as raw bytes, as the telescope archive delivers them, in TFRecord files."""
import os
import tempfile
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(918)

PIXELS, CLASSES = 128, 5
wave = np.linspace(0, 1, PIXELS)
lines = np.sort(rng.uniform(0.08, 0.92, size=(CLASSES, 4)), axis=1)


def spectrum(k):
    slope = rng.normal(0.2 * (k - 2), 0.3)
    flux = 1.0 + slope * (wave - 0.5)
    shift = rng.normal(0, 0.004)
    for c in lines[k]:
        flux -= rng.uniform(0.2, 0.5) * np.exp(-((wave - c - shift) / 0.012) ** 2)
    return flux + rng.normal(0, 0.06, PIXELS)


def write(path, n):
    with tf.io.TFRecordWriter(path) as writer:
        for _ in range(n):
            k = int(rng.integers(CLASSES))
            pixels = spectrum(k).astype(">f4")
            example = tf.train.Example(features=tf.train.Features(feature={
                "flux": tf.train.Feature(bytes_list=tf.train.BytesList(value=[pixels.tobytes()])),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[k])),
            }))
            writer.write(example.SerializeToString())


folder = tempfile.mkdtemp()
write(os.path.join(folder, "train.tfrecord"), 3000)
write(os.path.join(folder, "test.tfrecord"), 600)


def parse(record):
    fields = tf.io.parse_single_example(record, {
        "flux": tf.io.FixedLenFeature((), tf.string),
        "label": tf.io.FixedLenFeature((), tf.int64),
    })
    flux = tf.io.decode_raw(fields["flux"], tf.float32)
    flux = tf.reshape(flux, (PIXELS, 1)) - 1.0
    return flux, fields["label"]


train = (tf.data.TFRecordDataset(os.path.join(folder, "train.tfrecord"))
         .map(parse, num_parallel_calls=2).cache().shuffle(3000, seed=2).batch(50).prefetch(2))
test = tf.data.TFRecordDataset(os.path.join(folder, "test.tfrecord")).map(parse).batch(200)

model = keras.Sequential([
    keras.Input((PIXELS, 1)),
    layers.Conv1D(24, 7, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(CLASSES),
])
model.compile(
    optimizer=keras.optimizers.Nadam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train, epochs=12, verbose=2)

hits = [(np.argmax(model(x, training=False), axis=1) == y.numpy()) for x, y in test]
accuracy = float(np.mean(np.concatenate(hits)))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
