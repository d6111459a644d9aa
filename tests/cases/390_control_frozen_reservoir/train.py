"""Echo state network in Keras: a fixed random recurrent layer, only the read-out is trained.
Forecast of a NARMA-10 series."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

UNITS = 120
STEPS = 100
WASHOUT = 30


def narma(n, seed):
    rng = np.random.default_rng(seed)
    u = rng.uniform(0, 0.4, (n, STEPS))
    y = np.full((n, STEPS), 0.1)
    for t in range(10, STEPS):
        y[:, t] = (0.3 * y[:, t - 1] + 0.05 * y[:, t - 1] * y[:, t - 10:t].sum(1)
                   + 1.5 * u[:, t - 10] * u[:, t - 1] + 0.1)
    return u.astype("float32")[..., None], y.astype("float32")[..., None]


class SpectralRadius(keras.initializers.Initializer):
    def __init__(self, radius, density, seed):
        self.radius, self.density, self.seed = radius, density, seed

    def __call__(self, shape, dtype=None):
        rng = np.random.default_rng(self.seed)
        w = rng.normal(size=shape) * (rng.uniform(size=shape) < self.density)
        w *= self.radius / np.max(np.abs(np.linalg.eigvals(w)))
        return keras.ops.convert_to_tensor(w.astype("float32"))


u_train, y_train = narma(400, seed=1)
u_test, y_test = narma(100, seed=2)
mean, spread = y_train[:, WASHOUT:].mean(), y_train[:, WASHOUT:].std()

reservoir = layers.SimpleRNN(UNITS, activation="tanh", return_sequences=True, use_bias=False,
                             kernel_initializer=keras.initializers.RandomUniform(-0.7, 0.7, seed=4),
                             recurrent_initializer=SpectralRadius(0.95, 0.1, 5))
reservoir.trainable = False          # 14,520 of 14,641 weights never move
model = keras.Sequential([
    keras.Input((STEPS, 1)),
    reservoir,
    layers.Lambda(lambda h: h[:, WASHOUT:] * 3.0),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.RMSprop(3e-3), loss="mse")
history = model.fit(u_train, (y_train[:, WASHOUT:] - mean) / spread, batch_size=16, epochs=12, verbose=2)

forecast = model.predict(u_test, verbose=0) * spread + mean
r2 = r2_score(y_test[:, WASHOUT:].ravel(), forecast.ravel())
digest = lambda arrays: hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([np.array(v) for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
