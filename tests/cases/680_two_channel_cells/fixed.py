"""Match the phase picture of a cell with its fluorescence picture."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

shapes = load_digits().images.astype("float32") / 16.0
shapes = shapes[rng.permutation(len(shapes))]


def phase(s):
    return s[..., None] + rng.normal(0, 0.05, s.shape + (1,)).astype("float32")


def fluorescence(s):
    counts = rng.poisson(6.0 + 220.0 * (1.0 - s) ** 2)
    return counts[..., None].astype("float32")


train, test = shapes[:1400], shapes[1400:1700]


def make_encoder():
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.BatchNormalization(name="scale"),
        layers.Conv2D(24, 3, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv2D(32, 3, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(48),
        layers.UnitNormalization(),
    ])


encode = make_encoder()
encode_b = make_encoder()
parts = [encode, encode_b]
weights = [w for p in parts for w in p.trainable_variables]
opt = keras.optimizers.Adam(2e-3)


@tf.function
def step(a, b):
    with tf.GradientTape() as tape:
        za = encode(a, training=True)
        zb = encode_b(b, training=True)
        sim = tf.matmul(za, zb, transpose_b=True) / 0.1
        own = tf.range(tf.shape(a)[0])
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(own, sim)
            + tf.nn.sparse_softmax_cross_entropy_with_logits(own, tf.transpose(sim)))
    grads = tape.gradient(loss, weights)
    opt.apply_gradients(zip(grads, weights))
    return loss


for epoch in range(25):
    losses = []
    idx = rng.permutation(len(train))
    for k in range(0, len(train) - 99, 100):
        s = train[idx[k:k + 100]]
        losses.append(float(step(tf.constant(phase(s)), tf.constant(fluorescence(s)))))
    if epoch % 4 == 0:
        print(f"epoch {epoch}  loss {np.mean(losses):.4f}")

za = encode.predict(phase(test), verbose=0)
zb = encode_b.predict(fluorescence(test), verbose=0)
hit = (za @ zb.T).argmax(1) == np.arange(len(test))
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=recall_at_1:{hit.mean():.4f}")
