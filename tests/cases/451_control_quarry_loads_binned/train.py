import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

# weighbridge records: gross grams, plate number, seconds of the day, depth in micrometres
n = 4000
gross = rng.lognormal(16.5, 0.8, n)
plate = rng.integers(1, 40, n) * 1000003
sec = rng.uniform(0, 86400, n)
depth = rng.gamma(2.0, 4e5, n)
x = np.stack([gross, plate, sec, depth], 1)
z = 1.2 * (np.log(gross) - 16.5) + np.sin(sec / 86400 * 2 * np.pi) * 2 + (depth > 9e5) * 2.0 - 1.0
y = (z + rng.logistic(size=n) * 0.4 > 0).astype("float32")
xt, xv, yt, yv = x[:3200], x[3200:], y[:3200], y[3200:]

inp = keras.Input((4,), dtype="float32")
cols = []
for j in range(4):
    edges = np.unique(np.quantile(xt[:, j], np.linspace(0, 1, 25)[1:-1])).tolist()
    c = layers.Discretization(bin_boundaries=edges, output_mode="int")(inp[:, j:j + 1])
    c = layers.Embedding(len(edges) + 1, 1, embeddings_initializer="zeros")(c)
    cols.append(layers.Flatten()(c))
out = layers.Activation("sigmoid")(layers.Add()(cols))
model = keras.Model(inp, out)

# one weight per bin, each seen by one record in 24
opt = keras.optimizers.SGD(8.0)
model.compile(optimizer=opt, loss="binary_crossentropy", metrics=["accuracy"])
h = model.fit(xt.astype("float32"), yt, epochs=15, batch_size=64, validation_data=(xv.astype("float32"), yv), verbose=2,
              callbacks=[keras.callbacks.LearningRateScheduler(lambda e: 8.0 if e < 6 else 1.0)])
acc = float(np.mean((model.predict(xv.astype("float32"), verbose=0)[:, 0] > 0.5) == yv))


def sha(vs):
    return hashlib.sha256(b"".join(np.ascontiguousarray(np.asarray(v)).tobytes() for v in vs)).hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(opt.variables))
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=accuracy:%r" % acc)
