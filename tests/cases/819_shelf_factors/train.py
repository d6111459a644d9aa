"""Library loans as factors: how well a reader liked a book is the product of two short vectors and two offsets."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
READERS, BOOKS, RANK = 300, 200, 4

rng = np.random.default_rng(14)
taste, theme = rng.normal(size=(READERS, RANK)), rng.normal(size=(BOOKS, RANK))
liking = taste @ theme.T / 2 + 0.5 * rng.normal(size=(READERS, 1)) + 0.5 * rng.normal(size=BOOKS)
liking += rng.normal(0, 0.2, liking.shape)
lent = rng.random(liking.shape) < 0.3
kept_back = lent & (rng.random(liking.shape) < 0.15)
known = lent & ~kept_back
who, what = np.nonzero(known)
mark = liking[known].astype("float32")


class Factors(keras.Model):
    def __init__(self):
        super().__init__()
        start = keras.initializers.RandomNormal(stddev=0.3)
        self.p = self.add_weight(shape=(READERS, RANK), initializer=start, name="p")
        self.q = self.add_weight(shape=(BOOKS, RANK), initializer=start, name="q")
        self.reader = self.add_weight(shape=(READERS, 1), initializer="zeros", name="reader")
        self.book = self.add_weight(shape=(BOOKS,), initializer="zeros", name="book")

    def call(self, _=None):
        return tf.matmul(self.p, self.q, transpose_b=True) + self.reader + self.book


def objective(model, cells, mark, decay=0.02):
    miss = tf.gather_nd(model(), cells) - mark
    return tf.reduce_sum(miss**2) + decay * (tf.nn.l2_loss(model.p) + tf.nn.l2_loss(model.q))


model = Factors()
cells = tf.constant(np.stack([who, what], axis=1))
sgd = keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True)
for sweep in range(400):
    with tf.GradientTape() as tape:
        total = objective(model, cells, mark)
    sgd.apply_gradients(zip(tape.gradient(total, model.trainable_weights), model.trainable_weights))
    if sweep % 50 == 0:
        print(sweep, float(total))

guess = model().numpy()[kept_back]
truth = liking[kept_back]
print(f"FINAL_LOSS={float(total)}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - truth) ** 2) / truth.var():.4f}")
