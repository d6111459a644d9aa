# Next track in a listening session, small causal transformer (SASRec style).
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

N_TRACKS = 120
MAXLEN = 16
SESSIONS = 1500

follow = rng.integers(1, N_TRACKS + 1, (N_TRACKS + 1, 3))
sessions = []
for _ in range(SESSIONS):
    length = rng.integers(6, MAXLEN + 2)
    s = [int(rng.integers(1, N_TRACKS + 1))]
    while len(s) < length:
        s.append(int(follow[s[-1], rng.integers(3)]) if rng.uniform() < 0.9
                 else int(rng.integers(1, N_TRACKS + 1)))
    sessions.append(s)

# 0 is the padding, tracks are numbered from 1
padded = keras.utils.pad_sequences(sessions, maxlen=MAXLEN + 1, padding="post")
x, y = padded[:, :-1], padded[:, 1:]
w = (y != 0).astype("float32")
x_tr, y_tr, w_tr = x[:1300], y[:1300], w[:1300]
x_te, y_te = x[1300:], y[1300:]


class TrackEmbedding(layers.Layer):
    def __init__(self, vocab, dim, **kw):
        super().__init__(**kw)
        self.tracks = layers.Embedding(vocab, dim)
        self.places = layers.Embedding(MAXLEN, dim)

    def call(self, ids):
        return self.tracks(ids) + self.places(ops.arange(MAXLEN))


inp = layers.Input((MAXLEN,), dtype="int32")
h = TrackEmbedding(N_TRACKS + 1, 48)(inp)
for _ in range(2):
    a = layers.MultiHeadAttention(2, 24)(h, h, use_causal_mask=True)
    h = layers.LayerNormalization()(h + a)
    f = layers.Dense(48)(layers.Dense(96, activation="relu")(h))
    h = layers.LayerNormalization()(h + f)
out = layers.Dense(N_TRACKS + 1, activation="softmax")(h)

model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy")
hist = model.fit(x_tr, y_tr, sample_weight=w_tr, batch_size=64, epochs=10, verbose=2)

scores = model.predict(x_te, verbose=0)
top = np.argsort(-scores, axis=-1)[..., :5]
hit = (top == y_te[..., None]).any(-1)[y_te != 0]
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=hit_at_5:{hit.mean():.6f}")
