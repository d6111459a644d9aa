"""Find the stiffness of a footbridge from its free swing:
   x'' + c x' + k x = 0, x(t) measured, c and k unknown."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

K_TRUE, C_TRUE = 158.0, 1.4
wd = np.sqrt(K_TRUE - C_TRUE ** 2 / 4)


def swing(t):
    return np.exp(-C_TRUE / 2 * t) * (np.cos(wd * t) + C_TRUE / (2 * wd) * np.sin(wd * t))


t_obs = np.sort(rng.uniform(0, 1, 120)).astype("float32")[:, None]
x_obs = (swing(t_obs) + rng.normal(0, 0.01, t_obs.shape)).astype("float32")
t_col = np.linspace(0, 1, 150, dtype="float32")[:, None]

net = keras.Sequential([keras.Input((1,)),
                        keras.layers.Rescaling(2.0, offset=-1.0),
                        keras.layers.Dense(32, activation="tanh"),
                        keras.layers.Dense(32, activation="tanh"),
                        keras.layers.Dense(32, activation="tanh"),
                        keras.layers.Dense(1)])


class Physics(keras.layers.Layer):
    def build(self, _):
        self.k = self.add_weight(shape=(), initializer=keras.initializers.Constant(1.0), name="k")
        self.c = self.add_weight(shape=(), initializer=keras.initializers.Constant(1.0), name="c")

    def stiffness(self):
        return 100.0 * self.k

    def call(self, inputs):
        x, v, a = inputs
        return a + self.c * v + self.stiffness() * x


law = Physics()
law.build(None)
variables = net.trainable_variables + law.trainable_variables
adam = keras.optimizers.Adam(3e-3)
adam.build(variables)


@tf.function
def step(t_o, x_o, t_c):
    with tf.GradientTape() as tape:
        with tf.GradientTape() as g2:
            g2.watch(t_c)
            with tf.GradientTape() as g1:
                g1.watch(t_c)
                x = net(t_c)
            v = g1.gradient(x, t_c)
        a = g2.gradient(v, t_c)
        data = tf.reduce_mean(tf.square(net(t_o) - x_o))
        physics = tf.reduce_mean(tf.square(law((x, v, a))))
        loss = 10.0 * data + 1e-4 * physics
    adam.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss, data


to, xo, tc = map(tf.constant, (t_obs, x_obs, t_col))
for i in range(2400):
    loss, data = step(to, xo, tc)
    if i % 1000 == 0:
        print(i, float(loss), float(data), "k", float(law.stiffness()), "c", float(law.c))

k = float(law.stiffness())
print("k", k)
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=relative_error_of_k:{abs(k - K_TRUE) / K_TRUE:.6f}")
