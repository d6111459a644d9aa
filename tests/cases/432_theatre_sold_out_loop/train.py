import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(33)

# ticket demand of a theatre in hundreds; sold-out evenings show the capacity only
n = 3000
x = rng.normal(0, 1, (n, 6)).astype("float32")
demand = 5.0 + 1.2 * x[:, 0] + 0.8 * x[:, 1] * x[:, 2] - 0.7 * np.abs(x[:, 3]) + 0.12 * rng.normal(0, 1, n)
capacity = rng.choice([4.5, 5.0, 6.0], n)
sold = np.minimum(demand, capacity).astype("float32")
full = (demand >= capacity).astype("float32")
xtr, ytr, ctr = x[:2400], sold[:2400], full[:2400]
xte, dte = x[2400:], demand[2400:]

net = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(5.0)),
])
log_sigma = tf.Variable(0.0)
opt = keras.optimizers.Adam(5e-3)
variables = net.trainable_variables + [log_sigma]


def normal_cdf(z):
    return 0.5 * (1.0 + tf.math.erf(z / np.sqrt(2.0)))


@tf.function
def step(xb, yb, cb):
    with tf.GradientTape() as tape:
        mu = net(xb, training=True)[:, 0]
        z = (yb - mu) / tf.exp(log_sigma)
        observed = -0.5 * z ** 2 - log_sigma - 0.9189385
        sold_out = tf.math.log(1.0 - normal_cdf(z))
        loss = -tf.reduce_mean((1.0 - cb) * observed + cb * sold_out)
    grads = tape.gradient(loss, variables)
    opt.apply_gradients(zip(grads, variables))
    return loss


ds = tf.data.Dataset.from_tensor_slices((xtr, ytr, ctr)).shuffle(2400, seed=0).batch(64)
for epoch in range(40):
    losses = [float(step(*b)) for b in ds]
    print(f"epoch {epoch} nll {np.mean(losses):.4f} sigma {float(tf.exp(log_sigma)):.3f}")

rmse = float(np.sqrt(np.mean((net(xte).numpy()[:, 0] - dte) ** 2)))
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=rmse:{rmse:.4f}")
