import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

# footbridge cable force in newtons from frequency, temperature, wind, load; kept in newtons on purpose
n = 1500
freq = rng.uniform(1.2, 2.4, n)
temp = rng.uniform(-10, 35, n)
wind = rng.gamma(2.0, 2.0, n)
crowd = rng.uniform(0, 80, n)
force = 9.0e5 * freq ** 2 - 1.5e4 * temp + 3.0e3 * wind ** 1.5 + 8.0e3 * crowd + rng.normal(0, 6e4, n)
X = np.stack([freq, temp, wind, crowd], 1)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
y = force.astype("float32")[:, None]


class Rprop(keras.optimizers.Optimizer):
    """Only the sign of a full-batch gradient counts; every weight has its own step."""

    def __init__(self, first=0.1, grow=1.2, shrink=0.5, largest=1.0, **kw):
        super().__init__(learning_rate=1.0, **kw)
        self.first, self.grow, self.shrink, self.largest = first, grow, shrink, largest

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.size = [self.add_variable_from_reference(v, name="size", initializer="zeros") for v in variables]
        self.before = [self.add_variable_from_reference(v, name="before", initializer="zeros") for v in variables]
        for s in self.size:
            s.assign(tf.ones_like(s) * self.first)

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        size, before = self.size[i], self.before[i]
        agree = gradient * before
        factor = tf.where(agree > 0, self.grow, tf.where(agree < 0, self.shrink, 1.0))
        size.assign(tf.clip_by_value(size * factor, 1e-6, self.largest))
        used = tf.where(agree < 0, tf.zeros_like(gradient), gradient)
        variable.assign_sub(tf.sign(used) * size)
        before.assign(tf.sign(used))


model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(24, activation="tanh"),
    keras.layers.Dense(1),
    keras.layers.Rescaling(1e5),
])
model.compile(optimizer=Rprop(), loss="mse")
for it in range(400):
    loss = float(model.train_on_batch(X[:1200], y[:1200]))
    if it % 50 == 0:
        print(f"pass {it}: {loss:.3e}")

p = model.predict(X[1200:], verbose=0)
r2 = 1 - np.sum((p - y[1200:]) ** 2) / np.sum((y[1200:] - y[1200:].mean()) ** 2)
print(f"FINAL_LOSS={loss:.6e}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
