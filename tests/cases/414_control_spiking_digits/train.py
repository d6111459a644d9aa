import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=1, stratify=y)
STEPS = 10


@tf.custom_gradient
def spike(v):
    # step forward, fast sigmoid backward
    def grad(g):
        return g / tf.square(1.0 + 5.0 * tf.abs(v))
    return tf.cast(v > 0.0, v.dtype), grad


class LIF(layers.Layer):
    """Leaky integrate and fire neurons, unrolled over STEPS time steps."""

    def __init__(self, units, decay=0.8, threshold=1.0, **kw):
        super().__init__(**kw)
        self.units, self.decay, self.threshold = units, decay, threshold
        self.dense = layers.Dense(units)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        current = self.dense(x)
        v = tf.zeros_like(current[:, 0])
        out = []
        for t in range(STEPS):
            v = self.decay * v + current[:, t]
            s = spike(v - self.threshold)
            v = v - tf.stop_gradient(s) * self.threshold
            out.append(s)
        return tf.stack(out, axis=1)


inputs = keras.Input((64,))
h = layers.RepeatVector(STEPS)(inputs)
h = LIF(96)(h)
h = LIF(48)(h)
h = layers.Dense(10)(h)
outputs = layers.GlobalAveragePooling1D()(h)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
hist = model.fit(x_train, y_train, epochs=20, batch_size=64, verbose=2)
acc = model.evaluate(x_test, y_test, verbose=0)[1]


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
