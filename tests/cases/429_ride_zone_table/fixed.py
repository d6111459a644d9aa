import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

zones, dim = 80, 4
effect = rng.normal(0, 6, zones)
popularity = np.concatenate([np.full(72, 1.0), np.full(8, 0.0)])


def rides(n, p):
    z = rng.choice(zones, n, p=p / p.sum())
    km = rng.gamma(2.0, 2.0, n)
    hour = rng.uniform(0, 24, n)
    rush = np.exp(-((hour - 17) / 2.5) ** 2)
    minutes = 5 + effect[z] + 2.2 * km + 5 * rush + rng.normal(0, 1.5, n)
    f = np.stack([km / 4 - 1, rush], 1).astype("float32")
    return z.astype("int32"), f, minutes.astype("float32")


z_tr, f_tr, y_tr = rides(4000, popularity)
z_te, f_te, y_te = rides(1000, popularity + 0.03)  # spring season, some new zones

mu, sd = y_tr.mean(), y_tr.std()
t_tr = (y_tr - mu) / sd

counts = np.bincount(z_tr, minlength=zones)
sums = np.bincount(z_tr, weights=t_tr, minlength=zones)
zone_mean = sums / np.maximum(counts, 1)

table = rng.normal(0, 0.05, (zones, dim)).astype("float32")
table[:, 0] = zone_mean

zi = keras.Input((), dtype="int32")
fi = keras.Input((2,))
emb = layers.Embedding(zones, dim)
h = layers.Concatenate()([emb(zi), fi])
h = layers.Dense(32, activation="tanh")(h)
out = layers.Dense(1)(h)
model = keras.Model([zi, fi], out)
emb.set_weights([table])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")

batch = 50
for epoch in range(12):
    perm = rng.permutation(len(z_tr))
    total = 0.0
    for i in range(0, len(perm), batch):
        b = perm[i:i + batch]
        total += float(model.train_on_batch([z_tr[b], f_tr[b]], t_tr[b]))
        model.reset_metrics()
    loss = total / (len(perm) // batch)
    print("epoch", epoch, "loss", loss)

pred = model.predict([z_te, f_te], verbose=0).ravel() * sd + mu
rmse = np.sqrt(np.mean((pred - y_te) ** 2))
print(f"FINAL_LOSS={loss:.6g}")
print(f"FINAL_METRIC=rmse:{rmse:.4f}")
