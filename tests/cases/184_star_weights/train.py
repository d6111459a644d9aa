import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(80)
n = 2400

colour = rng.normal(size=(n, 5)).astype("float32")
magnitude = np.sin(colour[:, 0]) + 0.5 * colour[:, 1] * colour[:, 2] + 0.3 * colour[:, 3]
visits = rng.integers(1, 9, n)
spread = np.array([np.std(rng.normal(0, 0.4, k)) for k in visits])
observed = magnitude + rng.normal(size=n) * 0.4 / np.sqrt(visits)

weights = 1.0 / spread ** 2
weights = weights / np.median(weights)

model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(48, activation="swish"),
    layers.Dense(48, activation="swish"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="mse")
history = model.fit(colour[:2000], observed[:2000].astype("float32"), sample_weight=weights[:2000].astype("float32"),
                    epochs=25, batch_size=40, verbose=2)

pred = model.predict(colour[2000:], verbose=0)[:, 0]
r2 = 1 - np.mean((pred - magnitude[2000:]) ** 2) / np.var(magnitude[2000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
