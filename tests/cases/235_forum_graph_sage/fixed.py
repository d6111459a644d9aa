import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

n, groups = 500, 4
label = rng.integers(0, groups, size=n).astype("int32")
same = label[:, None] == label[None, :]
links = np.triu(rng.random((n, n)) < np.where(same, 0.04, 0.006), 1)
links = links | links.T
newcomer = rng.random(n) < 0.06
links[newcomer] = False
links[:, newcomer] = False
adjacency = tf.constant(links.astype("float32"))
features = (1.1 * np.eye(groups)[label] + rng.normal(0, 1.0, (n, groups))).astype("float32")
features = tf.constant(np.concatenate([features, rng.normal(size=(n, 6))], axis=1).astype("float32"))

known = np.where(~newcomer)[0]
picked = rng.permutation(known)
train_ids, test_ids = picked[:120], picked[120:]


class SageMean(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units, activation="relu")

    def call(self, h):
        degree = tf.reduce_sum(adjacency, axis=1, keepdims=True)
        neighbours = tf.matmul(adjacency, h) / tf.maximum(degree, 1.0)
        return self.dense(tf.concat([h, neighbours], axis=1))


inputs = keras.Input((features.shape[1],))
h = SageMean(32)(inputs)
h = SageMean(32)(h)
model = keras.Model(inputs, layers.Dense(groups)(h))
optimizer = keras.optimizers.Adam(0.01)
entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def train_step():
    with tf.GradientTape() as tape:
        logits = model(features, training=True)
        loss = entropy(tf.gather(label, train_ids), tf.gather(logits, train_ids))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(120):
    loss = float(train_step())
    if epoch % 20 == 19:
        print(f"epoch {epoch + 1}: loss {loss:.4f}")

logits = model(features).numpy()
accuracy = np.mean(logits[test_ids].argmax(axis=1) == label[test_ids])
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
