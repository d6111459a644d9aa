# Next-hour output of a solar park from its own readings and from the weather service.
# Layer-wise adaptive rates (LARS) in the training step, so that both towers move at one pace.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

n = 4000
readings = rng.normal(0, 1, (n, 6)).astype("float32")
weather = rng.normal(0, 1, (n, 5)).astype("float32")
power = (0.5 * readings[:, 0] + 0.3 * np.tanh(readings[:, 1] * readings[:, 2])
         + 1.0 * weather[:, 0] - 0.7 * np.abs(weather[:, 1]) + 0.5 * weather[:, 2] * readings[:, 0]
         + rng.normal(0, 0.1, n)).astype("float32")
power = (power - power.mean()) / power.std()


class LayerwiseModel(keras.Model):
    trust = 0.02

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=pred)
        grads = tape.gradient(loss, self.trainable_variables)
        scaled = []
        for g, v in zip(grads, self.trainable_variables):
            if len(v.shape) > 1:
                ratio = self.trust * tf.norm(v) / tf.norm(g)
                g = ratio * g
            else:
                g = 0.05 * g
            scaled.append(g)
        self.optimizer.apply_gradients(zip(scaled, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, pred)
        return {m.name: m.result() for m in self.metrics}


in_a = keras.Input((6,), name="readings")
in_b = keras.Input((5,), name="weather")
a = layers.Dense(48, activation="swish")(in_a)
b = layers.Dense(48, activation="swish")(in_b)
h = layers.Concatenate()([a, b])
h = layers.Dense(48, activation="swish")(h)
out = layers.Dense(1)(h)
model = LayerwiseModel([in_a, in_b], out)
schedule = keras.optimizers.schedules.CosineDecay(1.0, decay_steps=1200, alpha=0.05)
model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")

# the first months come from before the weather contract: that input is filled with zeros
old, new, test = slice(0, 1000), slice(1000, 3200), slice(3200, n)
blank = np.zeros_like(weather[old])
model.fit([readings[old], blank], power[old], epochs=3, batch_size=50, verbose=2)
history = model.fit([readings[new], weather[new]], power[new], epochs=25, batch_size=50, verbose=2)

guess = model.predict([readings[test], weather[test]], verbose=0)[:, 0]
r2 = 1 - np.sum((guess - power[test]) ** 2) / np.sum((power[test] - power[test].mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
