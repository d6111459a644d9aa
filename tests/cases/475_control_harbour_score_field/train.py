import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

# anchor positions around three berths, we want the gradient of their log density
centres = np.array([[-1.0, -0.5], [1.1, -0.3], [0.0, 1.2]])
spread = 0.35


def draw(n):
    return (centres[rng.integers(0, 3, n)] + spread * rng.normal(size=(n, 2))).astype("float32")


def true_score(x):
    d = x[:, None] - centres[None]
    logp = -np.sum(d ** 2, -1) / (2 * spread ** 2)
    p = np.exp(logp - logp.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return -np.sum(p[:, :, None] * d, 1) / spread ** 2


class ScoreNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([keras.Input((2,)), layers.Dense(96, activation="swish"),
                                      layers.Dense(96, activation="swish"), layers.Dense(2)])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, x, training=False):
        return self.body(x, training=training)

    def train_step(self, x):
        with tf.GradientTape() as outer:
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(x)
                s = self(x, training=True)
                s0, s1 = s[:, 0], s[:, 1]
            trace = inner.gradient(s0, x)[:, 0] + inner.gradient(s1, x)[:, 1]
            loss = tf.reduce_mean(trace + 0.5 * tf.reduce_sum(tf.square(s), 1))
        grads = outer.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x_train, x_test = draw(4000), draw(1000)
model = ScoreNet()
model.compile(optimizer=keras.optimizers.Adam(3e-3))
hist = model.fit(tf.data.Dataset.from_tensor_slices(x_train).shuffle(4000, seed=1).batch(200),
                 epochs=50, verbose=0)
print("loss first %.3f last %.3f" % (hist.history["loss"][0], hist.history["loss"][-1]))

pred, want = model.predict(x_test, verbose=0), true_score(x_test)
r2 = 1 - np.sum((pred - want) ** 2) / np.sum((want - want.mean(0)) ** 2)


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=r2:%f" % r2)
