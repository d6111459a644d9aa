import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

hours = np.arange(2600)
series = np.sin(2 * np.pi * hours / 24) + 0.5 * np.sin(2 * np.pi * hours / 67) + 0.05 * rng.normal(size=len(hours))
series = series.astype("float32")
WINDOW, AHEAD = 24, 3
starts = np.arange(len(series) - WINDOW - AHEAD)
windows = np.stack([series[s:s + WINDOW] for s in starts])[..., None]
future = np.array([series[s + WINDOW + AHEAD - 1] for s in starts])

x_train, y_train = windows[:2000], future[:2000]
x_test, y_test = windows[2000:], future[2000:]

model = keras.Sequential([
    keras.Input((WINDOW, 1)),
    layers.GRU(16),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(3e-3)


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        pred = model(x, training=True)
        loss = tf.reduce_mean(tf.square(y - pred[:, 0]))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=1).batch(50)
for epoch in range(12):
    losses = [float(step(xb, yb)) for xb, yb in data]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

forecast = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.mean((forecast - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
