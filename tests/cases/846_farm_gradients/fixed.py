"""Yield of fields, learned without moving the farms' data: each farm works out a gradient, the hub moves the weights."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
FARMS, ROUNDS = 24, 110


def make_farm(seed, size):
    g = np.random.default_rng(seed)
    soil = g.normal(0.3 * np.sin(seed), 1.0, (size, 3))
    rain = g.normal(0.0, 1.0, (size, 2))
    nitrogen = g.uniform(-1.7, 1.7, (size, 1))
    crop = (
        1.0 - 0.5 * nitrogen[:, 0] ** 2 + 0.8 * nitrogen[:, 0] * np.tanh(rain[:, 0])
        + 0.6 * soil[:, 0] - 0.4 * np.abs(soil[:, 1]) + 0.3 * rain[:, 1] + g.normal(0, 0.15, size)
    )
    return np.hstack([soil, rain, nitrogen]).astype("float32"), crop.astype("float32")[:, None]


farms = [make_farm(s, 50 + 5 * (s % 5)) for s in range(FARMS)]
hub = keras.Sequential(
    [
        keras.layers.Dense(48, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(48, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(1),
    ]
)
hub.build((None, 6))
server = keras.optimizers.SGD(learning_rate=0.1, momentum=0.8)


@tf.function(reduce_retracing=True)
def visit(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.math.squared_difference(hub(x, training=True), y))
    return loss, tape.gradient(loss, hub.trainable_variables)


for rnd in range(ROUNDS):
    collected = [tf.zeros_like(v) for v in hub.trainable_variables]
    losses = []
    for x, y in farms:
        loss, grads = visit(x, y)
        losses.append(float(loss))
        collected = [c + g / FARMS for c, g in zip(collected, grads)]
    server.apply_gradients(zip(collected, hub.trainable_variables))
    if rnd % 30 == 0:
        print("round", rnd, "mean loss over farms", np.mean(losses))

x_new, y_new = map(np.concatenate, zip(*[make_farm(500 + s, 40) for s in range(12)]))
err = hub.predict(x_new, verbose=0) - y_new
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{1 - np.mean(err ** 2) / np.var(y_new):.4f}")
