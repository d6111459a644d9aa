"""Same speaker or not: a siamese network on voice vectors with a contrastive loss, after Hadsell et al."""
import keras
import numpy as np
from keras import layers, ops
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
SPEAKERS, SIZE = 12, 24
rng = np.random.default_rng(56)
voice = rng.normal(0.0, 1.0, (SPEAKERS, 6))
room = rng.normal(0.0, 1.0, (6, SIZE))


def pairs(n):
    first = rng.integers(0, SPEAKERS, n)
    same = rng.random(n) < 0.5
    second = np.where(same, first, (first + rng.integers(1, SPEAKERS, n)) % SPEAKERS)
    a = voice[first] @ room + rng.normal(0.0, 2.0, (n, SIZE))
    b = voice[second] @ room + rng.normal(0.0, 2.0, (n, SIZE))
    return a.astype("float32") / 3, b.astype("float32") / 3, same.astype("float32")[:, None]


def contrastive_loss(y_true, y_pred, margin=1.0):
    near = ops.square(y_pred)
    far = ops.square(ops.maximum(margin - y_pred, 0.0))
    return ops.mean((1.0 - y_true) * near + y_true * far)


a, b, same = pairs(3000)
a_test, b_test, same_test = pairs(1000)
left, right = keras.Input((SIZE,)), keras.Input((SIZE,))
encoder = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(16)])
gap = layers.Subtract()([encoder(left), encoder(right)])
distance = layers.Lambda(lambda d: ops.sqrt(ops.sum(ops.square(d), axis=1, keepdims=True) + 1e-6))(gap)
model = keras.Model([left, right], distance)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=contrastive_loss)
history = model.fit([a, b], same, batch_size=50, epochs=12, verbose=2)

auc = roc_auc_score(same_test[:, 0], -model.predict([a_test, b_test], verbose=0)[:, 0])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
