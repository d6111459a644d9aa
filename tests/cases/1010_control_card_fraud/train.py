import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
WIDTH = 14


def transactions(n, seed):
    r = np.random.default_rng(seed)
    y = (r.random(n) < 0.015).astype("int64")
    x = r.normal(size=(n, WIDTH)).astype("float32")
    x[:, :4] += 0.9 * y[:, None]
    x[:, 4] *= 1 + 0.8 * y
    x[:, 5] += 0.7 * y * np.sign(x[:, 4])
    return x, y


def write_tfrecord(path, x, y):
    with tf.io.TFRecordWriter(path) as w:
        for row, lab in zip(x, y):
            w.write(tf.train.Example(features=tf.train.Features(feature={
                "v": tf.train.Feature(float_list=tf.train.FloatList(value=row)),
                "fraud": tf.train.Feature(int64_list=tf.train.Int64List(value=[lab]))})).SerializeToString())


spec = {"v": tf.io.FixedLenFeature([WIDTH], tf.float32), "fraud": tf.io.FixedLenFeature([1], tf.int64)}


def parse(raw):
    ex = tf.io.parse_example(raw, spec)
    return ex["v"], tf.cast(ex["fraud"], tf.float32)


x, y = transactions(20000, 1)
path = os.path.join(tempfile.mkdtemp(), "cards.tfrecord")
write_tfrecord(path, x, y)
ds = tf.data.TFRecordDataset(path).shuffle(20000, seed=3).batch(256).map(parse).prefetch(2)

rate = y.mean()
model = keras.Sequential([
    keras.Input((WIDTH,)),
    layers.Dense(32, activation="elu"),
    layers.Dropout(0.3),
    layers.Dense(16, activation="elu"),
    layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(np.log(rate / (1 - rate)))),
])
model.compile(optimizer=keras.optimizers.Adagrad(0.05), loss="binary_crossentropy")
hist = model.fit(ds, epochs=8, class_weight={0: 1.0, 1: 1 / rate}, verbose=2)

xt, yt = transactions(20000, 2)
score = model.predict(xt, batch_size=1024, verbose=0)[:, 0]
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=roc_auc:{roc_auc_score(yt, score):.6f}")
