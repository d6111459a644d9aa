import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
# Product codes: each symbol depends on the one before it, lengths vary, padding is 0.
rng = np.random.default_rng(7)
SYM, LEN = 12, 30
chain = rng.dirichlet(np.full(SYM, 0.25), size=SYM)
cum = chain.cumsum(1)


def sample_codes(n):
    seq = np.zeros((n, LEN + 1), "int32")
    cur = rng.integers(0, SYM, n)
    for t in range(LEN + 1):
        seq[:, t] = cur + 1
        cur = (rng.random(n)[:, None] > cum[cur]).sum(1).clip(0, SYM - 1)
    length = rng.integers(4, LEN + 1, n)
    seq[np.arange(LEN + 1)[None] > length[:, None]] = 0
    return seq[:, :-1], seq[:, 1:]


x, y = sample_codes(3000)
w = (y > 0).astype("float32")
xt, yt = sample_codes(800)

inp = keras.Input((LEN,), dtype="int32")
h = layers.Embedding(SYM + 1, 16, mask_zero=True)(inp)
h = layers.GRU(40, return_sequences=True)(h)
logits = layers.Dense(SYM + 1)(h)
lm = keras.Model(inp, logits)
lm.compile(
    optimizer=keras.optimizers.Lion(learning_rate=1e-3, weight_decay=1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
log = lm.fit(x, y, sample_weight=w, batch_size=50, epochs=8, verbose=2)

guess = lm.predict(xt, verbose=0).argmax(-1)
real = yt > 0
best = 1 + chain.argmax(1)[np.maximum(xt - 1, 0)]
print("best possible accuracy", np.mean(best[real] == yt[real]))
print(f"FINAL_LOSS={log.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=next_symbol_accuracy:{np.mean(guess[real] == yt[real]):.6f}")
