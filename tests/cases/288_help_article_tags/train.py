import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

WORDS, TAGS = 300, 14

topic_words = rng.dirichlet(np.full(WORDS, 0.05), TAGS)


def articles(n):
    tags = (rng.random((n, TAGS)) < rng.uniform(0.15, 0.45, TAGS)).astype("float32")
    tags[tags.sum(1) == 0, 0] = 1
    mix = tags @ topic_words + 0.15 / WORDS
    mix /= mix.sum(1, keepdims=True)
    counts = np.stack([rng.multinomial(rng.integers(60, 160), p) for p in mix])
    return np.log1p(counts).astype("float32"), tags


x_train, y_train = articles(1600)
x_test, y_test = articles(500)
print("tags per article: %.2f" % y_train.sum(1).mean())


class Tagger(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([layers.Dense(96, activation="relu"), layers.Dropout(0.2)])
        self.head = layers.Dense(TAGS, activation="softmax")
        self.loss_mean = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        return self.head(self.body(x, training=training))

    @property
    def metrics(self):
        return [self.loss_mean]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = ops.clip(self(x, training=True), 1e-6, 1 - 1e-6)
            loss = -ops.mean(ops.sum(y * ops.log(p) + (1 - y) * ops.log(1 - p), axis=-1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        self.loss_mean.update_state(loss)
        return {"loss": self.loss_mean.result()}


stream = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1600, seed=1).batch(32)
tagger = Tagger()
tagger.compile(optimizer=keras.optimizers.Adam(2e-3))
run = tagger.fit(stream, epochs=25, verbose=2)

guess = tagger.predict(x_test, verbose=0) > 0.5
hit = np.sum(guess * y_test)
f1 = 2 * hit / (guess.sum() + y_test.sum())
print("FINAL_LOSS=%f" % run.history["loss"][-1])
print("FINAL_METRIC=micro_f1:%.4f" % f1)
