"""Federated averaging over six hospitals (simulated in one process)."""
import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

N_SITES = 6
ROUNDS = 20
LOCAL_STEPS = 12
BATCH = 24

data = load_breast_cancer()
x_train, x_test, y_train, y_test = train_test_split(
    data.data.astype("float32"), data.target.astype("float32"),
    test_size=0.25, stratify=data.target, random_state=1)

rng = np.random.default_rng(3)
order = rng.permutation(len(x_train))
sites = [(x_train[part], y_train[part]) for part in np.array_split(order, N_SITES)]
sizes = np.array([len(s[0]) for s in sites], "float32")
shares = sizes / sizes.sum()


def build():
    inputs = keras.Input((30,))
    h = keras.layers.BatchNormalization(momentum=0.9)(inputs)
    h = keras.layers.Dense(32, activation="relu")(h)
    h = keras.layers.Dense(16, activation="relu")(h)
    out = keras.layers.Dense(1)(h)
    return keras.Model(inputs, out)


def parameters(model):
    return model.trainable_weights


server = build()
clients = [build() for _ in range(N_SITES)]
bce = keras.losses.BinaryCrossentropy(from_logits=True)


def make_step(model, optimizer):
    @tf.function
    def step(xb, yb):
        with tf.GradientTape() as tape:
            loss = bce(yb[:, None], model(xb, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        return loss
    return step


steps = [make_step(c, keras.optimizers.SGD(0.05)) for c in clients]

for r in range(ROUNDS):
    losses = []
    for c, step, (xs, ys) in zip(clients, steps, sites):
        for mine, theirs in zip(parameters(c), parameters(server)):
            mine.assign(theirs)
        for _ in range(LOCAL_STEPS):
            pick = rng.integers(0, len(xs), BATCH)
            losses.append(float(step(xs[pick], ys[pick])))
    stacked = [[w.numpy() for w in parameters(c)] for c in clients]
    for i, target in enumerate(parameters(server)):
        target.assign(sum(s * st[i] for s, st in zip(shares, stacked)))
    if r % 5 == 4:
        print(f"round {r + 1}: local loss {np.mean(losses):.4f}")

logits = server(x_test, training=False).numpy()[:, 0]
acc = float(np.mean((logits > 0) == (y_test > 0.5)))
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
