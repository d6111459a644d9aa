"""Transfer to intensive care within a day, from hourly vitals; hours not measured are coded -999."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(103)

N, HOURS, SIGNS = 1800, 24, 5
sick = (rng.random(N) < 0.2).astype("float32")
x = rng.normal(size=(N, HOURS, SIGNS))
trend = np.linspace(0, 1, HOURS) ** 2
x[:, :, 0] += 1.6 * sick[:, None] * trend
x[:, :, 1] -= 1.2 * sick[:, None] * trend
skipped = rng.random((N, HOURS)) < 0.5
skipped[:, 0] = False
x[skipped] = -999.0
x = x.astype("float32")
x_train, y_train, x_test, y_test = x[:1400], sick[:1400], x[1400:], sick[1400:]

model = keras.Sequential([
    keras.Input((HOURS, SIGNS)),
    layers.Masking(mask_value=-999.0),
    layers.GRU(16),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.004), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=12, batch_size=50, verbose=2)
auc = roc_auc_score(y_test, model.predict(x_test, verbose=0)[:, 0])


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc}")
