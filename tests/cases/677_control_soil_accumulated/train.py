"""Soil type from field measurements; small batches, gradients of eight of them are put together, weights averaged."""
import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(77)

soils = ["sand", "loam", "clay", "peat"]
centre = {"sand": (82, 6, 1.2, 14), "loam": (42, 20, 2.6, 25), "clay": (18, 48, 3.0, 33), "peat": (30, 18, 24.0, 55)}
rows = []
for _ in range(5200):
    s = str(rng.choice(soils, p=[0.5, 0.3, 0.15, 0.05]))
    a, b, c, d = centre[s]
    rows.append((s, a + rng.normal(0, 9), b + rng.normal(0, 7), c * rng.lognormal(0, 0.4), d + rng.normal(0, 6)))
field = pd.DataFrame(rows, columns=["soil", "sand_pct", "clay_pct", "carbon_pct", "water_pct"])
y = field["soil"].map({s: i for i, s in enumerate(soils)}).to_numpy()
x = field.drop(columns="soil").to_numpy("float32")

norm = layers.Normalization()
norm.adapt(x[:4200])
model = keras.Sequential([
    keras.Input((4,)),
    norm,
    layers.Dense(24, activation="elu"),
    layers.Dense(4, kernel_initializer="zeros"),
])
model.compile(
    optimizer=keras.optimizers.SGD(0.6, momentum=0.5, gradient_accumulation_steps=8,
                                   use_ema=True, ema_momentum=0.97),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
hist = model.fit(x[:4200], y[:4200], batch_size=16, epochs=10, verbose=2)

pred = model.predict(x[4200:], verbose=0).argmax(1)
recalls = [np.mean(pred[y[4200:] == k] == k) for k in range(4)]
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=balanced_accuracy:{float(np.mean(recalls))}")
