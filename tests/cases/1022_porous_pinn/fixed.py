"""Physics-informed network for gas spreading in a porous rod:  u_t = D (u^M)_xx
with a handful of sensor readings and the equation on random points."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
D, M = 0.02, 1.5

# reference by explicit finite differences
nx, T = 81, 1.0
xs = np.linspace(0, 1, nx)
dx = xs[1] - xs[0]
u = np.exp(-((xs - 0.4) / 0.2) ** 2)
dt = 0.2 * dx * dx / (D * M * 1.1)
steps = int(np.ceil(T / dt))
dt = T / steps
times, fields = [], []
for i in range(steps + 1):
    if i % (steps // 20) == 0:
        times.append(i * dt)
        fields.append(u.copy())
    f = u ** M
    lap = np.zeros_like(u)
    lap[1:-1] = (f[2:] - 2 * f[1:-1] + f[:-2]) / dx ** 2
    lap[0], lap[-1] = 2 * (f[1] - f[0]) / dx ** 2, 2 * (f[-2] - f[-1]) / dx ** 2
    u = u + dt * D * lap
times, fields = np.array(times), np.array(fields)
tt, xx = np.meshgrid(times, xs, indexing="ij")
grid = np.stack([xx.ravel(), tt.ravel()], 1).astype("float32")
truth = fields.ravel()

rng = np.random.default_rng(0)
pick = rng.choice(len(grid), 120, replace=False)
pick = np.concatenate([pick, np.arange(0, nx, 2)])          # start profile too
sensor_x = tf.constant(grid[pick])
sensor_u = tf.constant((truth[pick] + rng.normal(0, 0.01, len(pick)))[:, None].astype("float32"))

net = keras.Sequential([
    keras.Input((2,)),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(1),
])
sched = keras.optimizers.schedules.ExponentialDecay(5e-3, 1000, 0.6)
adam = keras.optimizers.Adam(sched)


def residual(x, t):
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, t])
        with tf.GradientTape() as inner:
            inner.watch(x)
            u = net(tf.concat([x, t], 1))
            pressure = tf.pow(tf.maximum(u, 1e-6), M)
        p_x = inner.gradient(pressure, x)
    return outer.gradient(u, t) - D * outer.gradient(p_x, x)


@tf.function
def train_step():
    x = tf.random.uniform((256, 1))
    t = tf.random.uniform((256, 1))
    with tf.GradientTape() as tape:
        data_loss = tf.reduce_mean(tf.square(net(sensor_x) - sensor_u))
        pde_loss = tf.reduce_mean(tf.square(residual(x, t)))
        loss = data_loss + 0.01 * pde_loss
    grads = tape.gradient(loss, net.trainable_variables)
    adam.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(3500):
    loss = train_step()
    if it % 500 == 0:
        print("iteration", it, "loss", float(loss))

pred = net.predict(grid, batch_size=1024, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={float(loss):.6g}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
