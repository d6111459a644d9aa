"""Freight quotes by a factorisation machine: ports, carrier and kind of goods, all pairs of factors."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rs = np.random.RandomState(17)
FIELDS = dict(origin=30, destination=30, carrier=8, goods=12)
ROWS = 6000

# quotes in rupees for one container
ids = np.stack([rs.randint(0, size, ROWS) for size in FIELDS.values()], 1)
where = rs.uniform(0, 1, (2, 30, 2))
distance = np.linalg.norm(where[0][ids[:, 0]] - where[1][ids[:, 1]], axis=1)
markup = rs.uniform(0.7, 1.4, 8)[ids[:, 2]]
care = rs.uniform(0, 60000, 12)[ids[:, 3]]
quote = 40000 + 150000 * distance * markup + care + rs.normal(0, 6000, ROWS)

starts = np.cumsum([0] + list(FIELDS.values())[:-1])
slots = (ids + starts).astype("int32")
middle, spread = quote[:5000].mean(), quote[:5000].std()
target = ((quote - middle) / spread).astype("float32")


class FactorMachine(keras.Model):
    def __init__(self, slots_total, rank):
        super().__init__()
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")
        self.linear = keras.layers.Embedding(slots_total, 1, embeddings_initializer="zeros")
        self.factor = keras.layers.Embedding(
            slots_total, rank, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.15)
        )

    def call(self, slots):
        v = self.factor(slots)
        pairs = tf.square(tf.reduce_sum(v, 1)) - tf.reduce_sum(tf.square(v), 1)
        return self.bias + tf.reduce_sum(self.linear(slots), [1, 2]) + 0.5 * tf.reduce_sum(pairs, 1)


fm = FactorMachine(sum(FIELDS.values()), rank=6)
rule = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
stream = tf.data.Dataset.from_tensor_slices((slots[:5000], target[:5000])).shuffle(5000, seed=1).batch(64)


@tf.function
def one_pass():
    total, n = 0.0, 0.0
    for s, t in stream:
        with tf.GradientTape() as tape:
            error = tf.reduce_mean(tf.square(fm(s) - t))
        grads = tape.gradient(error, fm.trainable_variables)
        rule.apply_gradients(zip(grads, fm.trainable_variables))
        total += error
        n += 1.0
    return total / n


fm(slots[:2])
rule.build(fm.trainable_variables)
for k in range(20):
    loss = float(one_pass())
    if k % 4 == 3:
        print("pass", k + 1, "loss", loss)

answer = fm.predict(slots[5000:], verbose=0) * spread + middle
r2 = 1 - np.mean((answer - quote[5000:]) ** 2) / np.var(quote[5000:])
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
