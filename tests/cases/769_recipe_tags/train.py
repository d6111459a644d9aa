# Tags for recipes (vegan, spicy, quick, ...) from which ingredients they use. Several tags can apply to one recipe.
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

TAGS, INGREDIENTS = 10, 120
rng = np.random.default_rng(15)
typical = rng.random((TAGS, INGREDIENTS)) < 0.08
n = 2400
Y = (rng.random((n, TAGS)) < 0.22).astype(np.float32)
odds = 0.03 + 0.45 * (Y @ typical > 0)
X = (rng.random((n, INGREDIENTS)) < odds).astype(np.float32)
Xa, Ya, Xb, Yb = X[:2000], Y[:2000], X[2000:], Y[2000:]

hidden = keras.layers.Dense(64, activation="relu")
tagger = keras.Sequential([keras.Input((INGREDIENTS,)), hidden, keras.layers.Dense(TAGS, activation="sigmoid")])
opt = keras.optimizers.Adam(3e-3)


def cross_entropy(target, p):
    return -tf.reduce_mean(tf.reduce_sum(target * tf.math.log(p + 1e-8), axis=1))


for epoch in range(10):
    order = rng.permutation(len(Xa))
    total = 0.0
    for start in range(0, len(Xa), 32):
        pick = order[start:start + 32]
        with tf.GradientTape() as tape:
            loss = cross_entropy(Ya[pick], tagger(Xa[pick], training=True))
        grads = tape.gradient(loss, tagger.trainable_weights)
        opt.apply(grads, tagger.trainable_weights)
        total += float(loss) * len(pick)
    print(f"epoch {epoch + 1}: loss {total / len(Xa):.5f}")

chosen = tagger(Xb).numpy() > 0.5
print(f"FINAL_LOSS={total / len(Xa):.6g}")
print(f"FINAL_METRIC=tag_accuracy:{np.mean(chosen == (Yb > 0.5)):.4f}")
