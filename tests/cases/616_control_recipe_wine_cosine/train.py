import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

WORDS, LENGTH, TASTES = 400, 18, 24
word_taste = rng.normal(size=(WORDS, TASTES)) * (rng.uniform(size=(WORDS, 1)) < 0.5)
COUNTRIES = 6
country_taste = rng.normal(0, 1.2, (COUNTRIES, TASTES))
mix = rng.normal(0, 1.0 / np.sqrt(TASTES), (TASTES, 32))


def make(n):
    words = rng.integers(1, WORDS, (n, LENGTH))
    lengths = rng.integers(6, LENGTH + 1, n)
    words[np.arange(LENGTH)[None] >= lengths[:, None]] = 0
    country = rng.integers(0, COUNTRIES, n)
    taste = np.stack([word_taste[w[w > 0]].mean(0) for w in words]) * 2.0 + country_taste[country]
    wine = np.tanh(taste) @ mix * 40.0
    return words.astype("int32"), country[:, None].astype("int32"), wine.astype("float32")


words, country, wine = make(4000)
noisy = wine + rng.normal(0, 4.0, wine.shape).astype("float32")
words_t, country_t, wine_t = make(800)

word_in = keras.Input((LENGTH,), dtype="int32")
country_in = keras.Input((1,), dtype="int32")
e = layers.Embedding(WORDS, 32, mask_zero=True)(word_in)
e = layers.GlobalAveragePooling1D()(e)
c = layers.Flatten()(layers.Embedding(COUNTRIES, 32)(country_in))
h = layers.Concatenate()([e, c])
h = layers.Dense(96, activation="gelu")(h)
out = layers.Dense(32, use_bias=False)(h)
out = layers.UnitNormalization()(out)


class Matcher(keras.Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mean_loss = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        inputs, target = data
        with tf.GradientTape() as tape:
            guess = self(inputs, training=True)
            goal = tf.math.l2_normalize(target, axis=1)
            loss = -tf.reduce_mean(tf.reduce_sum(guess * goal, axis=1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


model = Matcher([word_in, country_in], out)
optimizer = keras.optimizers.Lion(3e-4)
model.compile(optimizer=optimizer)
history = model.fit([words, country], noisy, epochs=20, batch_size=80, verbose=2)

guess = model.predict([words_t, country_t], verbose=0)
cosine = np.mean(np.sum(guess * wine_t, 1) / np.linalg.norm(wine_t, axis=1))

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={float(history.history['loss'][-1]):.6f}")
print(f"FINAL_METRIC=cosine:{cosine:.6f}")
