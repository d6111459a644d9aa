import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(25)

pixels, digit = load_digits(return_X_y=True)
pixels = (pixels / 16.0).astype("float32")
members = [np.flatnonzero(digit[:1300] == k) for k in range(10)]


def draw(count):
    kinds = rng.integers(0, 10, count)
    others = (kinds + rng.integers(1, 10, count)) % 10
    pick = lambda ks: np.array([rng.choice(members[k]) for k in ks])  # noqa: E731
    return tf.constant(np.stack([pixels[pick(kinds)], pixels[pick(kinds)], pixels[pick(others)]]))


def gap(a, b):
    return tf.sqrt(tf.reduce_sum((a - b) ** 2, axis=-1) + 1e-9)


embed = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(16)])
adam = keras.optimizers.Adam(0.002)


@tf.function
def step(anchor, positive, negative):
    with tf.GradientTape() as tape:
        a, p, n = embed(anchor), embed(positive), embed(negative)
        loss = tf.reduce_mean(tf.nn.relu(gap(a, p) - gap(a, n) + 4.0))
    grads = tape.gradient(loss, embed.trainable_variables)
    adam.apply_gradients(zip(grads, embed.trainable_variables, strict=True))
    return loss


for it in range(300):
    anchor, positive, negative = draw(64)
    loss = step(anchor, positive, negative)
    if it % 50 == 0:
        print(f"iteration {it} loss: {float(loss):.4f}")

codes = embed.predict(pixels, verbose=0)
centres = np.stack([codes[m].mean(axis=0) for m in members])
nearest = np.linalg.norm(codes[1300:, None] - centres, axis=-1).argmin(axis=1)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{np.mean(nearest == digit[1300:]):.4f}")
