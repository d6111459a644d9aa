"""Half of the scans are labelled; the others carry -1 and help through a consistency term."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

bundle = dict(zip(("x", "y"), load_digits(return_X_y=True)))
scans = (bundle["x"] / 16.0).astype("float32")
label = bundle["y"].astype("int32")
x_test, y_test = scans[1400:], label[1400:]
x_train, y_train = scans[:1400], label[:1400].copy()
y_train[np.random.default_rng(6).random(1400) < 0.5] = -1


class SemiSupervised(keras.Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mean_loss = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            again = self(x + 0.1 * tf.random.normal(tf.shape(x)), training=True)
            known = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.maximum(y, 0), logits=logits)
            given = tf.cast(y >= 0, tf.float32)
            consistent = tf.reduce_mean(tf.square(tf.nn.softmax(logits) - tf.nn.softmax(again)))
            loss = tf.math.divide_no_nan(tf.reduce_sum(given * known), tf.reduce_sum(given)) + 2.0 * consistent
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


inputs = keras.Input((64,))
hidden = layers.Dropout(0.2)(layers.Dense(96, activation="relu")(inputs))
model = SemiSupervised(inputs, layers.Dense(10)(hidden))
model.compile(optimizer=keras.optimizers.Adam(2e-3))
story = model.fit(x_train, y_train, batch_size=50, epochs=20, verbose=2)

accuracy = np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)
print(f"FINAL_LOSS={story.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
