# Yearly milk of a herd (litres) from monthly records of unequal length.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
g = np.random.default_rng(77)
PAD = -999.0
N, MONTHS = 2400, 12

seq = np.full((N, MONTHS, 3), PAD, "float32")
total = np.zeros(N)
for i in range(N):
    m = g.integers(5, MONTHS + 1)
    cows = g.integers(20, 160)
    feed = g.uniform(0.6, 1.4, m)
    temp = g.normal(12, 7, m)
    per_day = 22 * feed ** 0.6 - 0.25 * np.maximum(temp - 18, 0)
    seq[i, :m] = np.column_stack([np.full(m, cows / 100), feed, temp / 20])
    total[i] = cows * per_day.mean() * 365 * g.normal(1, 0.03)

reported = g.random(N) < 0.7                      # the other farms sent no total
target = np.where(reported, total, 0.0).astype("float32")
weight = reported.astype("float32")

tr = np.arange(N) < 2000
known = tr & reported
centre, spread = float(total[known].mean()), float(total[known].std())

inp = keras.Input((MONTHS, 3))
z = layers.Masking(mask_value=PAD)(inp)
z = layers.GRU(32)(z)
z = layers.Dense(32, activation="relu")(z)
z = layers.Dense(1)(z)
out = layers.Rescaling(spread, offset=centre)(z)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Nadam(3e-3), loss="mse")
hist = model.fit(seq[tr], target[tr], sample_weight=weight[tr], batch_size=50, epochs=18,
                 callbacks=[keras.callbacks.EarlyStopping("loss", patience=6)], verbose=2)

p = model.predict(seq[~tr], verbose=0)[:, 0]
t = total[~tr]
r2 = 1 - np.sum((t - p) ** 2) / np.sum((t - t.mean()) ** 2)
print("FINAL_LOSS=%.6g" % hist.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
