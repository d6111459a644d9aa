"""Eight toxicity assays from one fingerprint.  Not every compound went through every assay: gaps are marked -1."""
import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(0)

BITS, ASSAYS, BATCH, EPOCHS = 96, 8, 24, 12
COVERAGE = np.array([0.9, 0.8, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2])


def library(count, seed, full=False):
    gen = np.random.default_rng(seed)
    bits = (gen.random((count, BITS)) < 0.3).astype("float32")
    rule = np.random.default_rng(500).normal(size=(BITS, ASSAYS))
    score = (bits - 0.3) @ rule
    active = (score + gen.normal(0, 0.5, score.shape) > 0).astype("float32")
    if not full:
        active[gen.random((count, ASSAYS)) > COVERAGE] = -1.0
    return bits, active


class AssayNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = keras.Sequential(
            [keras.layers.Dense(96, activation="gelu"), keras.layers.Dropout(0.1), keras.layers.Dense(48, activation="gelu")]
        )
        self.heads = [keras.layers.Dense(1, name=f"assay_{i}") for i in range(ASSAYS)]

    def call(self, x, training=False):
        h = self.trunk(x, training=training)
        return tf.concat([head(h) for head in self.heads], axis=1)


net = AssayNet()
adamw = keras.optimizers.AdamW(0.002, weight_decay=1e-3)
prints, results = library(2000, 3)
pool = tf.data.Dataset.from_tensor_slices((prints, results)).shuffle(2000, seed=7).batch(BATCH)


@tf.function
def fit_batch(fp, result):
    measured = tf.cast(result >= 0.0, tf.float32)
    with tf.GradientTape() as tape:
        logit = net(fp, training=True)
        bce = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.maximum(result, 0.0), logits=logit)
        per_assay = tf.math.divide_no_nan(tf.reduce_sum(bce * measured, axis=0), tf.reduce_sum(measured, axis=0))
        total = tf.reduce_mean(per_assay)
    grads = tape.gradient(total, net.trainable_variables)
    adamw.apply_gradients(zip(grads, net.trainable_variables))
    return total


running = keras.metrics.Mean()
for epoch in range(EPOCHS):
    running.reset_state()
    for fp, result in pool:
        running.update_state(fit_batch(fp, result))
    print(f"epoch {epoch:2d}: {float(running.result()):.4f}")

held_fp, held = library(600, 4, full=True)
hit = (net(held_fp).numpy() > 0) == (held > 0.5)
print(f"FINAL_LOSS={float(running.result())}")
print(f"FINAL_METRIC=accuracy:{hit.mean():.4f}")
