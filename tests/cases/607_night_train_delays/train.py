import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(33)

DEPTH = 16
WIDTH = 32


class Highway(layers.Layer):
    """y = t * h(x) + (1 - t) * x with a learned gate t."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.plain = layers.Dense(units, activation="sigmoid")
        self.gate = layers.Dense(units, activation="sigmoid")

    def call(self, x):
        t = self.gate(x)
        return t * self.plain(x) + (1.0 - t) * x


def make_trips(n):
    z = rng.normal(size=(n, 16)).astype("float32")
    load = np.tanh(z[:, 0] * z[:, 1]) + 0.8 * np.abs(z[:, 2]) - 0.7 * z[:, 3]
    weather = np.sin(1.5 * z[:, 4]) + 0.6 * z[:, 5] * (z[:, 6] > 0)
    score = load + weather + 0.3 * z[:, 7] + rng.normal(0, 0.2, n)
    label = np.digitize(score, [-0.4, 0.6, 1.6])
    return z, label.astype("int32")


x_train, y_train = make_trips(4000)
x_test, y_test = make_trips(1000)

model = keras.Sequential([layers.Input((16,)), layers.Dense(WIDTH)])
for _ in range(DEPTH):
    model.add(Highway(WIDTH))
model.add(layers.Dense(4))

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4000, seed=0).batch(160)
for epoch in range(18):
    losses = [float(train_step(x, y)) for x, y in data]
    mean_loss = float(np.mean(losses))
    if epoch % 3 == 0 or epoch == 17:
        print(f"epoch {epoch:2d}  loss {mean_loss:.4f}")

predicted = np.argmax(model(x_test, training=False).numpy(), axis=1)
print(f"FINAL_LOSS={mean_loss:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test):.6f}")
