"""Implicit feedback: which of 200 films does a user watch? About three in a hundred pairs are positive."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


rng = np.random.default_rng(9)
U, I, K = 600, 200, 2
pu, qi = rng.normal(size=(U, K)), rng.normal(size=(I, K))
logit = 2.2 * pu @ qi.T - 7.0 + rng.normal(size=(1, I))
watched = (rng.random((U, I)) < 1 / (1 + np.exp(-logit))).astype("float32")
print("share watched", watched.mean())
uu, ii = np.meshgrid(np.arange(U), np.arange(I), indexing="ij")
pairs = np.stack([uu.ravel(), ii.ravel()], 1)
label = watched.ravel()
perm = rng.permutation(len(label))
tr, te = perm[:95000], perm[95000:]


class PairBatches(keras.utils.PyDataset):
    def __init__(self, idx, batch_size, **kw):
        super().__init__(**kw)
        self.idx, self.bs = idx.copy(), batch_size
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return len(self.idx) // self.bs

    def __getitem__(self, k):
        s = self.idx[k * self.bs:(k + 1) * self.bs]
        y = label[s]
        return {"user": pairs[s, 0], "film": pairs[s, 1]}, y, np.where(y > 0, 15.0, 1.0).astype("float32")

    def on_epoch_end(self):
        self.rng.shuffle(self.idx)


user = keras.Input((), dtype="int32", name="user")
film = keras.Input((), dtype="int32", name="film")
small = keras.initializers.RandomNormal(stddev=0.3)
pe = layers.Embedding(U, 4, embeddings_initializer=small)(user)
qe = layers.Embedding(I, 4, embeddings_initializer=small)(film)
bu = layers.Embedding(U, 1, embeddings_initializer="zeros")(user)
bi = layers.Embedding(I, 1, embeddings_initializer="zeros")(film)
score = layers.Add()([layers.Dot(axes=1)([pe, qe]), bu, bi])
model = keras.Model([user, film], score)
model.compile(optimizer=keras.optimizers.Adagrad(learning_rate=1.0),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))
hist = model.fit(PairBatches(tr, 500), epochs=14, verbose=2)

p = model.predict({"user": pairs[te, 0], "film": pairs[te, 1]}, batch_size=5000, verbose=0)[:, 0]
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=auc:{roc_auc_score(label[te], p):.6f}")
