"""Survey on undeclared work. Everybody tossed a hidden coin: heads, answer truthfully; tails, answer by a
second toss. The loss knows this and fits the chance of a yes through the coin."""
import hashlib
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(33)


def people(n):
    x = rng.normal(size=(n, 8)).astype("float32")
    z = 2.5 * x[:, 0] * np.sign(x[:, 1]) + 2.0 * x[:, 2] - 1.0
    return x, (z > 0).astype("float32")


def ask(truth):
    heads = rng.random(len(truth)) < 0.5
    return np.where(heads, truth, rng.random(len(truth)) < 0.5).astype("float32")


x_train, truth_train = people(12000)
answers = ask(truth_train)
x_test, truth_test = people(3000)


class CoinLoss(keras.losses.Loss):
    def __init__(self, truthful=0.5):
        super().__init__()
        self.truthful = truthful

    def call(self, y_true, y_pred):
        yes = self.truthful * y_pred + (1 - self.truthful) * 0.5
        return -ops.mean(y_true * ops.log(yes) + (1 - y_true) * ops.log(1 - yes), axis=-1)


model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(keras.optimizers.AdamW(1e-3, weight_decay=0.02), loss=CoinLoss())
hist = model.fit(x_train, answers[:, None], batch_size=256, epochs=18, verbose=2)

p = model.predict(x_test, batch_size=500, verbose=0)[:, 0]
acc = np.mean((p > 0.5) == (truth_test > 0.5))


def digest(arrays):
    return hashlib.sha256(b"".join(np.asarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
