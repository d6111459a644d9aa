"""Which recipe box will a customer order? Two embedding towers."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(915)

CUSTOMERS, BOXES, TASTES = 1200, 500, 4
customer_taste = rng.normal(size=(CUSTOMERS, TASTES))
box_taste = rng.normal(size=(BOXES, TASTES))


class OrderBatches(keras.utils.PyDataset):
    """Pairs of customer and box with the answer ordered / not ordered."""

    def __init__(self, pairs, size, **kwargs):
        super().__init__(**kwargs)
        self.pairs, self.size = pairs, size

    def __len__(self):
        return len(self.pairs[0]) // self.size

    def __getitem__(self, i):
        cut = slice(i * self.size, (i + 1) * self.size)
        c, b, y = (a[cut] for a in self.pairs)
        return (c, b), y

    def on_epoch_end(self):
        order = np.random.permutation(len(self.pairs[0]))
        self.pairs = tuple(a[order] for a in self.pairs)


def offers(n):
    c = rng.integers(0, CUSTOMERS, n)
    b = rng.integers(0, BOXES, n)
    liking = 1.5 * np.sum(customer_taste[c] * box_taste[b], axis=1)
    y = (rng.random(n) < 1 / (1 + np.exp(-liking))).astype("float32")
    return c.astype("int32"), b.astype("int32"), y[:, None]


train, test = offers(60000), offers(8000)


def embedding(rows):
    return layers.Embedding(rows, 64, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05))


customer = keras.Input((), dtype="int32", name="customer")
box = keras.Input((), dtype="int32", name="box")
u = embedding(CUSTOMERS)(customer)
v = embedding(BOXES)(box)
bias = layers.Embedding(BOXES, 1, embeddings_initializer="zeros")(box)
score = ops.sum(u * v, axis=-1, keepdims=True) + bias
model = keras.Model([customer, box], score)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
)
history = model.fit(OrderBatches(train, 256), epochs=12, verbose=2)

s = model.predict((test[0], test[1]), batch_size=1000, verbose=0)[:, 0]
y = test[2][:, 0]
rank = np.empty(len(s))
rank[np.argsort(s)] = np.arange(1, len(s) + 1)
n1 = y.sum()
auc = (rank[y == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(y) - n1))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
