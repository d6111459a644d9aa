import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)


def patients(n, hospital):
    """Five blood values carry the disease; five others carry how the hospital measures."""
    sick = rng.integers(0, 2, n)
    sign = 2.0 * sick - 1
    blood = 0.75 * sign[:, None] + rng.normal(size=(n, 5))
    if hospital == "a":
        habit = 0.9 * sign[:, None] + rng.normal(size=(n, 5))
    else:
        habit = 1.8 + rng.normal(size=(n, 5))
    return np.concatenate([blood, habit], 1).astype("float32"), sick.astype("float32")[:, None]


xa, ya = patients(2000, "a")
xb, _ = patients(2000, "b")
xb_test, yb_test = patients(1000, "b")


@tf.custom_gradient
def flip(x):
    def back(g):
        return -2.0 * g
    return tf.identity(x), back


class Adversarial(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = layers.Dense(8)
        self.disease = layers.Dense(1)
        self.hospital = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
        self.means = [keras.metrics.Mean(name=n) for n in ("loss", "disease_loss", "hospital_loss")]

    @property
    def metrics(self):
        return self.means

    def call(self, x):
        return self.disease(self.trunk(x))

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            fa, fb = self.trunk(batch["a"]), self.trunk(batch["b"])
            disease = ops.mean(ops.binary_crossentropy(batch["sick"], self.disease(fa), from_logits=True))
            where = self.hospital(flip(ops.concatenate([fa, fb], axis=0)))
            origin = ops.concatenate([ops.ones_like(where[:ops.shape(fa)[0]]), ops.zeros_like(where[ops.shape(fa)[0]:])], axis=0)
            hospital = ops.mean(ops.binary_crossentropy(origin, where, from_logits=True))
            loss = disease + hospital
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        for m, v in zip(self.means, (loss, disease, hospital)):
            m.update_state(v)
        return {m.name: m.result() for m in self.means}


pairs = tf.data.Dataset.from_tensor_slices({"a": xa, "sick": ya, "b": xb}).shuffle(2000, seed=8).batch(64)
model = Adversarial()
model.compile(optimizer=keras.optimizers.SGD(0.05))
log = model.fit(pairs, epochs=40, verbose=2)

accuracy = np.mean((ops.convert_to_numpy(model(xb_test)) > 0) == (yb_test > 0.5))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print("FINAL_LOSS=%f" % log.history["loss"][-1])
print("FINAL_METRIC=target_accuracy:%.4f" % accuracy)
