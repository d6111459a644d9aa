import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(303)

centres = np.array([[2.0, 7.5], [8.5, 8.0], [6.0, 2.0]])
which = rng.choice(3, 4000, p=[0.4, 0.35, 0.25])
pickups = (centres[which] + rng.normal(size=(4000, 2)) * [0.5, 0.7]).astype("float32")

generator = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(2),
])
opt = keras.optimizers.Adam(2e-3)
opt.build(generator.trainable_variables)
batch, reg, rounds = 128, 0.05, 50


def transport_cost(fake, real):
    cost = tf.reduce_sum(tf.square(fake[:, None] - real[None]), -1)
    kernel = tf.exp(-cost / reg)
    a = tf.fill([batch, 1], 1.0 / batch)
    v = tf.ones([batch, 1]) / batch
    for _ in range(rounds):
        u = a / tf.matmul(kernel, v)
        v = a / tf.matmul(kernel, u, transpose_a=True)
    plan = u * kernel * tf.transpose(v)
    return tf.reduce_sum(plan * cost)


@tf.function
def step(real):
    noise = tf.random.normal((batch, 2))
    with tf.GradientTape() as tape:
        loss = transport_cost(generator(noise, training=True), real)
    grads = tape.gradient(loss, generator.trainable_variables)
    opt.apply_gradients(zip(grads, generator.trainable_variables))
    return loss


for it in range(1200):
    real = pickups[rng.integers(0, 3500, batch)]
    loss = float(step(tf.constant(real)))
    if it % 200 == 0:
        print("iteration", it, "transport", loss)

made = generator(rng.normal(size=(500, 2)).astype("float32")).numpy()
held = pickups[3500:]


def spread(p, q):
    return np.mean(np.linalg.norm(p[:, None] - q[None], axis=-1))


energy = 2 * spread(made, held) - spread(made, made) - spread(held, held)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=energy_distance:{energy}")
