"""A learned simulator of a driven pendulum: the network gives the change of state, and is trained on rolled-out paths."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
HORIZON, DT = 25, 0.1
src = np.random.default_rng(50)


def push(state, torque):
    angle, speed = state[:, 0], state[:, 1]
    return np.stack([speed, -3.0 * np.sin(angle) - 0.3 * speed + torque], axis=1)


def trajectories(n):
    s = np.stack([src.uniform(-2, 2, n), src.uniform(-2, 2, n)], axis=1)
    torque = np.repeat(src.normal(0, 1, (n, HORIZON // 5)), 5, axis=1)
    path = [s]
    for t in range(HORIZON):
        half = s + 0.5 * DT * push(s, torque[:, t])
        s = s + DT * push(half, torque[:, t])
        path.append(s)
    return np.stack(path, 1).astype("float32"), torque.astype("float32")


class Simulator(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = keras.layers.Dense(40, activation="tanh")
        self.outer = keras.layers.Dense(40, activation="tanh")
        self.rate = keras.layers.Dense(2)

    def call(self, state, torque):
        z = tf.concat([state, torque[:, None]], axis=1)
        return state + DT * self.rate(self.outer(self.inner(z)))


sim = Simulator()
opt = keras.optimizers.SGD(learning_rate=0.03, momentum=0.9)


def roll(start, torque):
    state, states = start, []
    for t in range(HORIZON):
        state = sim(state, torque[:, t])
        states.append(state)
    return states


@tf.function
def train(path, torque):
    with tf.GradientTape() as tape:
        loss = 0.0
        for t, state in enumerate(roll(path[:, 0], torque)):
            loss += tf.reduce_mean(tf.reduce_sum(tf.square(state - path[:, t + 1]), axis=1))
        loss /= HORIZON
    opt.apply_gradients(zip(tape.gradient(loss, sim.trainable_variables), sim.trainable_variables))
    return loss


paths, torques = trajectories(1600)
for epoch in range(40):
    order = src.permutation(len(paths))
    seen = [float(train(paths[i], torques[i])) for i in np.split(order, 25)]
    if epoch % 8 == 7:
        print("epoch", epoch + 1, "loss", np.mean(seen))

paths_new, torques_new = trajectories(300)
ahead = np.stack([s.numpy() for s in roll(tf.constant(paths_new[:, 0]), tf.constant(torques_new))], axis=1)
truth = paths_new[:, 1:]
print("FINAL_LOSS=%g" % np.mean(seen))
print("FINAL_METRIC=r2:%.4f" % (1 - np.mean((ahead - truth) ** 2) / np.var(truth)))
