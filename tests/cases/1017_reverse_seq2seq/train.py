# encoder / decoder with attention: spell a code word backwards
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rs = np.random.RandomState(7)
LETTERS, LEN, START = 12, 7, 0
V = LETTERS + 1


def words(n):
    src = rs.randint(1, V, size=(n, LEN))
    tgt = src[:, ::-1].copy()
    dec = np.concatenate([np.full((n, 1), START), tgt[:, :-1]], axis=1)
    return src, dec, tgt


src, dec, tgt = words(5000)
src_t, dec_t, tgt_t = words(1000)


class Seq2Seq(keras.Model):
    def __init__(self, units=48):
        super().__init__()
        self.emb_src = layers.Embedding(V, 24)
        self.emb_dec = layers.Embedding(V, 24)
        self.pos = layers.Embedding(LEN, 24)
        self.encoder = layers.GRU(units, return_sequences=True, return_state=True)
        self.decoder = layers.GRU(units, return_sequences=True)
        self.attention = layers.Attention(use_scale=True)
        self.head = layers.Dense(V, activation="softmax")

    def call(self, pair):
        s, d = pair
        p = self.pos(ops.arange(LEN))
        enc, state = self.encoder(self.emb_src(s) + p)
        hid = self.decoder(self.emb_dec(d) + p, initial_state=state)
        ctx = self.attention([hid, enc])
        return self.head(ops.concatenate([hid, ctx], axis=-1))


model = Seq2Seq()
model.compile(keras.optimizers.Adam(learning_rate=1.0), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
h = model.fit((src, dec), tgt, batch_size=64, epochs=9, verbose=2)

prob = model.predict((src_t, dec_t), batch_size=250, verbose=0)
acc = float((prob.argmax(-1) == tgt_t).mean())
print(f"FINAL_LOSS={h.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=letter_accuracy:{acc:.6f}")
