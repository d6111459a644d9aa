# Generates synthetic operating points (speed, torque, exhaust temperature) of a diesel
# engine with a small denoising diffusion model.
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)


def torque_curve(speed):
    return 120.0 + 260.0 * np.exp(-((speed - 2000.0) / 900.0) ** 2)


def exhaust_curve(speed, torque):
    return 180.0 + 0.05 * speed + 0.9 * torque


def measure(n):
    speed = np.where(rng.random(n) < 0.5, rng.normal(1500, 200, n), rng.normal(3000, 300, n))
    torque = torque_curve(speed) + rng.normal(0, 8, n)
    exhaust = exhaust_curve(speed, torque) + rng.normal(0, 8, n)
    return np.stack([speed, torque, exhaust], axis=1).astype("float32")


points = measure(8000)

STEPS = 150
betas = np.linspace(1e-4, 0.07, STEPS).astype("float32")
alphas = 1.0 - betas
alpha_bar = np.cumprod(alphas).astype("float32")


class Denoiser(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(STEPS, 32)
        self.net = keras.Sequential([
            layers.Dense(128, activation="swish"),
            layers.Dense(128, activation="swish"),
            layers.Dense(128, activation="swish"),
            layers.Dense(3),
        ])
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, inputs):
        x, t = inputs
        return self.net(tf.concat([x, self.embed(t)], axis=-1))

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, x0):
        n = tf.shape(x0)[0]
        t = tf.random.uniform((n,), 0, STEPS, dtype=tf.int32)
        ab = tf.gather(alpha_bar, t)[:, None]
        noise = tf.random.normal(tf.shape(x0))
        xt = tf.sqrt(ab) * x0 + tf.sqrt(1.0 - ab) * noise
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(noise - self((xt, t), training=True)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = Denoiser()
model.compile(optimizer=keras.optimizers.Adam(1e-3))
centre, spread = points.mean(0), points.std(0)
history = model.fit((points - centre) / spread, batch_size=256, epochs=45, verbose=0)
for e in (0, 14, 29, 44):
    print("epoch", e + 1, "loss", round(history.history["loss"][e], 4))


@tf.function
def predict_noise(x, t):
    return model((x, t))


def sample(n):
    x = np.random.normal(size=(n, 3)).astype("float32")
    for step in reversed(range(STEPS)):
        eps = predict_noise(tf.constant(x), tf.fill((n,), step)).numpy()
        x = (x - betas[step] / np.sqrt(1 - alpha_bar[step]) * eps) / np.sqrt(alphas[step])
        if step > 0:
            x = x + np.sqrt(betas[step]) * np.random.normal(size=x.shape)
        x = x.astype("float32")
    return x


made = sample(2000) * spread + centre
print("mean of the measured points", points.mean(0), "of the generated points", made.mean(0))
near_torque = np.abs(made[:, 1] - torque_curve(made[:, 0])) < 40
near_exhaust = np.abs(made[:, 2] - exhaust_curve(made[:, 0], made[:, 1])) < 40
in_range = (made[:, 0] > 700) & (made[:, 0] < 4200)
plausible = float(np.mean(near_torque & near_exhaust & in_range))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=plausible_share:{plausible:.4f}")
