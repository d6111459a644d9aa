import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

# Two tanks in a row: inflow q(t) into the first one, the first drains into the
# second, the second drains into the sewer. Levels in metres, time in hours.
A12, A2 = 0.9, 0.5
T_END = 6.0
Y0 = np.array([[0.4, 1.2]], "float32")


def rhs(t, y):
    h1, h2 = y[:, 0:1], y[:, 1:2]
    q = 0.8 + 0.6 * tf.sin(1.3 * t)
    return tf.concat([q - A12 * h1, A12 * h1 - A2 * h2], axis=1)


def reference(n=601):
    ts = np.linspace(0, T_END, n)
    dt = ts[1] - ts[0]

    def f(t, y):
        q = 0.8 + 0.6 * np.sin(1.3 * t)
        return np.array([q - A12 * y[0], A12 * y[0] - A2 * y[1]])

    ys = [Y0[0].astype("float64")]
    for t in ts[:-1]:
        y = ys[-1]
        k1 = f(t, y)
        k2 = f(t + dt / 2, y + dt / 2 * k1)
        k3 = f(t + dt / 2, y + dt / 2 * k2)
        k4 = f(t + dt, y + dt * k3)
        ys.append(y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return ts.astype("float32")[:, None], np.stack(ys).astype("float32")


class LevelNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [keras.layers.Dense(40, activation="tanh") for _ in range(3)]
        self.out = keras.layers.Dense(2)

    def call(self, t):
        z = t / T_END * 2.0 - 1.0
        for layer in self.hidden:
            z = layer(z)
        # the starting levels hold by construction
        return Y0 + t * self.out(z)


net = LevelNet()
net(tf.zeros((1, 1)))
opt = keras.optimizers.Adam(
    keras.optimizers.schedules.CosineDecay(3e-3, 3000, alpha=0.02))


@tf.function
def step():
    t = tf.random.uniform((256, 1), 0.0, T_END)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(t)
            y = net(t)
        dy = inner.batch_jacobian(y, t)[:, :, 0]
        loss = tf.reduce_mean(tf.square(dy - rhs(t, y)))
    grads = outer.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(3001):
    loss = step()
    if it % 500 == 0:
        print(f"iteration {it:5d}  residual {float(loss):.6f}")

t_ref, y_ref = reference()
y_hat = net(t_ref).numpy()
ss_res = ((y_ref - y_hat) ** 2).sum(0)
ss_tot = ((y_ref - y_ref.mean(0)) ** 2).sum(0)
r2 = float(np.mean(1 - ss_res / ss_tot))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
