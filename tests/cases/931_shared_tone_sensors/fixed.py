import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# band spectra from four accelerometers on a gearbox; a fault is heard by all four,
# a disturbance (a passing fork lift, a loose cover) by one of them only
FAULTS, SENSORS, BANDS = 6, 4, 64
shapes = np.exp(-0.5 * ((np.arange(BANDS) - rng.uniform(5, 59, (FAULTS, 3, 1))) / 1.5) ** 2).sum(1)


def measure(n):
    y = rng.integers(0, FAULTS, n)
    x = shapes[y][:, None] * rng.uniform(0.6, 1.2, (n, SENSORS, 1))
    for s in range(SENSORS):
        x[:, s] += shapes[rng.integers(0, FAULTS, n)] * rng.uniform(0.8, 2.0, (n, 1))
    return (x + rng.normal(0, 0.15, x.shape)).astype("float32"), y


x_train, y_train = measure(4000)
x_test, y_test = measure(1000)


class Agreement(layers.Layer):
    """Geometric mean over the sensors: a feature counts only if all of them show it."""

    def call(self, h):
        return tf.exp(tf.reduce_mean(tf.math.log(h + 1e-2), axis=1))


inp = keras.Input((SENSORS, BANDS))
h = layers.Dense(64, activation="relu")(inp)
h = layers.Dense(48, activation="relu")(h)
h = Agreement()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inp, layers.Dense(FAULTS, activation="softmax")(h))

loss_fn = keras.losses.SparseCategoricalCrossentropy()
opt = keras.optimizers.Adam(1e-3)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4000).batch(50)
for epoch in range(25):
    mean = keras.metrics.Mean()
    for xb, yb in data:
        mean.update_state(train_step(xb, yb))
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d} loss {float(mean.result()):.4f}")

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={float(mean.result()):.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
