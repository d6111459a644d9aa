import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

MAX_TORQUE = 2.0


def best_torque(s):
    return MAX_TORQUE * np.tanh(0.8 * s[:, :1] - 0.6 * s[:, 1:2] + 0.5 * s[:, 2:3] * s[:, 3:4])


def reward(s, a):
    return (1.0 - (a - best_torque(s)) ** 2).astype("float32")


states = rng.normal(size=(4000, 4)).astype("float32")
torques = rng.uniform(-MAX_TORQUE, MAX_TORQUE, size=(4000, 1)).astype("float32")
rewards = reward(states, torques) + rng.normal(0, 0.1, size=(4000, 1)).astype("float32")

critic = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
critic.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
critic.fit(np.concatenate([states, torques], axis=1), rewards, epochs=12, batch_size=64, verbose=0)
critic.trainable = False

obs = keras.Input((4,))
h = layers.Dense(64, activation="relu")(obs)
h = layers.Dense(64, activation="relu")(h)
mean_head = layers.Dense(1)(h)
std_head = layers.Dense(1)(h)
actor = keras.Model(obs, [mean_head, std_head])
optimizer = keras.optimizers.Adam(2e-3)
log_alpha = tf.Variable(-3.0)
alpha_optimizer = keras.optimizers.Adam(1e-3)
TARGET_ENTROPY = -1.0


@tf.function
def improve(s):
    with tf.GradientTape() as tape:
        mean, log_std = actor(s, training=True)
        log_std = tf.clip_by_value(log_std, -5.0, 1.0)
        noise = tf.random.normal(tf.shape(mean))
        raw = mean + tf.exp(log_std) * noise
        action = tf.tanh(raw) * MAX_TORQUE
        log_prob = -0.5 * noise ** 2 - log_std - 0.9189385
        log_prob -= tf.math.log(1.0 - tf.square(tf.tanh(raw)) + 1e-6)
        value = critic(tf.concat([s, action], axis=1))
        loss = tf.reduce_mean(tf.exp(log_alpha) * log_prob - value)
    grads = tape.gradient(loss, actor.trainable_variables)
    optimizer.apply_gradients(zip(grads, actor.trainable_variables))
    surplus = tf.reduce_mean(log_prob + TARGET_ENTROPY)
    alpha_optimizer.apply_gradients([(-surplus, log_alpha)])
    return loss


for epoch in range(15):
    losses = []
    order = rng.permutation(len(states))
    for start in range(0, len(order), 100):
        losses.append(float(improve(tf.constant(states[order[start:start + 100]]))))
    print(f"epoch {epoch + 1}: actor loss {np.mean(losses):.4f}")

test_states = rng.normal(size=(1000, 4)).astype("float32")
mean, _ = actor(test_states)
torque = MAX_TORQUE * np.tanh(mean.numpy())
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=reward:{np.mean(reward(test_states, torque))}")
