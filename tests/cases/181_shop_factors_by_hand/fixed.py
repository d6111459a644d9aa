import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(60)

SHOPS, ITEMS, RANK = 120, 80, 4
u = rng.normal(size=(SHOPS, RANK))
v = rng.normal(size=(ITEMS, RANK))
level = rng.normal(size=ITEMS)
sales = (u @ v.T / 2 + 2 * level).astype("float32")

pairs = rng.random((SHOPS, ITEMS)) < 0.4
pairs[115:] = False
shop, item = np.nonzero(pairs)
held_shop, held_item = np.nonzero(~pairs)
target = sales[shop, item] + 0.1 * rng.normal(size=len(shop)).astype("float32")

shop_table = keras.layers.Embedding(SHOPS, RANK, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.1))
item_table = keras.layers.Embedding(ITEMS, RANK, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.1))
item_level = keras.layers.Embedding(ITEMS, 1, embeddings_initializer="zeros")
for table in (shop_table, item_table, item_level):
    table.build()


def score(shop, item):
    return tf.reduce_sum(shop_table(shop) * item_table(item), axis=1) + item_level(item)[:, 0]


@tf.function
def step(rate):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(score(shop, item) - target))
    tables = [shop_table.embeddings, item_table.embeddings, item_level.embeddings]
    for table, g in zip(tables, tape.gradient(loss, [t.value for t in tables])):
        g = tf.convert_to_tensor(g)
        table.assign_sub(rate * g / (tf.norm(g, axis=1, keepdims=True) + 1e-8))
    return loss


for it in range(1200):
    loss = step(tf.constant(0.05 * 0.997 ** it))
    if it % 100 == 0:
        print(f"step {it}: loss {float(loss):.4f}")

guess = score(held_shop, held_item).numpy()
truth = sales[held_shop, held_item]
r2 = 1 - np.mean((guess - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{r2}")
