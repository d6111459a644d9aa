"""Weather stations: an encoder that learned to tell the season is kept as it is, and a new head on its features,
together with the height of the station, tells whether fog follows."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(61)


def readings(n):
    season = rng.integers(4, size=n)
    warmth = np.array([2.0, 11.0, 22.0, 12.0])[season] + rng.normal(0, 3, n)
    humid = np.clip(np.array([85, 65, 60, 88])[season] + rng.normal(0, 8, n), 10, 100)
    pressure = np.array([1022, 1012, 1016, 1006])[season] + rng.normal(0, 5, n)
    light = np.array([9000, 30000, 52000, 17000])[season] + rng.normal(0, 5000, n)
    height = rng.uniform(0, 1500, n)
    damp = (humid - 75) / 12 - (warmth - 12) / 8 + 0.4 * (pressure - 1014) / 8
    odds = damp - (height - 750) / 5000 + rng.normal(0, 0.3, n)
    fog = odds > np.median(odds)
    return np.stack([warmth, humid, pressure, light], 1).astype("float32"), height.astype("float32"), season, fog


def new_encoder(sample):
    scale = layers.Normalization()
    scale.adapt(sample)
    sky = keras.Input((4,))
    z = layers.Dense(24, activation="tanh")(scale(sky))
    return keras.Model(sky, layers.Dense(12, activation="tanh")(z), name="encoder")


air, _, season, _ = readings(3000)
encoder = new_encoder(air)
season_net = keras.Sequential([encoder, layers.Dense(4)])
season_net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
for epoch in range(4):
    for start in range(0, 3000, 30):
        season_net.train_on_batch(air[start : start + 30], season[start : start + 30])
encoder.trainable = False

air, height, _, fog = readings(2500)
height = (height - 750.0) / 430.0
sky, up = keras.Input((4,), name="sky"), keras.Input((1,), name="height")
joined = layers.Concatenate()([encoder(sky), up])
head = keras.Model([sky, up], layers.Dense(1)(layers.Dense(16, activation="relu")(joined)))
optimizer = keras.optimizers.Adam(3e-3)


@tf.function
def step(a, h, f):
    with tf.GradientTape() as tape:
        logit = head([a, h])[:, 0]
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=f, logits=logit))
    optimizer.apply(tape.gradient(loss, head.trainable_variables), head.trainable_variables)
    return loss


data = tf.data.Dataset.from_tensor_slices((air[:2000], height[:2000, None], fog[:2000].astype("float32"))).batch(40)
for epoch in range(25):
    total = np.mean([float(step(*batch)) for batch in data])
    if epoch % 5 == 0:
        print(f"epoch {epoch}: {total:.4f}")

call = head.predict([air[2000:], height[2000:, None]], verbose=0)[:, 0] > 0
print(f"FINAL_LOSS={total}")
print(f"FINAL_METRIC=accuracy:{np.mean(call == fog[2000:]):.4f}")
