import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
d = load_digits()
x = (d.data / 16.0).astype("float32")
good = x[d.target == 0]
xt = good[:130]
xv = np.concatenate([good[130:], x[d.target != 0][:400]])
odd = np.r_[np.zeros(len(good) - 130), np.ones(400)]

# one-class description: all normal samples are drawn towards a fixed centre,
# layers without bias so that the map cannot become constant
net = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(32, use_bias=False),
    layers.LeakyReLU(negative_slope=0.1),
    layers.Dense(8, use_bias=False),
])
c = net.predict(xt, verbose=0).mean(0)
c[np.abs(c) < 0.1] = 0.1
target = np.repeat(c[None], len(xt), 0)

opt = keras.optimizers.Adam(keras.optimizers.schedules.PiecewiseConstantDecay([600], [1e-3, 1e-4]), weight_decay=1e-4)
net.compile(optimizer=opt, loss=lambda t, p: keras.ops.mean(keras.ops.square(t - p), -1))
h = net.fit(xt, target, epochs=100, batch_size=16, verbose=0)
for e in range(9, 100, 30):
    print("epoch %d radius^2 %.3e" % (e + 1, h.history["loss"][e]))
dist = np.sum((net.predict(xv, verbose=0) - c) ** 2, 1)
auc = float(roc_auc_score(odd, dist))


def sha(vs):
    return hashlib.sha256(b"".join(np.ascontiguousarray(np.asarray(v)).tobytes() for v in vs)).hexdigest()


print("WEIGHTS_SHA256=" + sha(net.weights))
print("OPTIMIZER_SHA256=" + sha(opt.variables))
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=AUC:%r" % auc)
