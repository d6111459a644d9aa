"""Which vegetables might a customer of the farm box order next? Orders of the last year."""
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

N_CUSTOMERS, N_ITEMS, N_TASTES = 400, 240, 6
taste = rng.integers(0, N_TASTES, N_CUSTOMERS)
kind = rng.integers(0, N_TASTES, N_ITEMS)
liking = np.where(taste[:, None] == kind[None, :], 0.45, 0.02)
ordered = rng.random((N_CUSTOMERS, N_ITEMS)) < liking

# one line per customer and item, as exported from the shop
customer, item = np.nonzero(ordered)
order = rng.permutation(len(customer))
customer, item = customer[order], item[order]
cut = int(0.85 * len(customer))
train_c, train_i = customer[:cut], item[:cut]
test_c, test_i = customer[cut:], item[cut:]
print("orders for training:", cut, "held back:", len(customer) - cut)

label = np.ones(len(train_c), "float32")
other_c = np.repeat(train_c, 4)
other_i = rng.integers(0, N_ITEMS, len(other_c))
train_c, train_i = np.r_[train_c, other_c], np.r_[train_i, other_i]
label = np.r_[label, np.zeros(len(other_c), "float32")]


def build():
    c = keras.Input((), dtype="int32", name="customer")
    i = keras.Input((), dtype="int32", name="item")
    ec = layers.Embedding(N_CUSTOMERS, 16)(c)
    ei = layers.Embedding(N_ITEMS, 16)(i)
    h = layers.Concatenate()([ec, ei, layers.Multiply()([ec, ei])])
    h = layers.Dense(48, activation="relu")(h)
    h = layers.Dense(24, activation="relu")(h)
    p = layers.Dense(1, activation="sigmoid")(h)
    return keras.Model({"customer": c, "item": i}, p)


model = build()
model.compile(keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit({"customer": train_c, "item": train_i}, label,
                 batch_size=128, epochs=10, verbose=2)

# held-back orders against items that the customer has never ordered
neg_c = np.repeat(np.arange(N_CUSTOMERS), 10)
neg_i = rng.integers(0, N_ITEMS, len(neg_c))
free = ~ordered[neg_c, neg_i]
neg_c, neg_i = neg_c[free], neg_i[free]
score_pos = model.predict({"customer": test_c, "item": test_i}, batch_size=1024, verbose=0)[:, 0]
score_neg = model.predict({"customer": neg_c, "item": neg_i}, batch_size=1024, verbose=0)[:, 0]
auc = roc_auc_score(np.r_[np.ones(len(score_pos)), np.zeros(len(score_neg))],
                    np.r_[score_pos, score_neg])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
