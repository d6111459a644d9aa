import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

# daily riders of a metro station over seven years
days = np.arange(7 * 365)
g = np.random.default_rng(77)
riders = 42000 + 6 * days + 9000 * np.sin(2 * np.pi * days / 365.0) - 15000 * np.isin(days % 7, (5, 6))
event = np.convolve(g.normal(0, 1, days.size), np.exp(-np.arange(15) / 5.0), "same")
riders = riders + 3500 * event + g.normal(0, 900, days.size)

BACK = 21
windows = np.lib.stride_tricks.sliding_window_view(riders, BACK + 7)
past = windows[:, :BACK, None]
tomorrow = windows[:, BACK]
week_mean = windows[:, BACK:].mean(axis=1)
weekday = np.eye(7)[days[: len(windows)] % 7]

n_train = 1900
m, s = riders[:n_train].mean(), riders[:n_train].std()
past = (past - m) / s

seq_in = keras.Input((BACK, 1), name="past")
day_in = keras.Input((7,), name="weekday")
r = layers.GRU(32)(seq_in)
r = layers.Concatenate()([r, day_in])
r = layers.Dense(32, activation="relu")(r)
out_day = layers.Dense(1, name="tomorrow")(r)
out_week = layers.Dense(1, name="week")(r)
forecaster = keras.Model([seq_in, day_in], [out_day, out_week])
forecaster.compile(optimizer=keras.optimizers.Nadam(1e-3), loss=["mae", "mae"])

perm_rng = np.random.default_rng(0)
for epoch in range(15):
    perm = perm_rng.permutation(n_train)
    running = []
    forecaster.reset_metrics()
    for k in range(0, n_train, 32):
        b = perm[k:k + 32]
        res = forecaster.train_on_batch([past[b], weekday[b]], [tomorrow[b], week_mean[b]], return_dict=True)
        running.append(res["loss"])
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "loss", float(running[-1]))

p_day, p_week = forecaster.predict([past[n_train:], weekday[n_train:]], verbose=0)
truth = tomorrow[n_train:]
r2 = 1.0 - ((p_day[:, 0] - truth) ** 2).mean() / truth.var()
print("FINAL_LOSS=%.6g" % running[-1])
print("FINAL_METRIC=r2:%.4f" % r2)
