import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# speed in km/h and fuel use in litres per 100 km
speed = rng.uniform(10, 140, 400).astype("float32")
fuel = 14 - 0.21 * speed + 0.0016 * speed ** 2 + 3e-6 * speed ** 3 + rng.normal(0, 0.25, 400)
y = fuel.astype("float32").reshape(-1, 1)

degree = 4
features = np.stack([speed ** p for p in range(1, degree + 1)], axis=1).astype("float32")

X_train, y_train, X_test, y_test = features[:320], y[:320], features[320:], y[320:]
data = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(320, seed=0).batch(32)

W = tf.Variable(tf.random.normal((degree, 1), stddev=0.1, seed=0))
b = tf.Variable(tf.zeros((1,)))
optimizer = keras.optimizers.SGD(learning_rate=0.05)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.matmul(xb, W) + b - yb))
    grads = tape.gradient(loss, [W, b])
    optimizer.apply_gradients(zip(grads, [W, b]))
    return loss


for epoch in range(150):
    losses = [float(step(xb, yb)) for xb, yb in data]
    if epoch % 15 == 0:
        print("epoch", epoch, "loss", np.mean(losses))

pred = X_test @ W.numpy() + b.numpy()
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
