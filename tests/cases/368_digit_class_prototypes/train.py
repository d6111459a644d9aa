# Digits told apart by the nearest class prototype; a softmax head shapes the space, prototypes are running means.
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
CLASSES, DIM = 10, 16


class PrototypeNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(DIM),
            layers.LayerNormalization(),
        ])
        self.head = layers.Dense(CLASSES)
        self.prototypes = self.add_weight(
            shape=(CLASSES, DIM), initializer="zeros", trainable=False, name="prototypes")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        z = self.encoder(x)
        if training:
            return self.head(z)
        gap = z[:, None, :] - self.prototypes[None]
        return -tf.reduce_sum(tf.square(gap), axis=-1)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=self.head(z)))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))

        members = tf.one_hot(y, CLASSES)
        count = tf.reduce_sum(members, axis=0)[:, None]
        mean = tf.matmul(members, z, transpose_a=True) / count
        self.prototypes.assign(0.9 * self.prototypes + 0.1 * mean)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        return [self.loss_tracker]


x, y = load_digits(return_X_y=True)
x = (x / 16.0).reshape(-1, 8, 8, 1).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

model = PrototypeNet()
model(x_train[:2]), model(x_train[:2], training=True)
model.compile(optimizer=keras.optimizers.Adam(2e-3))
history = model.fit(x_train, y_train.astype("int32"), batch_size=24, epochs=12, verbose=2)

nearest = np.argmax(model.predict(x_test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(nearest == y_test)}")
