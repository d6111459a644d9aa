"""Helpline notes sorted into four desks; the training runs long after the training notes are known by heart."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(921)
WORDS, DESKS = 1500, 4
topic = rng.dirichlet(np.full(WORDS, 0.06), size=DESKS)
general = rng.dirichlet(np.full(WORDS, 0.3))


def notes(n):
    y = rng.integers(0, DESKS, n)
    x = np.zeros((n, WORDS), dtype="float32")
    for i, k in enumerate(y):
        share = rng.uniform(0.1, 0.5)
        x[i] = rng.multinomial(rng.integers(15, 45), share * topic[k] + (1 - share) * general)
    return np.sqrt(x), y


x_train, y_train = notes(1200)
x_val, y_val = notes(400)
x_test, y_test = notes(1000)

model = keras.Sequential([
    keras.Input((WORDS,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(DESKS, activation="softmax"),
])
model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=32, epochs=36, verbose=0)
for epoch in range(0, 36, 5):
    print(f"epoch {epoch}: " + ", ".join(f"{k} {v[epoch]:.4f}" for k, v in history.history.items()))

accuracy = float(np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test))

def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
