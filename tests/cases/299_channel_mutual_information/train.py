import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

RHO = np.array([0.9, 0.6, 0.3], "float32")
exact = -0.5 * np.sum(np.log(1 - RHO ** 2))

score = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(96, activation="relu"),
    layers.Dense(1),
])
opt = keras.optimizers.Adam(2e-3)
N = 256
average = tf.Variable(1.0, trainable=False)


def channel(n):
    sent = tf.random.normal((n, 3))
    got = RHO * sent + np.sqrt(1 - RHO ** 2) * tf.random.normal((n, 3))
    return sent, got


def scores(n):
    sent, got = channel(n)
    joint = score(tf.concat([sent, got], 1))
    apart = score(tf.concat([sent, tf.roll(got, 1, axis=0)], 1))
    return joint, apart


@tf.function
def climb():
    with tf.GradientTape() as tape:
        joint, apart = scores(N)
        lift = tf.reduce_mean(tf.exp(apart))
        average.assign(0.95 * average + 0.05 * tf.stop_gradient(lift))
        loss = lift / average - tf.reduce_mean(joint)
    grads = tape.gradient(loss, score.trainable_variables)
    opt.apply_gradients(zip(grads, score.trainable_variables))
    return tf.math.log(lift) - tf.reduce_mean(joint)


losses = []
for i in range(1500):
    losses.append(float(climb()))
    if i % 150 == 149:
        print("step %d  loss %.4f" % (i + 1, np.mean(losses[-150:])))

joint, apart = scores(50000)
found = float(tf.reduce_mean(joint) - tf.math.log(tf.reduce_mean(tf.exp(apart))))
print("nats found %.3f, exact %.3f" % (found, exact))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(score.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print("FINAL_LOSS=%f" % np.mean(losses[-150:]))
print("FINAL_METRIC=mi_error:%.4f" % abs(found - exact))
