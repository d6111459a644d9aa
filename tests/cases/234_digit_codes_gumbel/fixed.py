import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(len(data["x"]), -1) / 16.0).astype("float32")
x_train, x_test = x[:1400], x[1400:]

SLOTS, SYMBOLS, EPOCHS = 12, 8, 40


class CodeAutoencoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Dense(96, activation="relu"), layers.Dense(SLOTS * SYMBOLS), layers.Reshape((SLOTS, SYMBOLS))])
        self.decoder = keras.Sequential([
            layers.Flatten(), layers.Dense(96, activation="tanh"), layers.Dense(64, activation="sigmoid")])
        self.temperature = tf.Variable(1.0, trainable=False, dtype="float32")
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, batch):
        logits = self.encoder(batch)
        return self.decoder(tf.one_hot(tf.argmax(logits, axis=-1), SYMBOLS))

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            logits = self.encoder(batch, training=True)
            noise = -tf.math.log(-tf.math.log(tf.random.uniform(tf.shape(logits), 1e-6, 1.0 - 1e-6)))
            codes = tf.nn.softmax((logits + noise) / self.temperature)
            error = tf.square(self.decoder(codes, training=True) - batch)
            loss = tf.reduce_mean(tf.reduce_sum(error, axis=1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


class Anneal(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.temperature.assign(max(0.5, 1.0 - epoch / (EPOCHS - 1)))


model = CodeAutoencoder()
model(x_train[:2])
model.compile(optimizer=keras.optimizers.Adam(2e-3), jit_compile=False)
history = model.fit(x_train, epochs=EPOCHS, batch_size=50, callbacks=[Anneal()], verbose=2)

rebuilt = model.predict(x_test, verbose=0)
r2 = 1 - np.sum((rebuilt - x_test) ** 2) / np.sum((x_train.mean(axis=0) - x_test) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
