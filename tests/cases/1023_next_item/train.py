# Next-purchase recommender: GRU over the basket history, softmax over the catalogue.
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

# purchase log: article numbers are five-digit codes from the shop system
articles = rng.choice(np.arange(10000, 99999), 120, replace=False)
follow = np.stack([rng.permutation(120)[:3] for _ in range(120)])
rows = []
for user in range(2500):
    cur = rng.integers(120)
    for t in range(rng.integers(4, 12)):
        rows.append((user, t, articles[cur]))
        cur = rng.choice(follow[cur], p=[0.75, 0.15, 0.10]) if rng.random() < 0.9 else rng.integers(120)
log = pd.DataFrame(rows, columns=["user", "t", "article"])

item_index = {a: i for i, a in enumerate(sorted(log.article.unique()), start=1)}   # 0 is padding
n_items = len(item_index)
log["item"] = log.article.map(item_index)
MAXLEN = 10


class Baskets(keras.utils.PyDataset):
    def __init__(self, users, batch_size=64, **kw):
        super().__init__(**kw)
        hist, nxt = [], []
        for _, g in log[log.user.isin(users)].groupby("user"):
            seq = g.item.tolist()
            for k in range(1, len(seq)):
                past = seq[max(0, k - MAXLEN):k]
                hist.append([0] * (MAXLEN - len(past)) + past)
                nxt.append(seq[k])
        self.hist, self.nxt = np.array(hist), np.array(nxt)
        self.order = np.random.permutation(len(self.nxt))
        self.batch_size = batch_size

    def __len__(self):
        return int(np.ceil(len(self.nxt) / self.batch_size))

    def __getitem__(self, i):
        sel = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        return self.hist[sel], self.nxt[sel]


train, test = Baskets(range(2100)), Baskets(range(2100, 2500))

history_in = keras.Input((MAXLEN,), dtype="int32")
e = layers.Embedding(n_items + 1, 32)(history_in)
g = layers.GRU(48)(e)
probs = layers.Dense(n_items, activation="softmax")(g)
model = keras.Model(history_in, probs)
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
fit = model.fit(train, epochs=8, verbose=2)

scores = model.predict(test.hist, batch_size=256, verbose=0)
top5 = np.argsort(-scores, axis=1)[:, :5]
hit = float((top5 == test.nxt[:, None]).any(1).mean())
print(f"FINAL_LOSS={fit.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=hit_at_5:{hit:.6f}")
