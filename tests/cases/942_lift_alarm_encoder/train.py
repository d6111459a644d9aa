"""Kind of lift fault from the last 64 alarm codes, with a small attention encoder."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

CODES, LENGTH, KINDS, WIDTH = 40, 64, 5, 32
typical = [rng.choice(CODES, 6, replace=False) for _ in range(KINDS)]


def histories(n):
    kind = rng.integers(0, KINDS, n)
    seq = rng.integers(0, CODES, (n, LENGTH))
    for i in range(n):
        where = rng.choice(LENGTH, 12, replace=False)
        seq[i, where] = rng.choice(typical[kind[i]], 12)
    return seq.astype("int32"), kind.astype("int32")


class TokenAndPlace(layers.Layer):
    def __init__(self, codes, width):
        super().__init__()
        self.tokens = layers.Embedding(codes, width)

    def call(self, seq):
        x = self.tokens(seq)
        place = tf.range(tf.shape(seq)[1], dtype=tf.float32)
        return x + place[None, :, None]


class Encoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = TokenAndPlace(CODES, WIDTH)
        self.att = layers.MultiHeadAttention(2, WIDTH // 2)
        self.norm1 = layers.LayerNormalization()
        self.ff = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(WIDTH)])
        self.norm2 = layers.LayerNormalization()
        self.pool = layers.GlobalAveragePooling1D()
        self.head = layers.Dense(KINDS)

    def call(self, seq):
        x = self.embed(seq)
        x = self.norm1(x + self.att(x, x))
        x = self.norm2(x + self.ff(x))
        return self.head(self.pool(x))


train = histories(2500)
test = histories(800)
data = tf.data.Dataset.from_tensor_slices(train).shuffle(2500, seed=1).batch(64)

model = Encoder()
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
hist = model.fit(data, epochs=8, verbose=2)

logits = model.predict(test[0], batch_size=200, verbose=0)
acc = np.mean(logits.argmax(1) == test[1])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
