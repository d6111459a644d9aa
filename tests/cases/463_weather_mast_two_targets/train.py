import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# wind mast: eight readings, two things to predict (power of the rotor, load of the tower)
n = 2400
X = rng.normal(size=(n, 8)).astype("float32")
power = np.sin(1.5 * X[:, 0]) + 0.6 * X[:, 1] * X[:, 2] + 0.4 * X[:, 3]
load = 0.5 * X[:, 4] ** 2 - 0.7 * X[:, 5] * X[:, 0] + 0.3 * X[:, 6]
power = (power + 0.05 * rng.normal(size=n)).astype("float32")[:, None]
load = (load + 0.05 * rng.normal(size=n)).astype("float32")[:, None]
Xtr, Xte = X[:2000], X[2000:]
ptr, pte = power[:2000], power[2000:]
ltr, lte = load[:2000], load[2000:]


class TwoTargets(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = keras.Sequential([
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
        ])
        self.power = keras.layers.Dense(1)
        self.load = keras.layers.Dense(1)
        # one log variance per task, learned along with the rest (Kendall et al.)
        self.log_vars = self.add_weight(shape=(2,), initializer="zeros", name="log_vars")

    def call(self, x):
        h = self.trunk(x)
        return self.power(h), self.load(h)


model = TwoTargets()
model(Xtr[:2])
opt = keras.optimizers.Adam(0.001)
opt_weights = keras.optimizers.Adam(0.2)
ds = tf.data.Dataset.from_tensor_slices((Xtr, ptr, ltr)).shuffle(2000, seed=0).batch(64)


@tf.function
def step(x, yp, yl):
    with tf.GradientTape() as tape:
        p, l = model(x, training=True)
        mse_power = tf.reduce_mean(tf.square(p - yp))
        mse_load = tf.reduce_mean(tf.square(l - yl))
        precision = tf.exp(-model.log_vars)
        loss = precision[0] * mse_power + precision[1] * mse_load
    net_vars = [v for v in model.trainable_variables if v is not model.log_vars]
    grads, grad_w = tape.gradient(loss, [net_vars, model.log_vars])
    opt.apply_gradients(zip(grads, net_vars))
    opt_weights.apply_gradients([(grad_w, model.log_vars)])
    return loss, mse_power, mse_load


for epoch in range(60):
    losses = []
    for x, yp, yl in ds:
        loss, a, b = step(x, yp, yl)
        losses.append(float(loss))
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.5f} power {float(a):.4f} load {float(b):.4f}")

p, l = model.predict(Xte, verbose=0)
r2 = np.mean([1 - np.mean((u - v) ** 2) / np.var(v) for u, v in ((p, pte), (l, lte))])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
