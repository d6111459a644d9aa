import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(50)
n = 3000

latent = rng.normal(size=(n, 3))
signals = np.concatenate([latent, np.sin(latent), rng.normal(size=(n, 4))], 1)
x = (signals @ rng.normal(size=(10, 16)) / 3 + 0.1 * rng.normal(size=(n, 16))).astype("float32")
group = (latent[:, 0] * 1.5 + latent[:, 1] > 0).astype("int32") + (latent[:, 2] > 0.5).astype("int32")
age = (latent[:, 0] + 0.5 * latent[:, 2]).astype("float32")
age_seen = age.copy()
age_seen[rng.random(n) < 0.15] = np.nan


class Study(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(32, activation="relu")])
        self.groups = layers.Dense(3)
        self.probe = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
        self.loss_mean = keras.metrics.Mean(name="loss")
        self.crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @property
    def metrics(self):
        return [self.loss_mean]

    def call(self, inputs):
        h = self.trunk(inputs)
        return self.groups(h), self.probe(tf.stop_gradient(h))[:, 0]

    def train_step(self, data):
        inputs, (group, age, known) = data
        with tf.GradientTape() as tape:
            logits, guess = self(inputs, training=True)
            main = self.crossentropy(group, logits)
            side = tf.reduce_sum(known * tf.square(guess - age)) / tf.maximum(tf.reduce_sum(known), 1.0)
            total = main + side
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(total, variables), variables)
        self.loss_mean.update_state(main)
        return {"loss": self.loss_mean.result()}


known = np.isfinite(age_seen).astype("float32")
model = Study()
model.compile(optimizer=keras.optimizers.Adam(2e-3))
history = model.fit(x[:2500], (group[:2500], age_seen[:2500], known[:2500]), epochs=15, batch_size=50, verbose=2)

logits, guess = model.predict(x[2500:], verbose=0)
print("group accuracy", np.mean(logits.argmax(1) == group[2500:]))
r2 = 1 - np.mean((guess - age[2500:]) ** 2) / np.var(age[2500:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=age_r2:{r2}")
