"""Order the hits of a seed shop's search so that bought packets come first (smooth NDCG)."""
import keras
import numpy as np
from keras import ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
LISTS, HITS, FEATS = 2400, 10, 8

x = rng.normal(size=(LISTS, HITS, FEATS)).astype("float32")
taste = 1.2 * x[..., 0] - x[..., 1] + 0.9 * x[..., 2] * x[..., 3] + 0.6 * np.tanh(2 * x[..., 4])
worth = taste + rng.normal(0, 0.5, taste.shape)
grade = ((worth > 1.2).astype("float32") + (worth > 2.6) + (worth > 3.8)).astype("float32")
print("lists", LISTS, "grades", np.bincount(grade.astype(int).ravel()))
x_tr, x_te, g_tr, g_te = x[:2000], x[2000:], grade[:2000], grade[2000:]


def smooth_ndcg_loss(y_true, scores, temperature=0.3):
    gain = 2.0 ** y_true - 1.0
    diff = ops.expand_dims(scores, 1) - ops.expand_dims(scores, 2)
    rank = 0.5 + ops.sum(ops.sigmoid(diff / temperature), axis=2)
    dcg = ops.sum(gain / ops.log2(1.0 + rank), axis=1)
    place = ops.arange(1, HITS + 1, dtype="float32")
    ideal = ops.sum(-ops.sort(-gain, axis=1) / ops.log2(1.0 + place), axis=1)
    return 1.0 - dcg / ideal


inp = keras.Input((HITS, FEATS))
h = keras.layers.Dense(48, activation="relu")(inp)
h = keras.layers.Dense(32, activation="relu")(h)
out = keras.layers.Reshape((HITS,))(keras.layers.Dense(1)(h))
ranker = keras.Model(inp, out)
ranker.compile(keras.optimizers.Adam(2e-3), loss=smooth_ndcg_loss)
hist = ranker.fit(x_tr, g_tr, batch_size=50, epochs=30, verbose=2)

s = ranker.predict(x_te, verbose=0)
disc = 1 / np.log2(np.arange(2, HITS + 2))
found = []
for sc, g in zip(s, g_te):
    if g.max() == 0:
        continue
    got = np.sum((2 ** g[np.argsort(-sc, kind="stable")] - 1) * disc)
    found.append(got / np.sum((2 ** np.sort(g)[::-1] - 1) * disc))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=ndcg:%f" % np.mean(found))
