"""Blood film classifier for five laboratories; every laboratory has its own normalisation statistics."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

LABS, FEATURES, CLASSES = 5, 24, 4
LAB_SHARE = [0.3, 0.25, 0.2, 0.15, 0.1]
lab_gain = rng.uniform(0.3, 3.0, (LABS, FEATURES))
lab_offset = rng.normal(0, 3.0, (LABS, FEATURES))
prototypes = rng.normal(0, 0.9, (CLASSES, FEATURES))


def films(n):
    lab = rng.choice(LABS, n, p=LAB_SHARE)
    kind = rng.integers(0, CLASSES, n)
    x = prototypes[kind] + rng.normal(0, 1.0, (n, FEATURES))
    x = x * lab_gain[lab] + lab_offset[lab]
    return x.astype("float32"), lab.astype("int32"), kind.astype("int32")


class LabNorm(layers.Layer):
    """Batch normalisation with separate mean and variance for each laboratory."""

    def __init__(self, labs, momentum=0.95, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.labs, self.momentum, self.epsilon = labs, momentum, epsilon

    def build(self, x_shape, lab_shape=None):
        d = x_shape[-1]
        self.moving_mean = self.add_weight(shape=(self.labs, d), initializer="zeros", trainable=False, name="mean")
        self.moving_var = self.add_weight(shape=(self.labs, d), initializer="ones", trainable=False, name="var")
        self.gamma = self.add_weight(shape=(d,), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(d,), initializer="zeros", name="beta")

    def call(self, x, lab, training=False):
        if training:
            count = tf.math.unsorted_segment_sum(tf.ones_like(x), lab, self.labs)
            mean = tf.math.unsorted_segment_sum(x, lab, self.labs) / count
            centred = x - tf.gather(mean, lab)
            var = tf.math.unsorted_segment_sum(tf.square(centred), lab, self.labs) / count
            seen = count > 0
            new_mean = self.momentum * self.moving_mean + (1 - self.momentum) * mean
            new_var = self.momentum * self.moving_var + (1 - self.momentum) * var
            self.moving_mean.assign(tf.where(seen, new_mean, self.moving_mean))
            self.moving_var.assign(tf.where(seen, new_var, self.moving_var))
        else:
            mean, var = self.moving_mean, self.moving_var
            centred = x - tf.gather(mean, lab)
        scale = tf.math.rsqrt(tf.gather(var, lab) + self.epsilon)
        return centred * scale * self.gamma + self.beta


class FilmNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = LabNorm(LABS)
        self.hidden = layers.Dense(48, activation="relu")
        self.drop = layers.Dropout(0.1)
        self.out = layers.Dense(CLASSES)

    def call(self, inputs, training=False):
        x, lab = inputs
        h = self.norm(x, lab, training=training)
        h = self.drop(self.hidden(h), training=training)
        return self.out(h)


x, lab, kind = films(4000)
dataset = tf.data.Dataset.from_tensor_slices(((x, lab), kind)).shuffle(4000, seed=1).batch(16)

model = FilmNet()
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(dataset, epochs=8, verbose=2)

x_new, lab_new, kind_new = films(2000)
answer = model.predict((x_new, lab_new), batch_size=500, verbose=0).argmax(1)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(answer == kind_new):.4f}")
