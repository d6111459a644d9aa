"""Only some buyers are known, all others are unlabelled: the risk of positive and unlabelled rows."""
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)


def people(n):
    buys = rng.random(n) < 0.4
    x = rng.normal(size=(n, 10)) + buys[:, None] * np.linspace(1.4, 0.0, 10)
    return x.astype("float32"), buys


x, buys = people(4000)
x_test, buys_test = people(2000)
known = x[buys][:500]
PRIOR = 0.4

model = keras.Sequential(
    [keras.Input((10,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
)
adam = keras.optimizers.Adam(1e-3)


@tf.function
def step(p, u):
    with tf.GradientTape() as tape:
        score_p, score_u = model(p, training=True), model(u, training=True)
        positive = PRIOR * tf.reduce_mean(tf.nn.softplus(-score_p))
        negative = tf.reduce_mean(tf.nn.softplus(score_u)) - PRIOR * tf.reduce_mean(tf.nn.softplus(score_p))
        goal = tf.where(negative < 0.0, -negative, positive + negative)
    grads = tape.gradient(goal, model.trainable_variables)
    adam.apply_gradients(zip(grads, model.trainable_variables))
    return positive + negative, negative


risk = []
for epoch in range(25):
    order = rng.permutation(len(x))
    for s in range(0, 4000, 100):
        total, negative = step(known[rng.integers(0, 500, 60)], x[order[s : s + 100]])
        risk.append(float(total))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: risk {np.mean(risk[-40:]):.4f}, negative part {float(negative):.4f}")

accuracy = np.mean((model.predict(x_test, verbose=0).ravel() > 0) == buys_test)
print(f"FINAL_LOSS={np.mean(risk[-40:]):.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
