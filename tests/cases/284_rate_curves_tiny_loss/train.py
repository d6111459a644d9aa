"""Odd days in the yield curve: an autoencoder on daily changes of rates (as fractions), in double precision."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
keras.backend.set_floatx("float64")
rng = np.random.default_rng(108)

DAYS, TENORS = 3000, 14
tenor = np.linspace(0.0, 1.0, TENORS)
shapes = np.stack([np.ones(TENORS), tenor - 0.5, (tenor - 0.5) ** 2 - 0.08])
moves = rng.normal(size=(DAYS, 3)) * np.array([5e-4, 4e-4, 6e-4])
curve = moves @ shapes + 2e-5 * rng.normal(size=(DAYS, TENORS))
odd = rng.random(DAYS) < 0.03
curve[odd, rng.integers(TENORS)] += 4e-4
train, test, odd_test = curve[:2000][~odd[:2000]], curve[2000:], odd[2000:]

model = keras.Sequential([
    keras.Input((TENORS,)),
    layers.Dense(16, use_bias=False),
    layers.Dense(3, use_bias=False),
    layers.Dense(16, use_bias=False),
    layers.Dense(TENORS, use_bias=False),
])
model.compile(optimizer=keras.optimizers.Adam(0.003, epsilon=1e-12), loss="mse")
for epoch in range(30):
    order = rng.permutation(len(train))
    losses = [float(model.train_on_batch(train[order[i:i + 64]], train[order[i:i + 64]]))
              for i in range(0, len(order), 64)]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {losses[-1]:.10f}")

error = ((model.predict(test, verbose=0) - test) ** 2).mean(axis=1)
auc = roc_auc_score(odd_test, error)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=auc:{auc}")
