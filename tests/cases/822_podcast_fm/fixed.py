"""Second order factorisation machine: how long does a listener stay with an episode?"""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
g = np.random.default_rng(5)

FIELDS = (50, 30, 24)  # listener, show, hour of day
OFFSETS = np.cumsum((0,) + FIELDS[:-1])
N_IDS, RANK = sum(FIELDS), 4

taste = g.normal(size=(N_IDS, 3)) * 0.7
base = g.normal(size=N_IDS) * 0.5


def draw(n):
    ids = np.stack([g.integers(0, f, n) for f in FIELDS], axis=1) + OFFSETS
    t = taste[ids]
    pairs = (t[:, 0] * t[:, 1]).sum(1) + (t[:, 0] * t[:, 2]).sum(1) + (t[:, 1] * t[:, 2]).sum(1)
    minutes = base[ids].sum(1) + pairs + g.normal(0, 0.2, n)
    return ids.astype("int32"), minutes.astype("float32")


ids, minutes = draw(6000)
ids_new, minutes_new = draw(1500)
mu, sd = minutes.mean(), minutes.std()
minutes, minutes_new = (minutes - mu) / sd, (minutes_new - mu) / sd


class FactorMachine(tf.Module):
    def __init__(self):
        super().__init__()
        self.b = tf.Variable(0.0)
        self.w = tf.Variable(tf.zeros((N_IDS,)))
        self.v = tf.Variable(tf.random.normal((N_IDS, RANK), stddev=1.0))

    def __call__(self, rows):
        vecs = tf.gather(self.v, rows)
        square_of_sum = tf.square(tf.reduce_sum(vecs, axis=1))
        sum_of_square = tf.reduce_sum(tf.square(vecs), axis=1)
        linear = tf.reduce_sum(tf.gather(self.w, rows), axis=1)
        return self.b + linear + 0.5 * tf.reduce_sum(square_of_sum - sum_of_square, axis=1)


fm = FactorMachine()
opt = keras.optimizers.SGD(0.3)

for epoch in range(20):
    losses = []
    order = g.permutation(len(ids))
    for start in range(0, len(ids), 120):
        take = order[start:start + 120]
        with tf.GradientTape() as tape:
            mse = tf.reduce_mean(tf.square(minutes[take] - fm(ids[take])))
        variables = fm.trainable_variables
        opt.apply_gradients(zip([tf.convert_to_tensor(d) for d in tape.gradient(mse, variables)], variables))
        losses.append(float(mse))
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "mse", np.mean(losses))

resid = minutes_new - fm(ids_new).numpy()
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{1.0 - np.mean(resid ** 2) / np.var(minutes_new):.4f}")
