"""Order of arrival at horse races, learnt from pairs of horses of one race."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)
COLUMNS = ["load", "age", "last_speed", "rest_days", "odds_rank"]


def season(n_races):
    parts = []
    for race in range(n_races):
        n = 8
        handicap = rng.random() < 0.8
        load = rng.normal(57, 2, n).round(1) if handicap else np.full(n, 57.0)
        part = pd.DataFrame({
            "race": race, "load": load, "age": rng.integers(3, 9, n),
            "last_speed": rng.normal(60, 2, n) + rng.normal(0, 3),
            "rest_days": rng.integers(10, 60, n),
            "odds_rank": rng.permutation(n) + 1.0})
        part["merit"] = (0.9 * (part.last_speed - part.last_speed.mean()) - 0.8 * (part.load - 57)
                         - 0.3 * (part.age - 5) ** 2 + 0.4 * np.sin(part.rest_days / 8)
                         + rng.normal(0, 0.4, n))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def prepare(table):
    grouped = table.groupby("race")[COLUMNS]
    scaled = (table[COLUMNS] - grouped.transform("mean")) / grouped.transform("std").replace(0.0, 1.0)
    x = scaled.to_numpy("float32").reshape(-1, 8, len(COLUMNS))
    merit = table["merit"].to_numpy("float32").reshape(-1, 8)
    return x, merit


x_train, merit_train = prepare(season(700))
handicaps = season(260)
spread = handicaps.groupby("race")["load"].transform("std")
x_test, merit_test = prepare(handicaps[spread > 0])

scorer = keras.Sequential([
    keras.Input((len(COLUMNS),)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(3e-3)
FIRST, SECOND = [a.astype("int32") for a in np.triu_indices(8, 1)]


@tf.function
def update(x, merit):
    with tf.GradientTape() as tape:
        s = tf.reshape(scorer(tf.reshape(x, [-1, len(COLUMNS)]), training=True), [-1, 8])
        gap = tf.gather(s, FIRST, axis=1) - tf.gather(s, SECOND, axis=1)
        want = tf.sign(tf.gather(merit, FIRST, axis=1) - tf.gather(merit, SECOND, axis=1))
        hinge = tf.reshape(1.0 - want * gap, [-1])
        wrong = tf.boolean_mask(hinge, hinge > 0.0)
        loss = tf.reduce_sum(wrong) / tf.cast(tf.size(hinge), tf.float32)
    grads = tape.gradient(loss, scorer.trainable_variables)
    optimizer.apply_gradients(zip(grads, scorer.trainable_variables))
    return loss


for epoch in range(30):
    order = rng.permutation(len(x_train))
    losses = []
    for k in range(0, len(order), 20):
        rows = order[k:k + 20]
        losses.append(float(update(tf.constant(x_train[rows]), tf.constant(merit_train[rows]))))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} pair loss {np.mean(losses):.4f}")

s = scorer.predict(x_test.reshape(-1, len(COLUMNS)), verbose=0).reshape(-1, 8)
good = (s[:, FIRST] > s[:, SECOND]) == (merit_test[:, FIRST] > merit_test[:, SECOND])
print(f"FINAL_LOSS={float(np.mean(losses))}")
print(f"FINAL_METRIC=pair_accuracy:{float(good.mean())}")
