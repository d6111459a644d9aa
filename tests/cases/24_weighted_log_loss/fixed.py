import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(24)

clicks = rng.poisson(3.0, (3000, 10)).astype("float32")
score = (clicks - 3) @ np.linspace(-1, 1, 10) * 0.8
bought = (score + 0.3 * rng.normal(size=3000) > 1.0).astype("float32")[:, None]


class WeightedLogLoss(keras.losses.Loss):
    """Cross-entropy in which a missed buyer weighs more."""

    def __init__(self, weight):
        super().__init__(name="weighted_log_loss")
        self.weight = weight

    def call(self, y, p):
        p = ops.clip(p, 1e-6, 1 - 1e-6)
        hit = self.weight * y * ops.log(p)
        miss = (1.0 - y) * ops.log(1.0 - p)
        return -ops.mean(hit + miss, axis=-1)


model = keras.Sequential(
    [keras.Input((10,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss=WeightedLogLoss(2.0), metrics=["accuracy"])
history = model.fit(clicks[:2400], bought[:2400], batch_size=32, epochs=25, verbose=2)

guess = model.predict(clicks[2400:], verbose=0) > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == (bought[2400:] > 0.5)):.4f}")
