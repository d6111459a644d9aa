"""Physics-informed network for a draining tank: dh/dt = -k sqrt(h), a handful of level readings."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)
K, T_END = 1.6, 1.1


def exact(t):
    return (1.0 - 0.5 * K * t) ** 2


t_obs = np.array([[0.0], [0.15], [0.4], [0.7]], dtype="float32")
h_obs = (exact(t_obs) + 0.01 * rng.normal(size=t_obs.shape)).astype("float32")
t_obs, h_obs = tf.constant(t_obs), tf.constant(h_obs)

net = keras.Sequential(
    [
        keras.Input((1,)),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
opt = keras.optimizers.Adam(3e-3)


@tf.function
def train_step(t_col):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(t_col)
            h = net(t_col)
        dh_dt = inner.gradient(h, t_col)
        residual = dh_dt + K * tf.sqrt(h)
        physics = tf.reduce_mean(tf.square(residual))
        data = tf.reduce_mean(tf.square(net(t_obs) - h_obs))
        loss = physics + 10.0 * data
    grads = outer.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(3000):
    batch = tf.constant(rng.uniform(0, T_END, size=(64, 1)).astype("float32"))
    loss = train_step(batch)
    if it % 500 == 0:
        print(it, float(loss))

grid = np.linspace(0, T_END, 200, dtype="float32")[:, None]
pred = net.predict(grid, verbose=0)
truth = exact(grid)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - truth) ** 2) / np.var(truth):.4f}")
