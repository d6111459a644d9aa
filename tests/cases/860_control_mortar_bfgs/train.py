"""Strength of mortar after 28 days in kPa. The whole batch and a quasi-Newton search from SciPy instead of an optimizer."""
import numpy as np
import tensorflow as tf
import keras
from scipy.optimize import minimize

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)
n = 900
cement = rng.uniform(250, 520, n)
water = rng.uniform(140, 260, n)
ash = rng.uniform(0, 120, n)
temp = rng.uniform(5, 30, n)
kpa = 1000 * (22 * (cement + 0.4 * ash) / water + 0.35 * temp - 0.008 * (temp - 18) ** 2 - 12 + rng.normal(0, 1.2, n))
x = np.stack([cement, water, ash, temp], 1)
mean, std = x[:700].mean(0), x[:700].std(0)
x = tf.constant((x - mean) / std, tf.float32)
y = tf.constant(kpa[:, None] - kpa[:700].mean(), tf.float32)

model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(16, activation="tanh"),
    keras.layers.Dense(8, activation="tanh"),
    keras.layers.Dense(1),
    keras.layers.Rescaling(8000.0),
])
shapes = [tuple(w.shape) for w in model.trainable_variables]
sizes = [int(np.prod(s)) for s in shapes]


def put(flat):
    for w, part, s in zip(model.trainable_variables, np.split(flat, np.cumsum(sizes)[:-1]), shapes):
        w.assign(part.reshape(s).astype("float32"))


@tf.function
def value_and_slope():
    with tf.GradientTape() as tape:
        err = model(x[:700]) - y[:700]
        loss = tf.reduce_mean(err ** 2)
    return loss, tape.gradient(loss, model.trainable_variables)


trace = []


def objective(flat):
    put(flat)
    loss, grads = value_and_slope()
    trace.append(float(loss))
    return float(loss), np.concatenate([np.ravel(g) for g in grads]).astype("float64")


start = np.concatenate([np.ravel(w) for w in model.get_weights()]).astype("float64")
best = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 400, "maxfun": 600})
put(best.x)
for i in range(0, len(trace), 50):
    print("call %d mean squared error %.4g" % (i, trace[i]))
pred = model.predict(x[700:], verbose=0)
true = y[700:].numpy()
print("FINAL_LOSS=%f" % best.fun)
print("FINAL_METRIC=r2:%f" % (1 - ((pred - true) ** 2).sum() / ((true - true.mean()) ** 2).sum()))
