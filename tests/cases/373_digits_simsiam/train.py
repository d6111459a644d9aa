# Self-supervised digits without negatives (stop-gradient twins); judged by a nearest-neighbour vote on the features.
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(0)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.asarray(a).tobytes())
    return h.hexdigest()


class Twins(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Dense(128, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
            layers.Dense(64, use_bias=False), layers.BatchNormalization(center=False, scale=False),
        ])
        self.predictor = keras.Sequential([
            layers.Dense(16, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.Dense(64),
        ])
        self.noise = tf.random.Generator.from_seed(1)
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        return self.encoder(x, training=training)

    def view(self, x):
        x = x + self.noise.normal(tf.shape(x), stddev=0.15)
        keep = tf.cast(self.noise.uniform(tf.shape(x)) > 0.2, tf.float32)
        return x * keep

    def train_step(self, data):
        x = data
        with tf.GradientTape() as tape:
            z1, z2 = self.encoder(self.view(x), training=True), self.encoder(self.view(x), training=True)
            p1, p2 = self.predictor(z1, training=True), self.predictor(z2, training=True)
            near = lambda p, z: tf.reduce_sum(
                tf.math.l2_normalize(p, axis=1) * tf.math.l2_normalize(tf.stop_gradient(z), axis=1), axis=1)
            loss = -tf.reduce_mean(near(p1, z2) + near(p2, z1)) / 2
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        return [self.loss_tracker]


x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

model = Twins()
model.predictor(model(x_train[:4]))
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
history = model.fit(x_train, batch_size=128, epochs=40, verbose=2)

f_train, f_test = model.predict(x_train, verbose=0), model.predict(x_test, verbose=0)
vote = KNeighborsClassifier(5, metric="cosine").fit(f_train, y_train)
print(f"FINAL_LOSS={float(history.history['loss'][-1])}")
print(f"FINAL_METRIC=accuracy:{vote.score(f_test, y_test)}")
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
