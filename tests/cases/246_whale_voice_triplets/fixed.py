import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

WHALES, CALLS, FEATURES = 40, 40, 48
basis = rng.normal(size=(6, FEATURES))
voice = rng.normal(size=(WHALES, 6)) @ basis * 0.45
x = np.repeat(voice, CALLS, axis=0) + rng.normal(size=(WHALES * CALLS, FEATURES)) \
    + 1.5 * rng.normal(size=(WHALES * CALLS, 4)) @ rng.normal(size=(4, FEATURES))
x = ((x - x.mean(0)) / x.std(0)).astype("float32")
whale = np.repeat(np.arange(WHALES), CALLS)
call = np.tile(np.arange(CALLS), WHALES)
train, gallery, query = call < 24, (call >= 24) & (call < 32), call >= 32


class FewEach(keras.utils.PyDataset):
    def __init__(self, x, y, groups=8, each=6, batches=60):
        super().__init__()
        self.x, self.y = x, y
        self.groups, self.each, self.batches = groups, each, batches
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        chosen = self.rng.choice(WHALES, self.groups, replace=False)
        ids = np.concatenate([self.rng.choice(np.where(self.y == w)[0], self.each, replace=False) for w in chosen])
        return self.x[ids], self.y[ids].astype("float32")


def batch_hard(y_true, z):
    y = ops.reshape(y_true, (-1, 1))
    same = ops.cast(ops.equal(y, ops.transpose(y)), "float32")
    squared = ops.sum(ops.square(ops.expand_dims(z, 1) - ops.expand_dims(z, 0)), axis=-1)
    distance = ops.sqrt(squared + 1e-12)
    farthest = ops.max(same * distance, axis=1)
    closest = ops.min(distance + 1e6 * same, axis=1)
    return ops.relu(farthest - closest + 0.5)


model = keras.Sequential([
    keras.Input((FEATURES,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(32),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=batch_hard)
history = model.fit(FewEach(x[train], whale[train]), epochs=15, verbose=2)

g, q = model.predict(x[gallery], verbose=0), model.predict(x[query], verbose=0)
gap = ((q[:, None, :] - g[None, :, :]) ** 2).sum(-1)
recall = np.mean(whale[gallery][gap.argmin(axis=1)] == whale[query])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=recall_at_1:{recall}")
