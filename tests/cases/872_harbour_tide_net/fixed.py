# Water level in a harbour from the time of day, the moon and the wind; the hidden layers use a
# periodic activation with a learned frequency per unit.
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)


@keras.saving.register_keras_serializable()
class Ripple(layers.Layer):
    """x + sin(a x)^2 / a with a trainable a for every unit."""

    def build(self, input_shape):
        self.a = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="a")

    def call(self, x):
        return x + ops.square(ops.sin(self.a * x)) / self.a


hours = rng.uniform(0, 240, 6000)
wind = rng.normal(0, 1, 6000)
level = (1.4 * np.sin(2 * np.pi * hours / 12.42) + 0.5 * np.sin(2 * np.pi * hours / 24)
         + 0.3 * wind + rng.normal(0, 0.1, 6000))
x = np.stack([(hours % 24.84) / 12.42 - 1, (hours % 24) / 12 - 1, wind], axis=1).astype("float32")
y = level.astype("float32")[:, None]

model = keras.Sequential([
    keras.Input((3,)),
    layers.Dense(64),
    Ripple(),
    layers.Dense(64),
    Ripple(),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.AdamW(2e-3, weight_decay=1e-4), loss="mse")
history = model.fit(x[:5000], y[:5000], validation_data=(x[5000:], y[5000:]),
                    batch_size=64, epochs=15, verbose=2)

forecast = model.predict(x[5000:], verbose=0)
truth = y[5000:]
r2 = 1 - np.sum((truth - forecast) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
