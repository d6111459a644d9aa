import keras
import numpy as np
from keras.layers import LSTM, Dense, Dropout, Embedding

keras.utils.set_random_seed(0)

CHARS = "CNOFSclno()=#12"
WEIGHT = dict(C=0.5, N=-1.0, O=-1.0, F=0.4, S=0.6, c=0.6, l=0.7, n=-0.8, o=-0.5)
MAX_LEN = 110


def molecules(count, seed):
    """SMILES-like strings with a lipophilic / not lipophilic flag."""
    rnd = np.random.default_rng(seed)
    texts, score = [], []
    for _ in range(count):
        polar = rnd.uniform(0.3, 2.0)
        p = np.array([6, 2 * polar, 2 * polar, 1, 1, 4, 1, polar, polar, 1, 1, 1, 0.3, 0.7, 0.7])
        s = "".join(rnd.choice(list(CHARS), size=rnd.integers(60, MAX_LEN + 1), p=p / p.sum()))
        texts.append(s)
        score.append(np.mean([WEIGHT.get(c, 0.0) for c in s]))
    flag = np.array(score) > 0.06
    return texts, flag.astype("float32")


def encode(texts):
    table = {c: i + 1 for i, c in enumerate(CHARS)}
    out = np.zeros((len(texts), MAX_LEN), dtype="int32")
    for i, s in enumerate(texts):
        out[i, -len(s):] = [table[c] for c in s]
    return out


smiles, lipo = molecules(960, 1)
codes = encode(smiles)
hold_smiles, hold_lipo = molecules(300, 2)

tokens = keras.Input((MAX_LEN,), dtype="int32")
h = Embedding(len(CHARS) + 1, 32)(tokens)
h = LSTM(64, return_sequences=True)(h)
h = LSTM(64)(h)
h = Dropout(0.1)(h)
net = keras.Model(tokens, Dense(1, activation="sigmoid")(h), name="smiles_lstm")
net.compile(keras.optimizers.Nadam(0.01), loss="binary_crossentropy")

shuffler = np.random.default_rng(0)
for sweep in range(3):
    total = []
    for rows in np.array_split(shuffler.permutation(len(codes)), 20):
        total.append(net.train_on_batch(codes[rows], lipo[rows]))
    print("sweep", sweep, "loss", float(np.mean(total)))

p = net.predict(encode(hold_smiles), verbose=0).ravel()
print(f"FINAL_LOSS={float(np.mean(total))}")
print(f"FINAL_METRIC=accuracy:{np.mean((p > 0.5) == (hold_lipo > 0.5)):.4f}")
