"""Next song from the last three songs: in-batch softmax corrected for popularity."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)


def digest(values):
    blob = b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in values)
    return hashlib.sha256(blob).hexdigest()


SONGS, STYLES, ROWS = 400, 8, 24000
style = rng.integers(0, STYLES, SONGS)
fame = rng.pareto(1.3, SONGS) + 0.2
member = (style[None, :] == np.arange(STYLES)[:, None]) * fame
member = member / member.sum(1, keepdims=True)
overall = fame / fame.sum()
next_given_style = 0.85 * member + 0.15 * overall

mood = rng.integers(0, STYLES, ROWS)
cdf = next_given_style.cumsum(1)
cdf[:, -1] = 1.0
songs = np.stack([(rng.random((ROWS, 1)) > cdf[mood]).sum(1) for _ in range(4)], 1).astype("int32")
past, following = songs[:, :3], songs[:, 3]
cut = 20000
count = np.bincount(songs[:cut].ravel(), minlength=SONGS) + 1.0
log_q = tf.constant(np.log(count / count.sum()), tf.float32)


class Tower(keras.Model):
    def __init__(self):
        super().__init__()
        self.listen = layers.Embedding(SONGS, 24)
        self.offer = layers.Embedding(SONGS, 24)
        self.liking = layers.Embedding(SONGS, 1, embeddings_initializer="zeros")
        self.mix = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(24)])
        self.nll = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.nll]

    def call(self, past):
        e = self.listen(past)
        return self.mix(tf.reduce_sum(e, axis=1))

    def train_step(self, data):
        past, nxt = data
        with tf.GradientTape() as tape:
            user = self(past, training=True)
            score = tf.matmul(user, self.offer(nxt), transpose_b=True) + self.liking(nxt)[:, 0]
            score -= tf.gather(log_q, nxt)
            twin = (nxt[:, None] == nxt[None, :]) & ~tf.eye(tf.shape(nxt)[0], dtype=tf.bool)
            score = tf.where(twin, -1e9, score)
            own = tf.range(tf.shape(nxt)[0])
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(own, score))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.nll.update_state(loss)
        return {"loss": self.nll.result()}


model = Tower()
model.compile(optimizer=keras.optimizers.Adam(3e-3))
hist = model.fit(past[:cut], following[:cut], batch_size=250, epochs=14, verbose=2)

held, truth = past[cut:], following[cut:]
user = model.predict(held, batch_size=500, verbose=0)
score = user @ model.offer.embeddings.numpy().T + model.liking.embeddings.numpy()[:, 0]
hit = (np.argsort(-score, 1)[:, :10] == truth[:, None]).any(1).mean()

posterior = np.exp(np.log(next_given_style[:, held]).sum(-1)).T
posterior /= posterior.sum(1, keepdims=True)
best = posterior @ next_given_style
ceiling = (np.argsort(-best, 1)[:, :10] == truth[:, None]).any(1).mean()
popular = np.isin(truth, np.argsort(-count)[:10]).mean()
print(f"recall at 10: model {hit:.4f}, knowing the process {ceiling:.4f}, most popular {popular:.4f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=recall_at_10:{hit:.4f}")
