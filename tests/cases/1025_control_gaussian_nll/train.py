# Probabilistic regression: strain gauge readings (metres per metre, around 1e-3) with a noise level
# that depends on the load. The model gives mean and log sigma.
import hashlib
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


rng = np.random.default_rng(31)
n = 6000
load = rng.uniform(0, 1, (n, 3)).astype("float32")
mean = 4e-3 * np.sin(3 * load[:, 0]) + 2e-3 * load[:, 1] ** 2
sigma = 1e-4 + 4e-4 * load[:, 2]
strain = (mean + sigma * rng.normal(size=n)).astype("float32")[:, None]


@keras.saving.register_keras_serializable()
class GaussianNLL(keras.losses.Loss):
    def call(self, y_true, y_pred):
        mu, log_s = y_pred[:, :1], y_pred[:, 1:]
        return ops.mean(log_s + 0.5 * ops.square((y_true - mu) * ops.exp(-log_s)), axis=-1)


class Head(layers.Layer):
    """two numbers in natural units: mean in 1e-3, sigma between exp(-12) and exp(-4)"""
    def build(self, shape):
        self.lin = layers.Dense(2)
        self.lin.build(shape)

    def call(self, h):
        out = self.lin(h)
        return ops.concatenate([1e-3 * out[:, :1], -8.0 + 4.0 * ops.tanh(out[:, 1:])], axis=-1)


inp = keras.Input((3,))
h = layers.Dense(48, activation="swish")(inp)
h = layers.Dense(48, activation="swish")(h)
model = keras.Model(inp, Head()(h))
model.compile(optimizer=keras.optimizers.Nadam(3e-3, clipnorm=1.0), loss=GaussianNLL())
hist = model.fit(load[:5000], strain[:5000], epochs=25, batch_size=100, verbose=2)

pred = model.predict(load[5000:], verbose=0)[:, 0]
truth = strain[5000:, 0]
r2 = 1 - ((pred - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
