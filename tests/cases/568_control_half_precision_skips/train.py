"""Grade of gravel from sieve curves, in half precision; the scale of the loss finds its own level."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")


def sieves(n, seed):
    rng = np.random.default_rng(seed)
    grade = rng.integers(0, 6, n)
    mesh = np.linspace(-3, 3, 24)
    middle = (grade[:, None] - 2.5) * 0.6 + rng.normal(0, 0.15, (n, 1))
    curve = 1 / (1 + np.exp(-(mesh - middle) * rng.uniform(1.5, 4, (n, 1))))
    return (curve + rng.normal(0, 0.04, curve.shape)).astype("float32"), grade.astype("int32")


x, y = sieves(2400, 1)
x_test, y_test = sieves(800, 2)

model = keras.Sequential(
    [
        keras.Input((24,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(6, dtype="float32"),
    ]
)
optimizer = keras.optimizers.LossScaleOptimizer(
    keras.optimizers.Adam(2e-3), initial_scale=2.0**24, dynamic_growth_steps=60
)
model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(x, y, batch_size=60, epochs=18, verbose=2)

accuracy = np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
