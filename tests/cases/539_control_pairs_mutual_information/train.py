"""Groups seals without labels: the call (12 numbers) and the track on the sand (9 numbers) of
one animal should fall into the same group, and all groups should be used.  The loss is minus
a mutual information, so it is negative and ends near minus its largest value."""
import hashlib
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.optimize import linear_sum_assignment

keras.utils.set_random_seed(0)
rng = np.random.default_rng(97)
GROUPS, n = 4, 2000
y = rng.choice(GROUPS, n, p=[0.3, 0.27, 0.23, 0.2])
call = (1.6 * rng.normal(size=(GROUPS, 12))[y] + rng.normal(size=(n, 12))).astype("float32")
track = (1.6 * rng.normal(size=(GROUPS, 9))[y] + rng.normal(size=(n, 9))).astype("float32")


def tower():
    return keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(GROUPS, activation="softmax")])


class Pairs(keras.Model):
    def __init__(self):
        super().__init__()
        self.left, self.right = tower(), tower()
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, pair):
        self.right(pair[1])
        return self.left(pair[0])

    def train_step(self, data):
        pair = data[0]
        with tf.GradientTape() as tape:
            p, q = self.left(pair[0], training=True), self.right(pair[1], training=True)
            joint = tf.matmul(p, q, transpose_a=True) / tf.cast(tf.shape(p)[0], tf.float32)
            joint = tf.maximum(joint, 1e-9)
            rows, cols = tf.reduce_sum(joint, 1, keepdims=True), tf.reduce_sum(joint, 0, keepdims=True)
            loss = -tf.reduce_sum(joint * (tf.math.log(joint) - 1.6 * tf.math.log(rows) - 1.6 * tf.math.log(cols)))
        weights = self.left.trainable_variables + self.right.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = Pairs()
model((call[:2], track[:2]))
model.compile(optimizer=keras.optimizers.Adam(2e-3))
data = tf.data.Dataset.from_tensor_slices((call, track)).shuffle(2000, seed=1).batch(250)
history = model.fit(data.map(lambda a, b: ((a, b),)), epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))
guess = model.predict((call, track), verbose=0).argmax(1)
table = np.zeros((GROUPS, GROUPS))
np.add.at(table, (guess, y), 1)
r, c = linear_sum_assignment(-table)
accuracy = float(table[r, c].sum() / n)


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=matched_accuracy:{accuracy:.6f}")
