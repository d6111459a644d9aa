import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.datasets import load_sample_image

keras.utils.set_random_seed(0)

SIDE = 72
photo = load_sample_image("china.jpg").astype("float32").mean(axis=-1)
photo = photo[40:40 + 5 * SIDE, 150:150 + 5 * SIDE].reshape(SIDE, 5, SIDE, 5).mean(axis=(1, 3))
photo = (photo - photo.mean()) / photo.std()

axis = np.linspace(-1, 1, SIDE, dtype="float32")
grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
grey = photo.reshape(-1, 1)
order = np.random.default_rng(3).permutation(len(grid))
seen, unseen = order[: int(0.75 * len(order))], order[int(0.75 * len(order)):]


class Sine(layers.Layer):
    def __init__(self, units, omega=30.0, first=False, **kwargs):
        super().__init__(**kwargs)
        limit = 1 / 2 if first else np.sqrt(6 / units) / omega
        self.linear = layers.Dense(units, kernel_initializer=keras.initializers.RandomUniform(-limit, limit))
        self.omega = omega

    def call(self, x):
        return ops.sin(self.omega * self.linear(x))


field = keras.Sequential([
    keras.Input((2,)),
    Sine(96, omega=20.0, first=True),
    Sine(96),
    Sine(96),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(5e-4)

batches = (
    tf.data.Dataset.from_tensor_slices({"where": grid[seen], "grey": grey[seen]})
    .cache().shuffle(len(seen), seed=2).batch(512, drop_remainder=True).prefetch(2)
)


@tf.function
def train_step(batch):
    with tf.GradientTape() as tape:
        error = field(batch["where"], training=True) - batch["grey"]
        loss = tf.reduce_mean(tf.square(error))
    grads = tape.gradient(loss, field.trainable_variables)
    optimizer.apply_gradients(zip(grads, field.trainable_variables))
    return loss


for epoch in range(80):
    value = np.mean([float(train_step(b)) for b in batches])
    if epoch % 10 == 9:
        print("epoch %3d  mse %.4f" % (epoch + 1, value))

guess = field.predict(grid[unseen], batch_size=1024, verbose=0)
r2 = 1 - np.mean((guess - grey[unseen]) ** 2) / grey[unseen].var()
print("FINAL_LOSS=%f" % value)
print("FINAL_METRIC=r2:%.4f" % r2)
