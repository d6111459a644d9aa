# Match the left half of a digit with its right half (CLIP-like, two encoders).
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

images = load_digits().images.astype("float32") / 16.0
train, test = train_test_split(images, test_size=256, random_state=0)
left, right = train[:, :, :4], train[:, :, 4:]
left_t, right_t = test[:, :, :4], test[:, :, 4:]


def encoder(name):
    return keras.Sequential([
        layers.Input((8, 4)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(32),
        layers.UnitNormalization(),
    ], name=name)


class TwinModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.left_net = encoder("left")
        self.right_net = encoder("right")
        self.logit_scale = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(np.log(1 / 0.07)), name="logit_scale")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, inputs):
        a, b = inputs
        return self.left_net(a), self.right_net(b)

    def train_step(self, data):
        (a, b), = data
        with tf.GradientTape() as tape:
            za, zb = self((a, b), training=True)
            scale = tf.exp(self.logit_scale)
            logits = scale * tf.matmul(za, zb, transpose_b=True)
            target = tf.range(tf.shape(logits)[0])
            loss_a = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
            loss_b = tf.nn.sparse_softmax_cross_entropy_with_logits(target, tf.transpose(logits))
            loss = 0.5 * tf.reduce_mean(loss_a + loss_b)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result(), "scale": scale}


ds = (tf.data.Dataset.from_tensor_slices((left, right))
      .shuffle(2000, seed=1).batch(64, drop_remainder=True)
      .map(lambda a, b: ((a, b),)))

model = TwinModel()
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True))
history = model.fit(ds, epochs=40, verbose=2)

za, zb = model((left_t, right_t))
sim = (za.numpy() @ zb.numpy().T)
rank = (sim > np.diag(sim)[:, None]).sum(1)
print("median rank", np.median(rank))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=recall_at_10:{np.mean(rank < 10):.6f}")
