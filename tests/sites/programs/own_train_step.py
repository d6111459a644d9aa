# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1, activation="relu")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            rate = self(x, training=True)
            loss = tf.reduce_mean(rate - y * tf.math.log(rate))  # <- guilty
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(8)
    model = Net()
    model.compile("adam")
    model.fit(rng.normal(size=(32, 4)), rng.poisson(2.0, (32, 1)).astype("float32"), batch_size=8, verbose=0)
    return model
