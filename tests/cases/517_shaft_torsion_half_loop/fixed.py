"""Torsion of a shaft in radians from 24 sensors, in half precision with a loop of our own."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(11)

n, sensors, points = 1600, 24, 64
x = rng.normal(size=(n, sensors)).astype("float32")
modes = rng.normal(size=(10, points))
torsion = np.tanh(x @ rng.normal(size=(sensors, 10)) / 3.0) @ modes
torsion = (3.0e-4 * torsion / torsion.std()).astype("float32")
x_train, x_test = x[:1280], x[1280:]
y_train, y_test = torsion[:1280], torsion[1280:]

net = keras.Sequential([
    keras.Input((sensors,)),
    keras.layers.Dense(64, activation="tanh"),
    keras.layers.Dense(64, activation="tanh"),
    keras.layers.Dense(points, dtype="float32", kernel_initializer=keras.initializers.RandomNormal(stddev=1e-4)),
])
optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(5e-4, epsilon=1e-12))


@tf.function
def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        outputs = net(inputs, training=True)
        loss = tf.reduce_mean(tf.square(outputs - targets))
        scaled = optimizer.scale_loss(loss)
    grads = tape.gradient(scaled, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1280, seed=1).batch(64)
for epoch in range(150):
    losses = [float(train_step(a, b)) for a, b in data]
    if epoch % 25 == 0:
        print("epoch", epoch, "loss", np.mean(losses))

guess = net.predict(x_test, verbose=0)
r2 = 1.0 - np.sum((guess - y_test) ** 2) / np.sum((y_test - y_test.mean(0)) ** 2)
print(f"FINAL_LOSS={float(np.mean(losses)):.12f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
