"""Learn to rank the runners of a race from their features (Plackett-Luce model)."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from scipy.stats import kendalltau

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

RACES, RUNNERS, FEATS = 1500, 10, 8


def make_races(n):
    x = rng.normal(size=(n, RUNNERS, FEATS)).astype("float32")
    skill = 1.5 * x[..., 0] - 1.0 * x[..., 1] + np.tanh(2 * x[..., 2]) * x[..., 3] + 0.8 * np.abs(x[..., 4])
    order = np.argsort(-skill, axis=1).astype("int32")
    return x, order, skill


x_train, order_train, _ = make_races(RACES)
x_test, order_test, skill_test = make_races(300)


def plackett_luce_nll(order, scores):
    """Negative log-likelihood of the observed finishing order."""
    order = tf.cast(order, tf.int32)
    ranked = tf.gather(scores, order, axis=1, batch_dims=1)
    strength = tf.exp(ranked)
    remaining = tf.cumsum(strength, axis=1, reverse=True)
    log_prob = tf.math.log(strength / remaining)
    return -tf.reduce_mean(log_prob, axis=1)


def build_scorer():
    inp = keras.Input((RUNNERS, FEATS))
    h = layers.Dense(48, activation="relu")(inp)
    h = layers.Dense(48, activation="relu")(h)
    s = layers.Dense(1)(h)
    out = layers.Reshape((RUNNERS,))(s)
    return keras.Model(inp, out)


model = build_scorer()
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=plackett_luce_nll)
hist = model.fit(x_train, order_train, batch_size=64, epochs=40, verbose=0)

for e in range(0, len(hist.history["loss"]), 8):
    print(f"epoch {e:3d}  loss {hist.history['loss'][e]:.4f}")

scores = model.predict(x_test, verbose=0)
tau = np.mean([kendalltau(s, k)[0] for s, k in zip(scores, skill_test)])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=kendall_tau:{tau:.4f}")
