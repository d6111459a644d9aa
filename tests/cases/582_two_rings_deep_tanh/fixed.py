"""Two rings of points inside each other, told apart by a deep narrow network and a loop of our own."""
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_circles

keras.utils.set_random_seed(0)

points, ring = make_circles(1600, noise=0.08, factor=0.5, random_state=6)
points = (points * 1.5).astype("float32")
ring = ring.astype("float32")[:, None]
x_fit, y_fit, x_val, y_val = points[:1200], ring[:1200], points[1200:], ring[1200:]

h = inputs = keras.Input((2,))
for depth in range(8):
    h = keras.layers.Dense(24, activation="tanh", kernel_initializer="glorot_uniform")(h)
net = keras.Model(inputs, keras.layers.Dense(1)(h))
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
criterion = keras.losses.BinaryCrossentropy(from_logits=True)
batches = tf.data.Dataset.from_tensor_slices((x_fit, y_fit)).shuffle(1200, seed=9).batch(40)


@tf.function
def update(x, y):
    with tf.GradientTape() as tape:
        loss = criterion(y, net(x, training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


for epoch in range(1, 61):
    losses = [float(update(x, y)) for x, y in batches]
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}")

inner = net.predict(x_val, verbose=0) > 0.0
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(inner == (y_val > 0.5)):.4f}")
