"""Will the customer come back?  A basket is a set of up to eight items with five properties each."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
PLACES = 8


def baskets(n, seed):
    gen = np.random.default_rng(seed)
    size = gen.integers(1, PLACES + 1, n)
    items = gen.normal(size=(n, PLACES, 5)) + gen.normal(0.0, 0.7, (n, 1, 5))
    there = (np.arange(PLACES) < size[:, None]).astype("float32")[..., None]
    score = (np.tanh(items[..., :1]) * items[..., 1:2] + 0.8 * items[..., 2:3]) * there
    back = score.sum(axis=(1, 2)) / size > 0.1
    return (items * there).astype("float32"), there, back.astype("float32")


items, there, back = baskets(1600, seed=81)
items[::90], there[::90] = 0.0, 0.0  # visits without a purchase


def pool(parts):
    item, present = parts
    return ops.sum(item * present, axis=1) / ops.maximum(ops.sum(present, axis=1), 1.0)


goods, filled = keras.Input((PLACES, 5)), keras.Input((PLACES, 1))
h = layers.Dense(48, activation="tanh")(goods)
h = layers.Dense(48, activation="tanh")(h)
h = layers.Lambda(pool, output_shape=(48,))([h, filled])
h = layers.Dense(32, activation="relu")(h)
model = keras.Model([goods, filled], layers.Dense(1, activation="sigmoid")(h))
model.compile(optimizer=keras.optimizers.RMSprop(0.002), loss="binary_crossentropy")

gen = np.random.default_rng(5)
for epoch in range(1, 21):
    losses = []
    for rows in np.array_split(gen.permutation(len(items)), 40):
        losses.append(float(model.train_on_batch([items[rows], there[rows]], back[rows])))
    if epoch % 4 == 0:
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}")

items, there, back = baskets(600, seed=82)
said = model.predict([items, there], verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{np.mean(said == (back > 0.5)):.4f}")
