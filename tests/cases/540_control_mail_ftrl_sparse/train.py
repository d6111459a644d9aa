"""Wanted or unwanted mail from 3000 hashed words, one linear unit, FTRL with a strong pull
to zero: nearly all weights end at exactly zero, and should."""
import hashlib
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(79)
WORDS, n = 3000, 3000
telling = rng.choice(WORDS, 40, replace=False)
weight = np.zeros(WORDS)
weight[telling] = rng.choice([-1.0, 1.0], 40) * rng.uniform(1.5, 3.0, 40)
rate = np.full(WORDS, 0.01)
rate[telling] = 0.12
x = (rng.random((n, WORDS)) < rate).astype("float32")
y = (rng.random(n) < 1.0 / (1.0 + np.exp(-(x @ weight)))).astype("float32")
train, test = slice(0, 2400), slice(2400, n)

net = keras.Sequential([keras.Input((WORDS,)), layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")])
net.compile(optimizer=keras.optimizers.Ftrl(0.15, l1_regularization_strength=0.7), loss="binary_crossentropy")
history = net.fit(x[train], y[train], batch_size=48, epochs=15, verbose=0)
for epoch in range(0, 15, 3):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))
kernel = net.get_weights()[0]
print("exactly zero:", float(np.mean(kernel == 0.0)))
guess = net.predict(x[test], verbose=0)[:, 0]
accuracy = float(np.mean((guess > 0.5) == (y[test] > 0.5)))
print("with the true weights:", float(np.mean((x[test] @ weight > 0) == (y[test] > 0.5))))


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(net.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
