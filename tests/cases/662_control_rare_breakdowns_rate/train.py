"""Breakdowns of escalators per week, nearly all of them zero: exponential output and Poisson loss."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(107)

N = 12000
x = rng.normal(size=(N, 6))
site = rng.integers(0, 20, N)
site_effect = rng.normal(0, 0.7, 20)
log_rate = -3.6 + 0.9 * x[:, 0] + 0.6 * x[:, 1] * (x[:, 2] > 0) + site_effect[site]
rate = np.exp(log_rate)
count = rng.poisson(rate).astype("float32")
print("share of weeks without a breakdown", np.mean(count == 0))

cut = 9600
x = x.astype("float32")

x_in = keras.Input((6,), name="readings")
site_in = keras.Input((), dtype="int32", name="site")
h = layers.Concatenate()([x_in, layers.Embedding(20, 3)(site_in)])
h = layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4))(h)
out = layers.Dense(1, activation="exponential", bias_initializer=keras.initializers.Constant(-3.0))(h)
model = keras.Model([x_in, site_in], out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="poisson")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)
history = model.fit({"readings": x[:cut], "site": site[:cut]}, count[:cut], validation_split=0.15,
                    epochs=25, batch_size=128, callbacks=[stop], verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


pred = model.predict({"readings": x[cut:], "site": site[cut:]}, batch_size=512, verbose=0)[:, 0]
corr = float(np.corrcoef(np.log(pred), log_rate[cut:])[0, 1])
print("mean forecast", pred.mean(), "mean count", count[cut:].mean())
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=log_rate_correlation:{corr}")
