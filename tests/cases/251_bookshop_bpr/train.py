import hashlib

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(55)

USERS, BOOKS, DIM = 400, 300, 16
club = rng.integers(0, 6, USERS)
genre = rng.integers(0, 6, BOOKS)
odds = np.where(club[:, None] == genre[None, :], 6.0, 1.0) * rng.gamma(0.7, 1.0, BOOKS)
odds = odds / odds.sum(axis=1, keepdims=True)
bought = np.stack([rng.choice(BOOKS, 16, replace=False, p=p) for p in odds])
train, test = bought[:, :14], bought[:, 14:]

tiny = keras.initializers.RandomNormal(stddev=1e-3)
user = keras.Input((), dtype="int32")
liked = keras.Input((), dtype="int32")
other = keras.Input((), dtype="int32")
user_table = layers.Embedding(USERS, DIM, embeddings_initializer=tiny)
book_table = layers.Embedding(BOOKS, DIM, embeddings_initializer=tiny)
book_bias = layers.Embedding(BOOKS, 1, embeddings_initializer="zeros")
u = user_table(user)
margin = layers.Dot(axes=1)([u, layers.Subtract()([book_table(liked), book_table(other)])])
margin = layers.Add()([margin, layers.Subtract()([book_bias(liked), book_bias(other)])])
model = keras.Model([user, liked, other], margin)
optimizer = keras.optimizers.Adam(3e-3)
model.compile(optimizer=optimizer, loss=lambda y_true, y_pred: ops.softplus(-y_pred))

owner = np.repeat(np.arange(USERS), train.shape[1])
items = train.ravel()
dummy = np.zeros((256, 1), "float32")
for epoch in range(40):
    order = rng.permutation(len(items))
    losses = []
    for start in range(0, len(order) - 255, 256):
        ids = order[start:start + 256]
        loss = model.train_on_batch([owner[ids], items[ids], rng.integers(0, BOOKS, 256)], dummy)
        losses.append(float(loss))
    if epoch % 5 == 4 or epoch < 3:
        print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}")

score = user_table.get_weights()[0] @ book_table.get_weights()[0].T + book_bias.get_weights()[0].T
np.put_along_axis(score, train, -1e9, axis=1)
top = np.argsort(-score, axis=1)[:, :20]
hit = np.mean([(t[:, None] == k[None, :]).any(axis=1).mean() for t, k in zip(test, top)])

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=recall_at_20:{hit}")
