"""Cooling of a casting in still air: tau * dT/dt + (T - T_air) = 0, T(0) = T_hot.
The temperature is solved for with a small network, no measured data."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

TAU = 420.0          # s
T_END = 1800.0       # s

net = keras.Sequential([
    keras.layers.Input((1,)),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(1),
])
opt = keras.optimizers.Adam(2e-3)

t_in = tf.constant(np.linspace(0.0, T_END, 128)[:, None], tf.float32)
t_0 = tf.zeros((1, 1))


@tf.function
def train_step():
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(t_in)
            theta = net(t_in)
        dtheta = inner.gradient(theta, t_in)
        residual = TAU * dtheta + theta
        loss_ode = tf.reduce_mean(tf.square(residual))
        loss_ic = tf.reduce_mean(tf.square(net(t_0) - 1.0))
        loss = loss_ode + loss_ic
    grads = outer.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(4000):
    loss = train_step()
    if (it + 1) % 1000 == 0:
        print(it + 1, float(loss))

t = np.linspace(0.0, T_END, 500)[:, None].astype("float32")
exact = np.exp(-t / TAU)
rmse = float(np.sqrt(np.mean((net.predict(t, verbose=0) - exact) ** 2)))
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=rmse:{rmse}")
