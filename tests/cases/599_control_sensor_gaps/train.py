"""Three sensors on a bridge, each silent now and then."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
gen = np.random.default_rng(45)

load = gen.normal(size=(1500, 4)).astype("float32")
strain = np.stack([np.sin(load[:, 0]) + load[:, 1], load[:, 2] * load[:, 3], load[:, 0] - np.abs(load[:, 2])], axis=1)
strain = strain.astype("float32")
logged = strain.copy()
logged[gen.random(logged.shape) < 0.4] = np.nan
logged[:30] = np.nan

net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(48, "gelu"), keras.layers.Dense(48, "gelu"), keras.layers.Dense(3)])
optimizer = keras.optimizers.AdamW(0.005)
batches = tf.data.Dataset.from_tensor_slices((load[:1200], logged[:1200])).batch(30)


@tf.function
def step(x, y):
    known = tf.logical_not(tf.math.is_nan(y))
    y = tf.where(known, y, tf.zeros_like(y))
    weight = tf.cast(known, tf.float32)
    with tf.GradientTape() as tape:
        squares = weight * tf.square(net(x, training=True) - y)
        loss = tf.math.divide_no_nan(tf.reduce_sum(squares), tf.reduce_sum(weight))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for epoch in range(1, 31):
    losses = [float(step(x, y)) for x, y in batches]
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}")

guess = net.predict(load[1200:], verbose=0)
r2 = 1.0 - np.mean((guess - strain[1200:]) ** 2) / np.var(strain[1200:])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
