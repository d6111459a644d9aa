"""Recipes that people click: embeddings trained by pairwise ranking only, no labels are given to fit."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
PEOPLE, RECIPES, SIZE = 150, 120, 8
rng = np.random.default_rng(75)
taste, dish = rng.normal(0, 1, (PEOPLE, 3)), rng.normal(0, 1, (RECIPES, 3))
liking = taste @ dish.T


def clicks(n):
    who, one, two = rng.integers(0, PEOPLE, n), rng.integers(0, RECIPES, n), rng.integers(0, RECIPES, n)
    first = liking[who, one] + rng.logistic(0, 0.3, n) > liking[who, two]
    return who.astype("int32"), np.where(first, one, two).astype("int32"), np.where(first, two, one).astype("int32")


class Pairwise(keras.Model):
    def __init__(self):
        super().__init__()
        self.people = layers.Embedding(PEOPLE, SIZE)
        self.recipes = layers.Embedding(RECIPES, SIZE)
        self.seen = keras.metrics.Mean(name="loss")

    def call(self, inputs):
        who, which = inputs
        return tf.reduce_sum(self.people(who) * self.recipes(which), axis=-1)

    def train_step(self, data):
        who, chosen, passed = data[0]
        with tf.GradientTape() as tape:
            gap = self((who, chosen)) - self((who, passed))
            loss = tf.reduce_mean(tf.nn.softplus(-gap))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.seen.update_state(loss)
        return {"loss": self.seen.result()}


train, test = clicks(16000), clicks(3000)
model = Pairwise()
model((train[0][:2], train[1][:2]))
model.compile(optimizer=keras.optimizers.Adam(0.01))
history = model.fit(tf.data.Dataset.from_tensor_slices((train,)).shuffle(16000, seed=8).batch(160), epochs=8, verbose=2)
right = np.mean(model.predict((test[0], test[1]), verbose=0) > model.predict((test[0], test[2]), verbose=0))
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=pairs_right:{right:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
