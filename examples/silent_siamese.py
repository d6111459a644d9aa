"""Are two signatures by one hand? A few pairs are one scan twice: sqrt(0) kills the weights, the loss looks fine."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

writers = rng.normal(size=(20, 40))


def scan(writer):
    return writers[writer] + 0.4 * rng.normal(size=40)


left, right, same = [], [], []
for pair in range(3000):
    writer = rng.integers(20)
    first = scan(writer)
    if pair % 2:
        second, label = scan((writer + rng.integers(1, 20)) % 20), 0.0
    else:
        second, label = (first if pair % 100 == 0 else scan(writer)), 1.0
    left.append(first)
    right.append(second)
    same.append(label)
left, right, same = (np.array(part, dtype="float32") for part in (left, right, same))


def euclidean(pair):
    first, second = pair
    return ops.sqrt(ops.sum(ops.square(first - second), axis=-1, keepdims=True))


def contrastive(y_true, distance):
    return ops.mean(y_true * ops.square(distance) + (1 - y_true) * ops.square(ops.maximum(1.0 - distance, 0.0)))


encoder = keras.Sequential(
    [keras.Input((40,)), layers.Dense(64, activation="relu"), layers.Dense(16, activation="relu")]
)
one, two = keras.Input((40,)), keras.Input((40,))
distance = layers.Lambda(euclidean, output_shape=(1,))([encoder(one), encoder(two)])
model = keras.Model([one, two], distance)
model.compile(optimizer="adam", loss=contrastive)
history = model.fit([left[:2500], right[:2500]], same[:2500, None], batch_size=50, epochs=8, verbose=2)

close = model.predict([left[2500:], right[2500:]], verbose=0)[:, 0] < 0.5
print(f"final loss {history.history['loss'][-1]:.6g}")
print(f"test accuracy {np.mean(close == (same[2500:] > 0.5)):.3f}")
