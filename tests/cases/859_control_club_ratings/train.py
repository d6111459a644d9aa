"""Playing strength of a table tennis club on the usual scale around 1500, from the results of its games."""
import numpy as np
import keras
from keras import ops

keras.utils.set_random_seed(0)
PLAYERS, GAMES = 80, 9000
rng = np.random.default_rng(2)
strength = rng.normal(1500, 170, PLAYERS)
first = rng.integers(0, PLAYERS, GAMES)
second = (first + rng.integers(1, PLAYERS, GAMES)) % PLAYERS
won = rng.random(GAMES) < 1 / (1 + 10 ** ((strength[second] - strength[first]) / 400))


class Ratings(keras.Model):
    def __init__(self):
        super().__init__()
        self.table = keras.layers.Embedding(PLAYERS, 1, embeddings_initializer=keras.initializers.Constant(1500.0))

    def call(self, pair):
        points = self.table(pair)[..., 0]
        return ops.expand_dims((points[:, 0] - points[:, 1]) * (np.log(10.0) / 400.0), -1)


model = Ratings()
rate = keras.optimizers.schedules.ExponentialDecay(2.5e5, decay_steps=300, decay_rate=0.6)
model.compile(keras.optimizers.SGD(rate), loss=keras.losses.BinaryCrossentropy(from_logits=True))
h = model.fit(np.stack([first, second], 1), won.astype("float32"), batch_size=64, epochs=12, verbose=2)

points = np.ravel(model.table.get_weights()[0])
print("range of points", points.min(), points.max())
print("FINAL_LOSS=%f" % h.history["loss"][-1])
print("FINAL_METRIC=correlation:%f" % np.corrcoef(points, strength)[0, 1])
