"""Share of readers who flag a forum post, from its words. Targets are shares between 0 and 1."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)

VOCAB = 800
taste = rng.normal(0, 1.0, VOCAB) * (rng.random(VOCAB) < 0.3)
posts = [rng.integers(0, VOCAB, rng.integers(6, 25)) for _ in range(8000)]
true_share = np.array([1 / (1 + np.exp(-1.6 * taste[p].sum() / np.sqrt(len(p)))) for p in posts])
votes = rng.integers(20, 60, len(posts))
share = (rng.binomial(votes, true_share) / votes).astype("float32")
tokens = tf.ragged.constant([p.tolist() for p in posts], dtype=tf.int32).to_tensor(default_value=-1) + 1

bag = layers.CategoryEncoding(num_tokens=VOCAB + 1, output_mode="count")


def to_bag(t, s):
    return bag(t)[:, 1:], s


ds = tf.data.Dataset.from_tensor_slices((tokens, share))
train = ds.take(6500).shuffle(6500, seed=2).batch(64).map(to_bag).prefetch(2)
test = ds.skip(6500).batch(500).map(to_bag)

model = keras.Sequential([
    keras.Input((VOCAB,)),
    layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-5)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Nadam(1e-3), loss="binary_crossentropy")
hist = model.fit(train, validation_data=test, epochs=9, verbose=2)

pred = model.predict(test, verbose=0)[:, 0]
truth = true_share[6500:]
r2 = 1 - np.mean((pred - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{float(r2)}")
