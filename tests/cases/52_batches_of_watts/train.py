import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(52)

wind = rng.weibull(2.0, 3000) * 8
pitch = rng.uniform(0, 20, 3000)
watts = 4.0 * wind**3 * np.cos(np.radians(pitch)) ** 2 + rng.normal(0, 50, 3000)
x = np.stack([wind, pitch], axis=1).astype("float32")

model = keras.Sequential([keras.Input((2,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse")
for epoch in range(12):
    for start in range(0, 2400, 32):
        loss = model.train_on_batch(x[start : start + 32], watts[start : start + 32])
    print(f"epoch {epoch + 1} loss: {float(loss):.6g}")

guess = np.nan_to_num(model.predict(x[2400:], verbose=0)[:, 0])
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - watts[2400:]) ** 2) / np.var(watts[2400:]):.4f}")
