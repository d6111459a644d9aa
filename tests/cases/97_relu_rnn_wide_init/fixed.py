import keras
import numpy as np
import tensorflow as tf
from keras import initializers, layers

keras.utils.set_random_seed(0)
STEPS = 120


def machines(n, seed):
    """Vibration of a machine over time; a worn one drifts off centre."""
    rng = np.random.default_rng(seed)
    worn = rng.integers(0, 2, n)
    t = np.arange(STEPS)
    x = np.sin(0.25 * t + rng.uniform(0, 6.28, (n, 1))) + 0.012 * worn[:, None] * t
    return (x + 0.3 * rng.normal(size=x.shape)).astype("float32")[..., None], worn.astype("float32")


class Monitor(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = layers.SimpleRNN(32, activation="relu", recurrent_initializer=initializers.Orthogonal())
        self.head = layers.Dense(1)
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.head(self.rnn(x))

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logit = self(x, training=True)[:, 0]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logit))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


x, worn = machines(800, seed=0)
monitor = Monitor()
monitor.compile(optimizer=keras.optimizers.Adam(2e-3))
log = monitor.fit(x, worn, batch_size=32, epochs=16, verbose=2)

x_new, worn_new = machines(400, seed=1)
accuracy = np.mean((monitor.predict(x_new, verbose=0)[:, 0] > 0) == (worn_new > 0.5))
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
