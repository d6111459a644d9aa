import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)


def augment(img):
    img = tf.pad(img, [[1, 1], [1, 1], [0, 0]])
    img = tf.image.random_crop(img, (8, 8, 1))
    return img * tf.random.uniform((), 0.7, 1.3) + tf.random.normal((8, 8, 1), stddev=0.08)


ROUNDS = 13
ds = (tf.data.Dataset.from_tensor_slices(X)
      .shuffle(1797, seed=0)
      .repeat(ROUNDS)
      .map(lambda im: (augment(im), augment(im)))
      .batch(64)
      .prefetch(2))


class VicReg(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
        ])
        self.projector = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(64)])

    def call(self, x, training=False):
        return self.projector(self.encoder(x, training=training), training=training)

    def spread(self, z):
        n = tf.cast(tf.shape(z)[0], tf.float32)
        z = z - tf.reduce_mean(z, axis=0)
        std = tf.sqrt(tf.reduce_mean(tf.square(z), axis=0) + 1e-4)
        cov = tf.matmul(z, z, transpose_a=True) / n
        off = tf.reduce_sum(tf.square(cov)) - tf.reduce_sum(tf.square(tf.linalg.diag_part(cov)))
        return tf.reduce_mean(tf.nn.relu(1.0 - std)), off / 64.0

    def train_step(self, data):
        a, b = data
        with tf.GradientTape() as tape:
            za, zb = self(a, training=True), self(b, training=True)
            inv = tf.reduce_mean(tf.square(za - zb))
            va, ca = self.spread(za)
            vb, cb = self.spread(zb)
            loss = 25.0 * inv + 12.5 * (va + vb) + ca + cb
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "inv": inv}


model = VicReg()
model.build((None, 8, 8, 1))
model.compile(optimizer=keras.optimizers.Adam(1e-3))


class Log(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch % 60 == 0:
            print("step", batch, "loss %.4f" % logs["loss"])


hist = model.fit(ds, epochs=1, verbose=0, callbacks=[Log()])

feat = model.encoder.predict(X, verbose=0)
feat = feat / np.maximum(np.linalg.norm(feat, axis=1, keepdims=True), 1e-6)
f_train, f_test, y_train, y_test = train_test_split(feat, y, test_size=0.5, random_state=0)
nearest = (f_test @ f_train.T).argmax(1)
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % np.mean(y_train[nearest] == y_test))
