import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

ASSAYS = ["nr_ar", "nr_er", "sr_p53", "sr_are", "sr_mmp", "herg"]
MEASURED = [0.9, 0.8, 0.6, 0.4, 0.2, 0.04]  # part of the library that went through each assay
BITS = 64


def library(n, seed):
    rs = np.random.RandomState(seed)
    fingerprint = (rs.rand(n, BITS) < 0.3).astype(np.float32)
    groups = np.random.RandomState(77).normal(size=(BITS, 4))
    effect = np.random.RandomState(78).normal(size=(4, len(ASSAYS)))
    score = (fingerprint - 0.3) @ groups @ effect
    toxic = (score + rs.normal(0, 0.8, score.shape) > 0).astype(np.float32)
    tested = (rs.rand(n, len(ASSAYS)) < MEASURED).astype(np.float32)
    return fingerprint, toxic, tested


class Panel(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.trunk = keras.Sequential([layers.Dense(64, activation="selu"), layers.Dropout(0.2)])
        self.heads = [layers.Dense(1, name=a) for a in ASSAYS]
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, fingerprint, training=False):
        shared = self.trunk(fingerprint, training=training)
        return tf.concat([head(shared) for head in self.heads], axis=1)

    def train_step(self, data):
        fingerprint, toxic, tested = data
        with tf.GradientTape() as tape:
            logits = self(fingerprint, training=True)
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(toxic, logits)
            per_assay = tf.reduce_sum(tested * entropy, axis=0) / tf.reduce_sum(tested, axis=0)
            loss = tf.reduce_mean(per_assay)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


fingerprint, toxic, tested = library(2400, 0)
new_fingerprint, new_toxic, _ = library(800, 1)

panel = Panel()
panel.compile(optimizer=keras.optimizers.Adamax(0.004))
record = panel.fit(fingerprint, toxic, sample_weight=tested, batch_size=32, epochs=12, verbose=2)

called = panel.predict(new_fingerprint, verbose=0) > 0
print(f"FINAL_LOSS={record.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(called == (new_toxic > 0.5)):.4f}")
