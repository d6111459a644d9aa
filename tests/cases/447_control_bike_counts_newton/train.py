import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

# rides per hour at 3000 station-hours
n = 3000
hour = rng.uniform(0, 24, n)
temp = rng.normal(14, 7, n)
wet = (rng.random(n) < 0.25).astype(float)
x = np.stack([np.ones(n), np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), temp, wet], 1)
rate = np.exp(x @ np.array([3.2, -0.5, -0.8, 0.05, -0.6]))
y = rng.poisson(rate).astype("float32")
x = x.astype("float32")
xtr, xte, ytr, yte = x[:2200], x[2200:], y[:2200], y[2200:]

beta = keras.Variable(np.array([np.log(ytr.mean()), 0, 0, 0, 0], "float32"), name="beta")
opt = keras.optimizers.SGD(1.0)


def nll(b):
    eta = tf.linalg.matvec(xtr, b)
    return tf.reduce_mean(tf.exp(eta) - ytr * eta)


for it in range(12):
    b = tf.convert_to_tensor(beta)
    with tf.GradientTape() as outer:
        outer.watch(b)
        with tf.GradientTape() as inner:
            inner.watch(b)
            loss = nll(b)
        grad = inner.gradient(loss, b)
    hess = outer.jacobian(grad, b)
    direction = tf.linalg.solve(hess, grad[:, None])[:, 0]
    opt.apply_gradients([(direction, beta)])
    print(it, "nll", float(loss), "step", float(tf.norm(direction)))

mu = np.exp(xte @ beta.numpy())


def deviance(y, m):
    return 2 * np.mean(np.where(y > 0, y * np.log(np.maximum(y, 1e-9) / m), 0) - y + m)


d2 = 1 - deviance(yte, mu) / deviance(yte, np.full_like(mu, ytr.mean()))


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest([beta]))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={float(loss):.6g}")
print(f"FINAL_METRIC=d2:{d2:.4f}")
