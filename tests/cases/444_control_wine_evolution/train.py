import os
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")), "wine.npz"))
x, y = data["x"], data["y"].astype("int32")
rng = np.random.default_rng(0)
order = rng.permutation(len(x))
x, y = x[order], y[order]
x = ((x - x[:120].mean(0)) / x[:120].std(0)).astype("float32")
xtr, xte, ytr, yte = x[:120], x[120:], y[:120], y[120:]

model = keras.Sequential([keras.Input((13,)), layers.Dense(8, activation="tanh"), layers.Dense(3)])
opt = keras.optimizers.Adam(0.05)
opt.build(model.trainable_variables)
shapes = [tuple(v.shape) for v in model.trainable_variables]
sizes = [int(np.prod(s)) for s in shapes]


def split(theta):
    parts = np.split(theta, np.cumsum(sizes)[:-1])
    return [p.reshape(s) for p, s in zip(parts, shapes)]


def reward(theta):
    # share of bottles that get the right grower
    w1, b1, w2, b2 = split(theta)
    return ((np.tanh(xtr @ w1 + b1) @ w2 + b2).argmax(1) == ytr).mean()


pairs, sigma = 40, 0.1
for generation in range(120):
    theta = np.concatenate([v.numpy().ravel() for v in model.trainable_variables])
    eps = rng.normal(size=(pairs, theta.size))
    gain = np.array([reward(theta + sigma * e) - reward(theta - sigma * e) for e in eps])
    g = -(gain[:, None] * eps).mean(0) / (2 * sigma)
    opt.apply([np.asarray(p, "float32") for p in split(g)], model.trainable_variables)
    loss = -reward(np.concatenate([v.numpy().ravel() for v in model.trainable_variables]))
    if generation % 10 == 0:
        print(generation, "mean reward", -loss)

acc = (model(xte).numpy().argmax(1) == yte).mean()


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={loss:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
