"""Ram force of a forging press from its log: place in the 24 second cycle, oil temperature, billet."""
import os
import tempfile
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
CYCLE = 24.0
START = 1718000000


def write_log(path, n, seed):
    rng = np.random.default_rng(seed)
    t = np.sort(rng.integers(START, START + 40 * 86400, n))
    oil = rng.normal(52, 6, n)
    billet = rng.uniform(2, 9, n)
    ph = 2 * np.pi * (t % CYCLE) / CYCLE
    force = 300 + 140 * np.sin(ph) * (billet / 5) + 60 * np.cos(2 * ph) - 1.5 * (oil - 52) + rng.normal(0, 8, n)
    with open(path, "w") as f:
        f.write("time,oil,billet,force\n")
        for row in zip(t, oil, billet, force):
            f.write("%d,%.1f,%.2f,%.1f\n" % row)


folder = tempfile.mkdtemp()
train_csv = os.path.join(folder, "press_june.csv")
test_csv = os.path.join(folder, "press_july.csv")
write_log(train_csv, 12000, 1)
write_log(test_csv, 2000, 2)


def parse(line):
    time, oil, billet, force = tf.io.decode_csv(line, record_defaults=[tf.constant(0.0, tf.float64), 0.0, 0.0, 0.0])
    angle = tf.cast(2 * np.pi * (time % CYCLE) / CYCLE, tf.float32)
    row = tf.stack([tf.sin(angle), tf.cos(angle), (oil - 52.0) / 6.0, (billet - 5.5) / 2.0])
    return row, (force - 300.0) / 100.0


def read(path):
    return tf.data.TextLineDataset(path).skip(1).map(parse)


train = read(train_csv).cache().shuffle(12000, seed=1).batch(64)
test = read(test_csv).batch(500)

model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(64, activation="gelu"),
    keras.layers.Dense(64, activation="gelu"),
    keras.layers.Dense(1),
])
model.compile(keras.optimizers.Adam(2e-3), loss="mse")
log = model.fit(train, epochs=15, verbose=2)

true = np.concatenate([y.numpy() for _, y in test])
pred = model.predict(test, verbose=0)[:, 0]
r2 = 1 - ((true - pred) ** 2).sum() / ((true - true.mean()) ** 2).sum()
print(f"FINAL_LOSS={log.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
