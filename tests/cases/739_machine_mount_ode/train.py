"""Free vibration of a machine on a rubber mount, solved with a network:
x'' + c x' + k x = 0 with x(0) = 1 and x'(0) = 0."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

C, K, T_END = 1.2, 25.0, 2.4
POINTS = 400


class Mount(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = [layers.Dense(32, activation="tanh") for _ in range(3)]
        self.out = layers.Dense(1)
        self.seen = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.seen]

    def call(self, t):
        h = t
        for layer in self.body:
            h = layer(h)
        return self.out(h)

    def terms(self, t):
        with tf.GradientTape() as outer:
            outer.watch(t)
            with tf.GradientTape() as inner:
                inner.watch(t)
                x = self(t)
            v = inner.gradient(x, t)
        a = outer.gradient(v, t)
        return x, v, a

    def train_step(self, t):
        with tf.GradientTape() as tape:
            x, v, a = self.terms(t)
            motion = tf.square(a + C * v + K * x)
            at_start = tf.cast(t == 0.0, tf.float32)
            start = at_start * (tf.square(x - 1.0) + tf.square(v))
            loss = tf.reduce_mean(motion + start)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.seen.update_state(loss)
        return {"loss": self.seen.result()}


t_train = np.linspace(0.0, T_END, POINTS).astype("float32")[:, None]
ds = tf.data.Dataset.from_tensors(t_train).repeat(200)

model = Mount()
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(3e-3, 1000, 0.8)))
hist = model.fit(ds, epochs=25, verbose=2)

t = np.linspace(0.0, T_END, 500)
w = np.sqrt(K - (C / 2) ** 2)
exact = np.exp(-C / 2 * t) * (np.cos(w * t) + C / 2 / w * np.sin(w * t))
pred = model.predict(t[:, None].astype("float32"), verbose=0)[:, 0]
r2 = 1 - np.sum((pred - exact) ** 2) / np.sum((exact - exact.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
