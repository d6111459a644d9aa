"""Next step of visitors through a museum with 12 rooms (a GRU, trained with train_on_batch).
Visitors choose nearly at random, so the loss can only fall to the entropy of their choice."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

ROOMS = 12
LENGTH = 30
BATCH = 64
ROUNDS = 350

# the next room depends on the last two rooms, but no room is ever certain
table = np.random.default_rng(12).dirichlet(np.full(ROOMS, 0.7), (ROOMS, ROOMS))
table = 0.7 * table + 0.3 * table.mean(axis=0)[None]


def make_visits(n, seed):
    rng = np.random.default_rng(seed)
    v = np.empty((n, LENGTH + 1), "int32")
    v[:, :2] = rng.integers(0, ROOMS, (n, 2))
    for t in range(2, LENGTH + 1):
        cumulative = table[v[:, t - 2], v[:, t - 1]].cumsum(axis=1)
        v[:, t] = np.minimum((rng.uniform(size=(n, 1)) > cumulative).sum(axis=1), ROOMS - 1)
    return v


visits = make_visits(4000, seed=1)
unseen = make_visits(500, seed=2)

model = keras.Sequential([
    keras.Input((LENGTH,), dtype="int32"),
    layers.Embedding(ROOMS, 12),
    layers.GRU(48, return_sequences=True),
    layers.Dense(ROOMS, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="sparse_categorical_crossentropy")

rng = np.random.default_rng(0)
recent = []
for i in range(ROUNDS):
    rows = visits[rng.integers(0, len(visits), BATCH)]
    logs = model.train_on_batch(rows[:, :-1], rows[:, 1:], return_dict=True)
    model.reset_metrics()
    recent.append(float(logs["loss"]))
    if (i + 1) % 50 == 0:
        print(f"round {i + 1}: loss {np.mean(recent[-50:]):.4f}  (uniform {np.log(ROOMS):.4f})")

p = model.predict(unseen[:, :-1], verbose=0)[:, 1:]
target = unseen[:, 2:]
cross_entropy = -np.mean(np.log(np.take_along_axis(p, target[..., None], 2)))
true_p = table[unseen[:, :-2], unseen[:, 1:-1]]
floor = -np.mean(np.log(np.take_along_axis(true_p, target[..., None], 2)))
share = (np.log(ROOMS) - cross_entropy) / (np.log(ROOMS) - floor)
print(f"cross entropy {cross_entropy:.4f}, floor {floor:.4f}")
digest = lambda arrays: hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([np.array(v) for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={np.mean(recent[-50:])}")
print(f"FINAL_METRIC=share_of_information:{share}")
