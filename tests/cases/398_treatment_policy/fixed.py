import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(1)

N_FEATURES, N_ACTIONS = 6, 4
effect = rng.normal(0, 1, (N_FEATURES, N_ACTIONS))


def mean_reward(x):
    return np.tanh(x @ effect)


def pull(x, a):
    return mean_reward(x)[np.arange(len(x)), a] + rng.normal(0, 0.3, len(x))


policy = keras.Sequential([
    keras.Input((N_FEATURES,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(N_ACTIONS),
])
optimizer = keras.optimizers.Adam(5e-3)


@tf.function
def update(x, actions, advantage):
    with tf.GradientTape() as tape:
        logits = policy(x, training=True)
        log_p = tf.nn.log_softmax(logits)
        chosen = tf.gather(log_p, actions, batch_dims=1)
        entropy = -tf.reduce_mean(tf.reduce_sum(tf.exp(log_p) * log_p, axis=1))
        pg_loss = -tf.reduce_mean(chosen * advantage)
        loss = pg_loss - 0.01 * entropy
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
    return loss


x_test = rng.normal(0, 1, (2000, N_FEATURES)).astype("float32")
baseline = 0.0
for step in range(1, 801):
    x = rng.normal(0, 1, (128, N_FEATURES)).astype("float32")
    p = tf.nn.softmax(policy(x)).numpy().astype("float64")
    p /= p.sum(1, keepdims=True)
    a = (p.cumsum(1) > rng.random((len(x), 1))).argmax(1)
    r = pull(x, a)
    loss = update(tf.constant(x), tf.constant(a), tf.constant((r - baseline).astype("float32")))
    baseline = 0.95 * baseline + 0.05 * r.mean()
    if step % 100 == 0:
        print(f"step {step}: loss {float(loss):.4f}  reward {r.mean():.3f}")

best = policy.predict(x_test, verbose=0).argmax(1)
final = mean_reward(x_test)[np.arange(len(x_test)), best].mean()
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=reward:{final}")
