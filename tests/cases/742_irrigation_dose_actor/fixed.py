"""Irrigation dose for a field, learnt by trial: an actor proposes a dose, a critic predicts the pay-off."""
from collections import deque

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
DOSE_MAX = 1.0


def weather(n):
    soil = rng.uniform(8, 42, n)             # percent of volume
    temp = rng.normal(22, 6, n)              # degrees
    sun = rng.uniform(80, 950, n)            # W/m2
    press = rng.normal(1013, 9, n)           # hPa
    return np.stack([soil, temp, sun, press], 1).astype("float32")


def right_dose(s):
    z = -(s[:, 0] - 25) / 10 + 0.5 * (s[:, 1] - 22) / 6 + 0.6 * (s[:, 2] - 515) / 250
    return np.tanh(0.55 * z)


def pay(s, dose):
    return (1.0 - 2.0 * (dose - right_dose(s)) ** 2 + rng.normal(0, 0.05, len(s))).astype("float32")


def build_actor():
    s = layers.Input((4,))
    h = layers.Dense(64, activation="relu")(s)
    h = layers.Dense(64, activation="relu")(h)
    return keras.Model(s, layers.Dense(1, activation="tanh")(h))


def build_critic():
    s, a = layers.Input((4,)), layers.Input((1,))
    h = layers.Concatenate()([s, a])
    h = layers.Dense(64, activation="relu")(h)
    h = layers.Dense(64, activation="relu")(h)
    return keras.Model([s, a], layers.Dense(1)(h))


actor, critic = build_actor(), build_critic()
a_opt, c_opt = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(2e-3)


@tf.function
def learn(s, a, r):
    with tf.GradientTape() as tape:
        c_loss = tf.reduce_mean(tf.square(critic([s, a]) - r))
    c_opt.apply_gradients(zip(tape.gradient(c_loss, critic.trainable_variables), critic.trainable_variables))
    with tf.GradientTape() as tape:
        a_loss = -tf.reduce_mean(critic([s, actor(s)]))
    a_opt.apply_gradients(zip(tape.gradient(a_loss, actor.trainable_variables), actor.trainable_variables))
    return c_loss, a_loss


def observe(s):
    return (s - np.float32([25, 22, 500, 1013])) / np.float32([10, 6, 250, 9])


memory = deque(maxlen=300)
noise = 0.6
for day in range(1500):
    s = weather(32)
    dose = actor(observe(s)).numpy()[:, 0] + rng.normal(0, noise, 32)
    dose = np.clip(dose, -DOSE_MAX, DOSE_MAX).astype("float32")
    memory.append((observe(s), dose[:, None], pay(s, dose)[:, None]))
    noise = max(0.2, noise * 0.999)
    picks = rng.integers(0, len(memory), 4)
    batch = [np.concatenate([memory[i][j] for i in picks]) for j in range(3)]
    c_loss, a_loss = learn(*batch)
    if day % 300 == 299:
        print(f"day {day + 1} critic {float(c_loss):.4f} actor {float(a_loss):.4f} noise {noise:.2f}")

s = weather(2000)
dose = actor.predict(observe(s), verbose=0)[:, 0]
want = right_dose(s)
r2 = 1 - np.sum((dose - want) ** 2) / np.sum((want - want.mean()) ** 2)
print(f"FINAL_LOSS={float(c_loss):.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
