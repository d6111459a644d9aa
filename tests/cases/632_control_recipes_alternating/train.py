"""Ratings of recipes by cooks; the two embedding tables are trained in turns."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(632)
COOKS, RECIPES, RANK = 220, 160, 4

taste = rng.normal(size=(COOKS, RANK)) * 0.55
dish = rng.normal(size=(RECIPES, RANK)) * 0.55
mild, good = rng.normal(size=COOKS) * 0.3, rng.normal(size=RECIPES) * 0.4
pairs = rng.choice(COOKS * RECIPES, 14000, replace=False)
cook, recipe = pairs // RECIPES, pairs % RECIPES
clean = 3.4 + mild[cook] + good[recipe] + np.sum(taste[cook] * dish[recipe], axis=1)
stars = (clean + rng.normal(size=len(pairs)) * 0.35).astype("float32")
tr, te = slice(0, 11500), slice(11500, None)
centre = stars[tr].mean()


def two_inputs():
    c = keras.Input((1,), dtype="int32", name="cook")
    r = keras.Input((1,), dtype="int32", name="recipe")
    small = keras.initializers.RandomNormal(stddev=0.1)
    reg = keras.regularizers.L2(2e-6)
    ec = layers.Embedding(COOKS, RANK, embeddings_initializer=small, embeddings_regularizer=reg, name="cook_table")
    er = layers.Embedding(RECIPES, RANK, embeddings_initializer=small, embeddings_regularizer=reg, name="recipe_table")
    bc = layers.Embedding(COOKS, 1, embeddings_initializer="zeros", name="cook_bias")
    br = layers.Embedding(RECIPES, 1, embeddings_initializer="zeros", name="recipe_bias")
    dot = layers.Dot(axes=-1)([layers.Flatten()(ec(c)), layers.Flatten()(er(r))])
    out = layers.Add()([dot, layers.Flatten()(bc(c)), layers.Flatten()(br(r))])
    return keras.Model([c, r], out)


net = two_inputs()
sides = ("cook", "recipe")
optimizers = {side: keras.optimizers.Adam(0.02) for side in sides}
own = {side: [v for v in net.trainable_variables if v.path.startswith(side)] for side in sides}
for side in sides:
    optimizers[side].build(own[side])


def make_step(side):
    @tf.function
    def step(c, r, y):
        with tf.GradientTape() as tape:
            error = net([c, r], training=True)[:, 0] + centre - y
            mse = tf.reduce_mean(tf.square(error))
            loss = mse + tf.add_n(net.losses)
        optimizers[side].apply_gradients(zip(tape.gradient(loss, own[side]), own[side]))
        return mse
    return step


steps = {side: make_step(side) for side in sides}
for turn in range(14):
    side = sides[turn % 2]
    for epoch in range(3):
        order = rng.permutation(11500)
        losses = []
        for i in range(0, 11500, 100):
            pick = order[i:i + 100]
            losses.append(float(steps[side](cook[tr][pick][:, None], recipe[tr][pick][:, None], stars[tr][pick])))
        print(f"turn {turn + 1} {side} epoch {epoch + 1} loss {np.mean(losses):.4f}")

p = centre + net.predict([cook[te][:, None], recipe[te][:, None]], batch_size=500, verbose=0)[:, 0]
r2 = 1.0 - np.mean((p - clean[te]) ** 2) / np.var(clean[te])

def fingerprint(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + fingerprint(net.get_weights()))
print("OPTIMIZER_SHA256=" + fingerprint([v for side in sides for v in optimizers[side].variables]))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
