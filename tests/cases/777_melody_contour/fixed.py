# Tags every note of a melody with its place in the contour: peak, valley, rising, falling.
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
T, PITCHES, TAGS = 48, 14, 4


def melodies(n, seed):
    rnd = np.random.default_rng(seed)
    jump = rnd.choice([-4, -3, -2, -1, 1, 2, 3, 4], size=(n, T + 2))
    pitch = np.zeros((n, T + 2), "int32")
    pitch[:, 0] = rnd.integers(0, PITCHES, n)
    for t in range(1, T + 2):
        nxt = pitch[:, t - 1] + jump[:, t]
        nxt = np.where((nxt < 0) | (nxt >= PITCHES), pitch[:, t - 1] - jump[:, t], nxt)
        pitch[:, t] = nxt
    up_before = pitch[:, 1:-1] > pitch[:, :-2]
    up_after = pitch[:, 2:] > pitch[:, 1:-1]
    tag = np.select([up_before & ~up_after, ~up_before & up_after, up_before & up_after], [0, 1, 2], 3)
    return pitch, tag.astype("int32")


def make_tagger():
    s = keras.Input((T + 2,), dtype="int32")
    e = layers.Embedding(PITCHES, 16)(s)
    e = layers.Conv1D(48, 3, activation="relu")(e)
    e = layers.Conv1D(32, 1, activation="relu")(e)
    return keras.Model(s, layers.Dense(TAGS)(e))


notes, tag = melodies(2500, 0)
notes_val, tag_val = melodies(400, 1)
tagger = make_tagger()
sgd = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
xent = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum_over_batch_size")


@tf.function
def train_batch(a, b):
    with tf.GradientTape() as g:
        cost = xent(b, tagger(a, training=True))
    w = tagger.trainable_variables
    sgd.apply_gradients(list(zip(g.gradient(cost, w), w)))
    return cost


data = tf.data.Dataset.from_tensor_slices((notes, tag)).shuffle(2500, seed=7).batch(50)
for ep in range(14):
    costs = []
    for a, b in data:
        costs.append(train_batch(a, b).numpy())
    print(f"epoch {ep + 1:2d}  cost {np.mean(costs):.4f}")

right = tagger(notes_val).numpy().argmax(-1) == tag_val
print(f"FINAL_LOSS={np.mean(costs):.6g}")
print(f"FINAL_METRIC=accuracy:{right.mean():.4f}")
