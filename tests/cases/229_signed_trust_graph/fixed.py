import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

n, groups = 360, 3
label = rng.integers(0, groups, size=n)
same = label[:, None] == label[None, :]
linked = np.triu(rng.random((n, n)) < np.where(same, 0.05, 0.012), 1)
trust = np.where(same, rng.normal(0.6, 0.4, (n, n)), rng.normal(-0.3, 0.5, (n, n)))
adjacency = np.where(linked, np.clip(trust, -1, 1), 0.0)
adjacency = (adjacency + adjacency.T).astype("float32")
features = (np.eye(groups)[label] + rng.normal(0, 1.6, (n, groups))).astype("float32")
features = np.concatenate([features, rng.normal(size=(n, 5))], axis=1).astype("float32")

train_mask = np.zeros(n, "float32")
train_mask[rng.permutation(n)[:60]] = 1.0


class GraphConv(layers.Layer):
    def __init__(self, units, adjacency, activation=None):
        super().__init__()
        self.dense = layers.Dense(units, activation=activation)
        self.adjacency = ops.convert_to_tensor(adjacency)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        weights = self.adjacency + ops.eye(n)
        degree = ops.sum(ops.abs(weights), axis=1)
        inv_sqrt = ops.power(degree, -0.5)
        inv_sqrt = ops.where(ops.isinf(inv_sqrt), 0.0, inv_sqrt)
        weights = inv_sqrt[:, None] * weights * inv_sqrt[None, :]
        return ops.matmul(weights, self.dense(x))


inputs = keras.Input((features.shape[1],), batch_size=n)
x = GraphConv(16, adjacency, activation="tanh")(inputs)
x = layers.Dropout(0.3)(x)
outputs = layers.Softmax()(GraphConv(groups, adjacency)(x))
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")

for step in range(200):
    loss = model.train_on_batch(features, label, sample_weight=train_mask)
    if step % 20 == 19:
        print(f"step {step + 1}: loss {float(loss):.4f}")

prediction = model.predict_on_batch(features)
test = train_mask == 0
accuracy = np.mean(prediction[test].argmax(axis=1) == label[test])
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
