import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

# recorded crane drives: state (trolley position, speed, rope angle, angular speed, distance to go)
# and what the driver did with the two levers, each between -1 and 1


def drives(n):
    s = rng.normal(size=(n, 5)).astype("float32")
    trolley = 0.9 * s[:, 4] - 0.5 * s[:, 1] - 0.6 * np.sin(2 * s[:, 2])
    hoist = 0.5 * s[:, 0] * s[:, 3] + 0.4 * s[:, 4]
    lever = np.stack([trolley, hoist], 1) + 0.1 * rng.normal(size=(n, 2))
    return s, np.clip(0.8 * lever, -1.0, 1.0).astype("float32")


s_train, a_train = drives(8000)
s_test, a_test = drives(2000)

inp = keras.Input((5,))
h = layers.Dense(64, activation="tanh")(inp)
h = layers.Dense(64, activation="tanh")(h)
mean = layers.Dense(2)(h)
log_std = layers.Dense(2)(h)
policy = keras.Model(inp, [mean, log_std])
optimizer = keras.optimizers.Adam(2e-3, clipnorm=1.0)


def log_prob(mean, log_std, action):
    log_std = tf.clip_by_value(log_std, -4.0, 1.0)
    raw = tf.atanh(action)
    z = (raw - mean) * tf.exp(-log_std)
    normal = -0.5 * tf.square(z) - log_std - 0.5 * np.log(2 * np.pi)
    squash = 2.0 * (np.log(2.0) - raw - tf.nn.softplus(-2.0 * raw))
    return tf.reduce_sum(normal - squash, axis=1)


@tf.function
def train_step(s, a):
    with tf.GradientTape() as tape:
        mean, log_std = policy(s, training=True)
        loss = -tf.reduce_mean(log_prob(mean, log_std, a))
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((s_train, a_train)).shuffle(8000, seed=4).batch(100)
for epoch in range(20):
    losses = [float(train_step(s, a)) for s, a in data]
    print("epoch %d  negative log likelihood %.4f" % (epoch, np.mean(losses)))

act = np.tanh(policy.predict(s_test, verbose=0)[0])
act = np.nan_to_num(act)
r2 = 1 - np.sum((act - a_test) ** 2) / np.sum((a_test - a_test.mean(0)) ** 2)
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=r2:%f" % r2)
