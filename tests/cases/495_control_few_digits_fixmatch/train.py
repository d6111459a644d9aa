import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)
x_pool, x_test, y_pool, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
x_lab, x_unl, y_lab, _ = train_test_split(x_pool, y_pool, train_size=60, random_state=1, stratify=y_pool)


def weak(x):
    return x + tf.random.normal(tf.shape(x), stddev=0.03)


def strong(x):
    keep = tf.cast(tf.random.uniform(tf.shape(x)) > 0.25, tf.float32)
    return x * keep * tf.random.uniform((tf.shape(x)[0], 1, 1, 1), 0.6, 1.4) + tf.random.normal(tf.shape(x), stddev=0.15)


class FixMatch(keras.Model):
    def __init__(self, net, threshold=0.95):
        super().__init__()
        self.net, self.threshold = net, threshold
        self.sup = keras.metrics.Mean(name="supervised")
        self.uns = keras.metrics.Mean(name="unsupervised")
        self.used = keras.metrics.Mean(name="share_used")

    @property
    def metrics(self):
        return [self.sup, self.uns, self.used]

    def call(self, x, training=False):
        return self.net(x, training=training)

    def train_step(self, data):
        (xl, yl), xu = data
        guess = tf.nn.softmax(self.net(weak(xu), training=False))
        mask = tf.cast(tf.reduce_max(guess, 1) >= self.threshold, tf.float32)
        label = tf.argmax(guess, 1)
        with tf.GradientTape() as tape:
            sup = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=yl, logits=self.net(weak(xl), training=True)))
            uns = tf.reduce_mean(mask * tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=label, logits=self.net(strong(xu), training=True)))
            loss = sup + uns
        v = self.net.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        self.sup.update_state(sup)
        self.uns.update_state(uns)
        self.used.update_state(tf.reduce_mean(mask))
        return {m.name: m.result() for m in self.metrics}


net = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10),
])
model = FixMatch(net)
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True))
labelled = tf.data.Dataset.from_tensor_slices((x_lab, y_lab)).shuffle(60, seed=1).repeat().batch(20)
unlabelled = tf.data.Dataset.from_tensor_slices(x_unl).shuffle(1300, seed=2).repeat().batch(100)
hist = model.fit(tf.data.Dataset.zip((labelled, unlabelled)), steps_per_epoch=20, epochs=20, verbose=2)

acc = float(np.mean(net.predict(x_test, verbose=0).argmax(1) == y_test))


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % (hist.history["supervised"][-1] + hist.history["unsupervised"][-1]))
print("FINAL_METRIC=accuracy:%f" % acc)
