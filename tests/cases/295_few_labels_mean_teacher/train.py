import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x, x_test, y, y_test = train_test_split(x, y, test_size=400, random_state=6, stratify=y)
few = np.concatenate([np.flatnonzero(y == c)[:6] for c in range(10)])

labelled_x, labelled_y = tf.constant(x[few]), tf.constant(y[few].astype("int32"))
everything = tf.constant(x)


def classifier():
    return keras.Sequential([
        keras.Input((64,)),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ])


student, teacher = classifier(), classifier()
teacher.set_weights(student.get_weights())
teacher.trainable = False
opt = keras.optimizers.Adam(2e-3)
STEPS, MAX_WEIGHT, DECAY = 900, 60.0, 0.98


@tf.function
def step(weight):
    a = tf.random.uniform((32,), 0, len(few), dtype=tf.int32)
    b = tf.random.uniform((128,), 0, len(x), dtype=tf.int32)
    xa, ya, xb = tf.gather(labelled_x, a), tf.gather(labelled_y, a), tf.gather(everything, b)
    goal = tf.nn.softmax(teacher(xb + tf.random.normal(tf.shape(xb), stddev=0.15), training=True))
    with tf.GradientTape() as tape:
        known = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
            ya, student(xa + tf.random.normal(tf.shape(xa), stddev=0.15), training=True)))
        mine = tf.nn.softmax(student(xb + tf.random.normal(tf.shape(xb), stddev=0.3), training=True))
        agree = tf.reduce_mean(tf.square(mine - goal))
        loss = known + weight * agree
    opt.apply_gradients(zip(tape.gradient(loss, student.trainable_variables), student.trainable_variables))
    for t, s in zip(teacher.weights, student.weights):
        t.assign(DECAY * t + (1 - DECAY) * s)
    return loss


losses = []
for i in range(STEPS):
    ramp = np.exp(-5 * (1 - min(1.0, i / (0.7 * STEPS))) ** 2)
    losses.append(float(step(tf.constant(MAX_WEIGHT * ramp, tf.float32))))
    if i % 100 == 99:
        print("step %d  weight %.2f  loss %.4f" % (i + 1, MAX_WEIGHT * ramp, np.mean(losses[-100:])))

accuracy = np.mean(teacher.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(student.get_weights() + teacher.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print("FINAL_LOSS=%f" % np.mean(losses[-100:]))
print("FINAL_METRIC=accuracy:%.4f" % accuracy)
