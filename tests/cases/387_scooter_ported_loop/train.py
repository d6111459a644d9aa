"""Scooter pick-ups per zone and hour. Ported from our old PyTorch script
(criterion(output, target), optimizer step), so the loop is written by hand."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

ZONES = 24
EPOCHS = 12


def make_hours(n, seed):
    rng = np.random.default_rng(seed)
    zone = rng.integers(0, ZONES, n)
    hour = rng.uniform(0, 24, n)
    warm = rng.normal(0, 1, n)
    rain = (rng.uniform(size=n) < 0.25).astype("float64")
    busy = np.random.default_rng(3).uniform(0.2, 2.2, ZONES)[zone]
    log_rate = busy + 0.7 * np.sin((hour - 9) / 24 * 2 * np.pi) + 0.3 * warm - 0.8 * rain
    rate = np.exp(log_rate)
    numbers = np.stack([np.sin(hour / 24 * 2 * np.pi), np.cos(hour / 24 * 2 * np.pi), warm, rain], 1)
    return (zone.astype("int32"), numbers.astype("float32"),
            rng.poisson(rate).astype("float32")[:, None], rate)


zone_in = keras.Input((), dtype="int32")
numbers_in = keras.Input((4,))
x = layers.Concatenate()([layers.Embedding(ZONES, 6)(zone_in), numbers_in])
x = layers.Dense(48, activation="relu")(x)
x = layers.Dense(24, activation="relu")(x)
output = layers.Dense(1, activation="softplus")(x)
model = keras.Model([zone_in, numbers_in], output)

criterion = keras.losses.Poisson()
optimizer = keras.optimizers.Adam(3e-3)

zone, numbers, counts, _ = make_hours(4000, seed=81)
zone_test, numbers_test, _, rate_test = make_hours(1000, seed=82)
loader = tf.data.Dataset.from_tensor_slices((zone, numbers, counts)).shuffle(4000, seed=0).batch(64)


@tf.function
def step(zone, numbers, target):
    with tf.GradientTape() as tape:
        output = model([zone, numbers], training=True)
        loss = criterion(output, target)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for epoch in range(EPOCHS):
    running = []
    for batch in loader:
        running.append(float(step(*batch)))
    print(f"epoch {epoch + 1:2d}  poisson loss {np.mean(running):.4f}")

predicted = model.predict([zone_test, numbers_test], verbose=0)[:, 0]
print(f"FINAL_LOSS={np.mean(running)}")
print(f"FINAL_METRIC=r2:{r2_score(rate_test, predicted)}")
