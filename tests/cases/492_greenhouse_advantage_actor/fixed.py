import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

# logged decisions of growers: state of the greenhouse, one of five settings of vents and heating,
# and what the day brought, in cents per square metre of a bay. Learn a better policy from the log.
N_ACTIONS, BETA = 5, 2.0
taste = rng.normal(size=(6, N_ACTIONS))


def value(s, a):
    r = s @ taste + np.sin(2 * s[:, :1]) * np.arange(-2, 3)
    return 400.0 + 60.0 * r[np.arange(len(s)), a]


s_log = rng.normal(size=(8000, 6)).astype("float32")
a_log = rng.integers(0, N_ACTIONS, 8000)
r_log = (value(s_log, a_log) + 15.0 * rng.normal(size=8000)).astype("float32")
s_test = rng.normal(size=(2000, 6)).astype("float32")

critic = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(400.0)),
])
actor = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(N_ACTIONS),
])
critic_opt = keras.optimizers.Adam(3e-3)
actor_opt = keras.optimizers.Adam(2e-3)


@tf.function
def train_step(s, a, r):
    with tf.GradientTape() as tape:
        v = critic(s, training=True)[:, 0]
        critic_loss = tf.reduce_mean(tf.square(r - v))
    w = critic.trainable_variables
    critic_opt.apply_gradients(zip(tape.gradient(critic_loss, w), w))

    advantage = (r - v) / tf.math.reduce_std(r - v)
    weight = tf.exp(advantage / BETA)
    weight = weight / tf.reduce_mean(weight)
    with tf.GradientTape() as tape:
        logits = actor(s, training=True)
        ce = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=a, logits=logits)
        actor_loss = tf.reduce_mean(weight * ce)
    w = actor.trainable_variables
    actor_opt.apply_gradients(zip(tape.gradient(actor_loss, w), w))
    return critic_loss


data = tf.data.Dataset.from_tensor_slices((s_log, a_log, r_log)).shuffle(8000, seed=6).batch(128)
for epoch in range(16):
    losses = [float(train_step(*b)) for b in data]
    if epoch % 4 == 3:
        print("epoch %2d  critic loss %.1f" % (epoch + 1, np.mean(losses)))

choice = actor.predict(s_test, verbose=0).argmax(1)
got = value(s_test, choice).mean()
best = np.max([value(s_test, np.full(2000, k)) for k in range(N_ACTIONS)], 0).mean()
plain = np.mean([value(s_test, np.full(2000, k)) for k in range(N_ACTIONS)])
print("cents a day: policy %.1f, any setting %.1f, best %.1f" % (got, plain, best))
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=share_of_gain:%f" % ((got - plain) / (best - plain)))
