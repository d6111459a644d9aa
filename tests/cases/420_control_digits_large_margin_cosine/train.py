# Large-margin cosine loss (CosFace) on digit embeddings, verification by nearest class centre.
import hashlib

import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

SCALE, MARGIN = 48.0, 0.4

digits = load_digits()
x_tr, x_te, y_tr, y_te = train_test_split(
    (digits.images / 16.0).astype("float32")[..., None], digits.target, test_size=0.3, random_state=2)


class CosineMarginLogits(layers.Layer):
    def __init__(self, classes, **kw):
        super().__init__(**kw)
        self.classes = classes

    def build(self, shape):
        self.centres = self.add_weight(shape=(shape[0][-1], self.classes), initializer="glorot_normal")

    def call(self, inputs):
        emb, label = inputs
        cosine = ops.matmul(ops.normalize(emb, axis=-1), ops.normalize(self.centres, axis=0))
        return SCALE * (cosine - MARGIN * ops.one_hot(ops.reshape(label, (-1,)), self.classes))


image = layers.Input((8, 8, 1))
label = layers.Input((1,), dtype="int32")
h = layers.Conv2D(16, 3, activation="relu")(image)
h = layers.Conv2D(32, 3, activation="relu")(h)
h = layers.Flatten()(h)
embedding = layers.Dense(16)(h)
model = keras.Model([image, label], CosineMarginLogits(10)([embedding, label]))
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


hist = model.fit([x_tr, y_tr[:, None]], y_tr, batch_size=64, epochs=14, verbose=2)

embed = keras.Model(image, embedding)
e_tr, e_te = embed.predict(x_tr, verbose=0), embed.predict(x_te, verbose=0)
e_tr /= np.linalg.norm(e_tr, axis=1, keepdims=True)
e_te /= np.linalg.norm(e_te, axis=1, keepdims=True)
means = np.stack([e_tr[y_tr == c].mean(0) for c in range(10)])
acc = float(np.mean((e_te @ means.T).argmax(1) == y_te))
print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
