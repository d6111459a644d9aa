import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

LENGTH, N_CLASSES = 128, 6


def record(n):
    """Short recordings of six kinds of valve: pitch and decay differ a little."""
    kind = rng.integers(0, N_CLASSES, n)
    t = np.arange(LENGTH) / LENGTH
    f1 = np.array([6, 8, 10, 12, 15, 18])[kind][:, None]
    f2 = np.array([21, 17, 25, 29, 23, 33])[kind][:, None]
    ph1 = rng.uniform(0, 2 * np.pi, (n, 1))
    ph2 = rng.uniform(0, 2 * np.pi, (n, 1))
    x = np.sin(2 * np.pi * f1 * t + ph1) + 0.7 * np.sin(2 * np.pi * f2 * t + ph2)
    x = x + rng.normal(0, 0.6, x.shape)
    return x.astype("float32")[..., None], kind


x_train, y_train = record(3000)
x_test, y_test = record(1000)


def view(x):
    shape = tf.shape(x)
    shift = tf.random.uniform((), 0, LENGTH, tf.int32)
    x = tf.roll(x, shift, axis=1)
    gain = tf.random.uniform((shape[0], 1, 1), 0.6, 1.4)
    return x * gain + tf.random.normal(shape, 0.0, 0.4)


def make_encoder():
    inp = layers.Input((LENGTH, 1))
    h = inp
    for width in (24, 32, 48):
        h = layers.Conv1D(width, 9, strides=2, padding="same", use_bias=False)(h)
        h = layers.BatchNormalization()(h)
        h = layers.Activation("relu")(h)
    h = layers.GlobalAveragePooling1D()(h)
    h = layers.Dense(64, use_bias=False)(h)
    h = layers.BatchNormalization()(h)
    h = layers.Activation("relu")(h)
    return keras.Model(inp, layers.Dense(32)(h), name="encoder")


def make_predictor():
    return keras.Sequential([
        layers.Input((32,)),
        layers.Dense(16, use_bias=False),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Dense(32),
    ], name="predictor")


def negative_cosine(p, z):
    p = tf.math.l2_normalize(p, axis=1)
    z = tf.math.l2_normalize(z, axis=1)
    return -tf.reduce_mean(tf.reduce_sum(p * z, axis=1))


class Twins(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = make_encoder()
        self.predictor = make_predictor()
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, x):
        a, b = view(x), view(x)
        with tf.GradientTape() as tape:
            z_a = self.encoder(a, training=True)
            z_b = self.encoder(b, training=True)
            p_a = self.predictor(z_a, training=True)
            p_b = self.predictor(z_b, training=True)
            loss = 0.5 * (negative_cosine(p_a, z_b) + negative_cosine(p_b, z_a))
        variables = self.encoder.trainable_variables + self.predictor.trainable_variables
        grads = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(grads, variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = Twins()
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9, weight_decay=5e-4))
data = tf.data.Dataset.from_tensor_slices(x_train).shuffle(3000, seed=0).batch(200, drop_remainder=True)
history = model.fit(data, epochs=17, verbose=2)

# the frozen encoder with a linear layer on top, as usual
model.encoder.trainable = False
probe = keras.Sequential([
    layers.Input((LENGTH, 1)),
    model.encoder,
    layers.UnitNormalization(),
    layers.Dense(N_CLASSES, activation="softmax"),
])
probe.compile(optimizer=keras.optimizers.Adam(0.02),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
probe.fit(x_train, y_train, batch_size=100, epochs=5, verbose=2)
acc = np.mean(probe.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
