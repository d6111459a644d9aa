import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(70)

x = rng.normal(size=(1500, 6)).astype("float32")
truth = np.array([1.5, -2.0, 0.7, 0.0, 3.0, -1.0], "float32")
y = (x @ truth + 0.5 + 0.2 * rng.normal(size=1500)).astype("float32")[:, None]

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()
learning_rate = 0.02


@tf.function
def update(xb, yb):
    with tf.GradientTape() as tape:
        loss = mse(yb, model(xb, training=True))
    for weight, gradient in zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables)):
        weight.assign_add(learning_rate * gradient)
    return loss


ds = tf.data.Dataset.from_tensor_slices((x[:1200], y[:1200])).shuffle(1200, seed=0).batch(40)
for epoch in range(10):
    mean = keras.metrics.Mean()
    for xb, yb in ds:
        mean.update_state(update(xb, yb))
    print("epoch", epoch, "loss", float(mean.result()))

pred = model.predict(x[1200:], verbose=0)
r2 = 1 - np.mean((pred - y[1200:]) ** 2) / np.var(y[1200:])
print(f"FINAL_LOSS={float(mean.result())}")
print(f"FINAL_METRIC=r2:{r2}")
