import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

# listeners and podcasts; who listens to what follows eight hidden themes
USERS, SHOWS, THEMES = 400, 200, 8
show_theme = rng.integers(0, THEMES, SHOWS)
user_theme = rng.dirichlet(0.15 * np.ones(THEMES), USERS)
users = rng.integers(0, USERS, 14000)
themes = np.array([rng.choice(THEMES, p=user_theme[u]) for u in users])
by_theme = [np.flatnonzero(show_theme == t) for t in range(THEMES)]
shows = np.array([rng.choice(by_theme[t]) for t in themes])
tr = slice(0, 12000)
te = slice(12000, None)


class Retrieval(keras.Model):
    def __init__(self, dim=32):
        super().__init__()
        self.user_tower = keras.layers.Embedding(USERS, dim)
        self.show_tower = keras.layers.Embedding(SHOWS, dim)
        self.loss_fn = keras.losses.CategoricalCrossentropy(
            from_logits=True, reduction="sum_over_batch_size")

    def call(self, inputs):
        u, s = inputs
        return tf.matmul(self.user_tower(u), self.show_tower(s), transpose_b=True)

    def train_step(self, data):
        u, s = data
        with tf.GradientTape() as tape:
            scores = self((u, s), training=True)
            # the other shows of the batch serve as negatives
            same = tf.cast(s[:, None] == s[None, :], tf.float32)
            eye = tf.eye(tf.shape(s)[0])
            scores = scores - 1e4 * (same - eye)
            loss = self.loss_fn(eye, scores)
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
        return {"softmax": loss}


ds = tf.data.Dataset.from_tensor_slices(
    (users[tr].astype("int32"), shows[tr].astype("int32"))).shuffle(12000, seed=1).batch(200, drop_remainder=True)

model = Retrieval()
model.compile(optimizer=keras.optimizers.Adagrad(0.1))
hist = model.fit(ds, epochs=20, verbose=2)

U = model.user_tower.get_weights()[0]
S = model.show_tower.get_weights()[0]
order = np.argsort(-(U @ S.T), axis=1)[:, :25]
hit = np.mean([s in order[u] for u, s in zip(users[te], shows[te])])
print(f"FINAL_LOSS={float(hist.history['softmax'][-1])}")
print(f"FINAL_METRIC=hit_rate_at_25:{hit}")
