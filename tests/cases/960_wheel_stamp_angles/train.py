"""Angular-margin embedding of stamped numbers on wheel rims (scikit-learn digits)."""
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
data = load_digits()
x = (data.images / 16.0).astype("float32")[..., None]
x_tr, x_te, y_tr, y_te = train_test_split(x, data.target, test_size=0.3, random_state=5,
                                          stratify=data.target)


class AngularHead(keras.layers.Layer):
    """cosines to the class centres, with an additive margin on the angle of the true class"""

    def __init__(self, classes, scale=16.0, margin=28.6, **kw):
        super().__init__(**kw)
        self.classes, self.scale, self.margin = classes, scale, margin

    def build(self, shape):
        self.centres = self.add_weight(shape=(shape[-1], self.classes),
                                       initializer="glorot_uniform", name="centres")

    def call(self, emb):
        return tf.matmul(tf.math.l2_normalize(emb, axis=1),
                         tf.math.l2_normalize(self.centres, axis=0))

    def logits(self, cosines, labels):
        angle = tf.acos(tf.clip_by_value(cosines, -0.9999, 0.9999))
        hot = tf.one_hot(labels, self.classes)
        return self.scale * tf.cos(angle + self.margin * hot)


class Embedder(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(32)])
        self.head = AngularHead(10)

    def call(self, x, training=False):
        return self.head(self.body(x, training=training))

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            out = self.head.logits(self(x, training=True), y)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.cast(y, tf.int32), logits=out))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"arc_loss": loss}


model = Embedder()
model.compile(optimizer=keras.optimizers.Adam(1e-3))
hist = model.fit(x_tr, y_tr, epochs=20, batch_size=64, verbose=2)
guess = model.predict(x_te, verbose=0).argmax(1)
print("FINAL_LOSS=%f" % hist.history["arc_loss"][-1])
print("FINAL_METRIC=accuracy:%f" % np.mean(guess == y_te))
