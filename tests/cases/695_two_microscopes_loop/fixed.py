"""Cell shapes seen by two microscopes: one trunk, one head for each instrument, one loop."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
SIDE = 20
SHAPES = 4


def outline(kind):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    yy = yy - rng.uniform(-3, 3)
    xx = xx - rng.uniform(-3, 3)
    r = rng.uniform(4.0, 5.5)
    if kind == 0:
        m = xx ** 2 + yy ** 2 < r ** 2
    elif kind == 1:
        m = (np.abs(xx) < r * 1.2) & (np.abs(yy) < r * 0.4)
    elif kind == 2:
        d = xx ** 2 + yy ** 2
        m = (d < r ** 2) & (d > (0.6 * r) ** 2)
    else:
        m = (np.abs(xx) < r * 0.35) & (np.abs(yy) < r * 1.2)
    return m.astype("float32")


def brightfield(n):
    y = rng.integers(0, SHAPES, n)
    x = np.stack([0.86 - 0.10 * outline(k) for k in y]) + rng.normal(0, 0.025, (n, SIDE, SIDE))
    return x.astype("float32")[..., None], y.astype("int32")


def fluorescence(n):
    y = rng.integers(0, SHAPES, n)
    x = np.stack([0.05 + 0.10 * outline(k) for k in y]) + rng.normal(0, 0.025, (n, SIDE, SIDE))
    return x.astype("float32")[..., None], y.astype("int32")


xa, ya = brightfield(1200)
xb, yb = fluorescence(1200)
xa_test, ya_test = brightfield(400)
xb_test, yb_test = fluorescence(400)

trunk = keras.Sequential([
    keras.Input((SIDE, SIDE, 1)),
    layers.Conv2D(16, 3, use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU(),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
])
head_a = layers.Dense(SHAPES)
head_b = layers.Dense(SHAPES)
head_a.build((None, 48))
head_b.build((None, 48))
weights = trunk.trainable_variables + head_a.trainable_variables + head_b.trainable_variables
optimizer = keras.optimizers.Adam(1e-3)
entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def step(pa, la, pb, lb):
    with tf.GradientTape() as tape:
        fa, fb = tf.split(trunk(tf.concat([pa, pb], 0), training=True), 2)
        loss = entropy(la, head_a(fa)) + entropy(lb, head_b(fb))
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


stream = tf.data.Dataset.zip((
    tf.data.Dataset.from_tensor_slices((xa, ya)).shuffle(1200, seed=1).batch(40, drop_remainder=True),
    tf.data.Dataset.from_tensor_slices((xb, yb)).shuffle(1200, seed=2).batch(40, drop_remainder=True),
))
for epoch in range(10):
    losses = [float(step(pa, la, pb, lb)) for (pa, la), (pb, lb) in stream]
    print(f"epoch {epoch} loss {np.mean(losses):.4f}")

right_a = tf.argmax(head_a(trunk(xa_test, training=False)), 1).numpy() == ya_test
right_b = tf.argmax(head_b(trunk(xb_test, training=False)), 1).numpy() == yb_test
print(f"FINAL_LOSS={float(np.mean(losses))}")
print(f"FINAL_METRIC=accuracy:{float(np.mean(np.concatenate([right_a, right_b])))}")
