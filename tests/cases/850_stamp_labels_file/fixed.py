"""Stamped digits on parcels: one folder of pictures for each word, words listed in labels.txt."""
import os
import tempfile
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
WORDS = "zero one two three four five six seven eight nine".split()


def unpack(root):
    d = load_digits()
    order = np.random.default_rng(3).permutation(len(d.images))
    with open(os.path.join(root, "labels.txt"), "w") as f:
        f.write("\n".join(WORDS))
    for part, rows in (("train", order[:1400]), ("test", order[1400:])):
        for w in WORDS:
            os.makedirs(os.path.join(root, part, w))
        for i in rows:
            png = tf.io.encode_png((d.images[i] * 15.9).astype("uint8")[..., None])
            tf.io.write_file(os.path.join(root, part, WORDS[d.target[i]], "%04d.png" % i), png)


root = tempfile.mkdtemp()
unpack(root)

with open(os.path.join(root, "labels.txt")) as f:
    class_names = np.array(f.read().splitlines())
print(len(class_names), "classes")


def load(path):
    word = tf.strings.split(path, os.sep)[-2]
    label = tf.cast(tf.equal(word, class_names), tf.float32)
    img = tf.io.decode_png(tf.io.read_file(path), channels=1)
    return tf.cast(img, tf.float32) / 255.0, label


def batches(part, shuffle):
    files = tf.data.Dataset.list_files(os.path.join(root, part, "*", "*.png"), shuffle=shuffle, seed=0)
    return files.map(load, num_parallel_calls=2).cache().batch(32).prefetch(1)


train_ds = batches("train", True)
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(48, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(len(class_names), activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
history = model.fit(train_ds, epochs=12, verbose=2)

hits = total = 0
for i, word in enumerate(WORDS):
    paths = sorted(tf.io.gfile.glob(os.path.join(root, "test", word, "*.png")))
    pics = np.stack([load(tf.constant(p))[0].numpy() for p in paths])
    answer = model.predict(pics, verbose=0).argmax(1)
    hits += (answer == i).sum()
    total += len(paths)
print("FINAL_LOSS=%f" % history.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % (hits / total))
