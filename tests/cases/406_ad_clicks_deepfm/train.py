# DeepFM for ad clicks: numeric fields share the factor space with the categorical ones.
import numpy as np
import tensorflow as tf
import keras
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

N = 8000
FACTORS = 8
CARD = [30, 12, 7]                    # campaign, site, weekday

cats = np.stack([rng.integers(0, c, N) for c in CARD], 1)
age = rng.normal(41, 13, N).clip(16, 90)
income = rng.lognormal(10.6, 0.45, N)
seconds_on_site = rng.gamma(1.5, 160, N)
numeric = np.stack([age, income, seconds_on_site], 1).astype("float32")

camp, site = rng.normal(0, 0.8, CARD[0]), rng.normal(0, 0.6, CARD[1])
taste = rng.normal(0, 0.8, CARD[0])
z = (camp[cats[:, 0]] + site[cats[:, 1]] + taste[cats[:, 0]] * (age - 41) / 13
     + 0.8 * (np.log(income) - 10.6) / 0.45 + 0.6 * np.log(seconds_on_site / 160 + 0.1) - 1.0)
clicks = (rng.uniform(size=N) < 1 / (1 + np.exp(-z))).astype("float32")

cut = 6000
features = numeric

offsets = np.concatenate([[0], np.cumsum(CARD)[:-1]])
cats = (cats + offsets).astype("int32")


class DeepFM(keras.Model):
    def __init__(self, n_ids, n_numeric, k):
        super().__init__()
        self.linear = keras.layers.Embedding(n_ids, 1)
        self.factors = keras.layers.Embedding(n_ids, k)
        self.num_linear = self.add_weight(shape=(n_numeric,), initializer="random_normal")
        self.num_factors = self.add_weight(shape=(n_numeric, k), initializer="random_normal")
        self.deep = keras.Sequential([
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1),
        ])

    def call(self, inputs):
        ids, num = inputs
        first = tf.reduce_sum(self.linear(ids), axis=[1, 2]) + tf.linalg.matvec(num, self.num_linear)
        v = tf.concat([self.factors(ids), num[:, :, None] * self.num_factors[None]], axis=1)
        square_of_sum = tf.square(tf.reduce_sum(v, axis=1))
        sum_of_square = tf.reduce_sum(tf.square(v), axis=1)
        second = 0.5 * tf.reduce_sum(square_of_sum - sum_of_square, axis=1)
        deep = self.deep(tf.reshape(v, [-1, v.shape[1] * v.shape[2]]))[:, 0]
        return tf.sigmoid(first + second + deep)


model = DeepFM(sum(CARD), 3, FACTORS)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
hist = model.fit((cats[:cut], features[:cut]), clicks[:cut], batch_size=64, epochs=12, verbose=2)

p = model.predict((cats[cut:], features[cut:]), verbose=0)
print("mean click probability", p.mean(), "observed", clicks[cut:].mean())
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=auc:{roc_auc_score(clicks[cut:], p.ravel()):.6f}")
