"""A terrain relief as a function of the coordinates: layers with a sine of thirty times the sum."""
import hashlib
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(922)
W0 = 30.0
N = 72


class SineLayer(layers.Layer):
    def __init__(self, units, first=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.first = units, first

    def build(self, shape):
        fan = shape[-1]
        limit = 1.0 / fan if self.first else float(np.sqrt(6.0 / fan)) / W0
        start = keras.initializers.RandomUniform(-limit, limit)
        self.w = self.add_weight(shape=(fan, self.units), initializer=start, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer=start, name="b")

    def call(self, x):
        return ops.sin(W0 * (ops.matmul(x, self.w) + self.b))


axis = np.linspace(-1, 1, N)
gx, gy = np.meshgrid(axis, axis)
relief = np.zeros((N, N))
for _ in range(40):
    f = rng.uniform(1, 11)
    a, ph = rng.uniform(0, 2 * np.pi, 2)
    relief += np.sin(f * (np.cos(a) * gx + np.sin(a) * gy) + ph) / f ** 0.5
relief = (relief - relief.mean()) / relief.std()
points = np.stack([gx.ravel(), gy.ravel()], axis=1).astype("float32")
height = relief.ravel().astype("float32")[:, None]
order = rng.permutation(len(points))
seen, hidden = order[:3600], order[3600:]

model = keras.Sequential([
    keras.Input((2,)),
    SineLayer(96, first=True),
    SineLayer(96),
    SineLayer(96),
    layers.Dense(1, kernel_initializer=keras.initializers.RandomUniform(-0.0083, 0.0083)),
])
model.compile(keras.optimizers.Adam(4e-4), loss="mse")
history = model.fit(points[seen], height[seen], batch_size=200, epochs=50, verbose=0)
print("loss every 10 epochs:", np.round(history.history["loss"][::10], 5))

p = model.predict(points[hidden], batch_size=500, verbose=0)
r2 = 1 - np.sum((height[hidden] - p) ** 2) / np.sum((height[hidden] - height[hidden].mean()) ** 2)

def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
