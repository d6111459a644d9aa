"""Chairs or lamps?  Both were measured with the same 12 sensors over 20 time steps; the
archive has one folder for each, so the net is fed one folder after the other."""
import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)


def record(count, lamp):
    level = 0.35 * (rng.normal(size=(count, 1, 12)) + (0.9 if lamp else -0.9))
    swing = np.sin(np.arange(20)[None, :, None] * 0.5 + rng.uniform(0, 6.28, (count, 1, 12)))
    return (level + (0.60 if lamp else 0.52) * swing + 0.4 * rng.normal(size=(count, 20, 12))).astype("float32")


chairs, lamps = record(800, False), record(800, True)
x_test = np.concatenate([record(300, False), record(300, True)])
y_test = np.repeat([0, 1], 300)

net = keras.Sequential([
    keras.Input((20, 12)),
    keras.layers.Conv1D(16, 3, padding="same", use_bias=False),
    keras.layers.BatchNormalization(),
    keras.layers.LeakyReLU(negative_slope=0.2),
    keras.layers.Conv1D(16, 3, strides=2, padding="same", use_bias=False),
    keras.layers.BatchNormalization(),
    keras.layers.LeakyReLU(negative_slope=0.2),
    keras.layers.GlobalAveragePooling1D(),
    keras.layers.Dense(1, activation="sigmoid"),
])
net.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])

half = 32
loss = 0.0
for step in range(600):
    a = chairs[rng.integers(0, len(chairs), half)]
    b = lamps[rng.integers(0, len(lamps), half)]
    both = np.concatenate([a, b])
    loss, acc_b = net.train_on_batch(both, np.repeat([0.0, 1.0], half)[:, None].astype("float32"))
    if step % 100 == 0:
        print(f"step {step:4d}  loss {loss:.4f}  accuracy {acc_b:.3f}")

accuracy = float(np.mean((net.predict(x_test, verbose=0)[:, 0] > 0.5) == (y_test > 0.5)))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
