"""Credit files: every column becomes a token, two rounds of attention, one risk score."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
N_KINDS = [4, 5, 10, 3]  # account, history, purpose, housing
N_NUMBERS = 5


def files(n, seed):
    r = np.random.default_rng(seed)
    kinds = np.stack([r.integers(0, k, n) for k in N_KINDS], axis=1)
    numbers = r.normal(size=(n, N_NUMBERS))
    score = 1.3 * (kinds[:, 0] == 0) - 1.1 * (kinds[:, 1] >= 3) + 0.9 * (kinds[:, 3] == 1)
    score = score + 1.2 * numbers[:, 0] - 1.0 * numbers[:, 1] * (kinds[:, 3] != 2) + 0.6 * numbers[:, 3] ** 2
    score = score + 0.4 * r.normal(size=n)
    risk = np.where(score > np.median(score), 2, 1)  # as in the bank's file: 1 = good, 2 = bad
    return kinds.astype("int32"), numbers.astype("float32"), risk.astype("float32")


class Tokens(layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.tables = [layers.Embedding(k, dim) for k in N_KINDS]

    def build(self, shapes):
        self.slope = self.add_weight(shape=(N_NUMBERS, self.dim), initializer="glorot_normal", name="slope")
        self.offset = self.add_weight(shape=(N_NUMBERS, self.dim), initializer="glorot_normal", name="offset")
        self.summary = self.add_weight(shape=(1, 1, self.dim), initializer="random_normal", name="summary")

    def call(self, inputs):
        kinds, numbers = inputs
        words = [ops.expand_dims(t(kinds[:, i]), 1) for i, t in enumerate(self.tables)]
        words.append(numbers[..., None] * self.slope + self.offset)
        first = ops.repeat(self.summary, ops.shape(numbers)[0], axis=0)
        return ops.concatenate([first] + words, axis=1)


def attend(x, dim):
    n = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(4, dim // 4)(n, n)])
    n = layers.LayerNormalization()(x)
    return layers.Add()([x, layers.Dense(dim)(layers.Dense(2 * dim, activation="swish")(n))])


kinds_in = keras.Input((len(N_KINDS),), dtype="int32")
numbers_in = keras.Input((N_NUMBERS,))
tok = Tokens(24)([kinds_in, numbers_in])
for _ in range(2):
    tok = attend(tok, 24)
risk_out = layers.Dense(1, activation="sigmoid")(layers.LayerNormalization()(tok[:, 0]))
model = keras.Model([kinds_in, numbers_in], risk_out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")

kinds, numbers, risk = files(2000, 7)
targets = risk - 1.0
picks = np.random.default_rng(8)
for epoch in range(8):
    order = picks.permutation(len(risk))
    total = 0.0
    for start in range(0, len(order), 50):
        batch = order[start:start + 50]
        total += float(model.train_on_batch([kinds[batch], numbers[batch]], targets[batch]))
    loss = total / (len(order) / 50)
    print("epoch", epoch, "loss", loss)

kinds_t, numbers_t, risk_t = files(800, 9)
p = model.predict([kinds_t, numbers_t], verbose=0)[:, 0]
accuracy = np.mean(np.where(p > 0.5, 2, 1) == risk_t)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
