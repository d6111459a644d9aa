import numpy as np
import tensorflow as tf
import keras
from keras import layers
from scipy.ndimage import gaussian_filter

keras.utils.set_random_seed(0)
rng = np.random.default_rng(61)

SIZE = 24
KINDS = ["granite", "slate", "terrazzo", "oak", "linen", "no tile"]


def tile(kind):
    if kind == 5:
        return np.zeros((SIZE, SIZE))  # background already subtracted
    noise = rng.normal(size=(SIZE, SIZE))
    if kind == 0:
        img = gaussian_filter(noise, 0.45)
    elif kind == 1:
        img = gaussian_filter(noise, (0.5, 0.9))
    elif kind == 2:
        img = np.where(gaussian_filter(noise, 1.4) > 0.12, 1.0, -0.3) + 0.1 * noise
    elif kind == 3:
        img = gaussian_filter(noise, (0.9, 0.5))
    else:
        g = np.arange(SIZE)
        img = np.sin(2.1 * g)[:, None] * np.cos(2.0 * g)[None] + 1.2 * noise
    img = (img - img.mean()) / img.std()
    if rng.uniform() < 0.5:
        img = img[:, ::-1]
    return img * rng.uniform(0.6, 1.4)


def make(n):
    y = rng.integers(0, len(KINDS), n)
    return np.stack([tile(k) for k in y])[..., None].astype("float32"), y.astype("int32")


class BilinearPooling(layers.Layer):
    """Outer products of the channels, averaged over the picture, power normalised, unit length."""

    def __init__(self, alpha=0.5, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, x):
        n = tf.shape(x)[0]
        c = x.shape[-1]
        flat = tf.reshape(x, [n, -1, c])
        gram = tf.matmul(flat, flat, transpose_a=True) / float(x.shape[1] * x.shape[2])
        gram = tf.reshape(gram, [n, c * c])
        powered = tf.where(gram > 0, tf.pow(gram, self.alpha), tf.zeros_like(gram))
        return tf.math.l2_normalize(powered, axis=1)


x_train, y_train = make(2000)
x_test, y_test = make(600)

model = keras.Sequential([
    layers.Input((SIZE, SIZE, 1)),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Conv2D(32, 3, strides=2, activation="relu"),
    BilinearPooling(),
    layers.Dense(len(KINDS)),
])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.AdamW(3e-3, weight_decay=1e-4)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply(grads, model.trainable_weights)
    return loss


batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=0).batch(50)
for epoch in range(10):
    total = 0.0
    for step, (x, y) in enumerate(batches):
        total += float(train_step(x, y))
    epoch_loss = total / (step + 1)
    print(f"epoch {epoch + 1:2d}  loss {epoch_loss:.4f}", flush=True)

logits = model(x_test, training=False).numpy()
print(f"FINAL_LOSS={epoch_loss:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(logits.argmax(1) == y_test):.6f}")
