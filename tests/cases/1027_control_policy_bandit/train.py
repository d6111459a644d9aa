"""REINFORCE with a baseline: choose one of five offers for each visitor, reward in euros."""
import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


rng = np.random.default_rng(12)
W = rng.normal(size=(6, 5))


def visitors(n):
    return rng.normal(size=(n, 6)).astype("float32")


def best_offer(x):
    return (x @ W).argmax(1)


def pay(x, a):
    hit = best_offer(x) == a
    return np.where(rng.random(len(a)) < np.where(hit, 0.8, 0.15), 20.0, -4.0).astype("float32")


policy = keras.Sequential([keras.Input((6,)), keras.layers.Dense(32, activation="tanh"), keras.layers.Dense(5)])
opt = keras.optimizers.RMSprop(3e-3)


@tf.function(reduce_retracing=True)
def update(x, a, adv):
    with tf.GradientTape() as tape:
        logp = tf.nn.log_softmax(policy(x))
        chosen = tf.gather(logp, a, batch_dims=1)
        loss = -tf.reduce_mean(chosen * adv) + 0.005 * tf.reduce_mean(tf.reduce_sum(tf.exp(logp) * logp, -1))
    opt.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))
    return loss


baseline, recent = 0.0, []
forward = tf.function(policy)
for it in range(1200):
    x = visitors(128)
    g = rng.gumbel(size=(128, 5))
    a = (forward(x).numpy() + g).argmax(1)
    r = pay(x, a)
    loss = float(update(x, a, (r - baseline) / 12.0))
    baseline += 0.05 * (r.mean() - baseline)
    recent.append(loss)
    if it % 200 == 0:
        print(it, "loss", loss, "reward", baseline)

x = visitors(4000)
share = float((policy.predict(x, verbose=0).argmax(1) == best_offer(x)).mean())
print("WEIGHTS_SHA256=" + digest(policy.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={np.mean(recent[-50:]):.6g}")
print(f"FINAL_METRIC=best_offer_share:{share:.6f}")
