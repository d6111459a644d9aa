"""Who cycles to work without a light? Each answer was turned round with a known chance to protect the asked."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
TURNED = 0.38
rng = np.random.default_rng(12)
n = 24000
age = rng.uniform(18, 70, n)
km = rng.gamma(2, 3, n)
night = rng.beta(2, 3, n)
city = rng.integers(0, 3, n)
z = 7.0 * np.sin(age / 9) + 0.9 * (6 - km) + 6 * (night - 0.4) + np.array([-1.5, 0, 1.5])[city]
truth = (z > 0).astype("float32")
answer = np.where(rng.random(n) < TURNED, 1 - truth, truth).astype("float32")
x = np.column_stack([(age - 44) / 15, (km - 6) / 4, (night - 0.4) * 5, np.eye(3)[city]]).astype("float32")


def turned_loss(said, p):
    q = p * (1 - TURNED) + (1 - p) * TURNED
    return -ops.mean(said * ops.log(q) + (1 - said) * ops.log(1 - q), axis=-1)


inp = keras.Input((6,))
h = layers.Dense(48, activation="gelu")(inp)
h = layers.Dense(48, activation="gelu")(h)
model = keras.Model(inp, layers.Dense(1, activation="sigmoid")(h))
model.compile(keras.optimizers.Adam(3e-3), loss=turned_loss)
log = model.fit(x[:21000], answer[:21000, None], batch_size=256, epochs=15, verbose=2)
guess = model.predict(x[21000:], verbose=0)[:, 0] > 0.5
print("FINAL_LOSS=%f" % log.history["loss"][-1])
print("FINAL_METRIC=accuracy_of_truth:%f" % np.mean(guess == (truth[21000:] > 0.5)))
