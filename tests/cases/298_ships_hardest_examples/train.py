import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(44)

direction = rng.normal(size=(2, 12))
direction /= np.linalg.norm(direction, axis=1, keepdims=True)


def echoes(n, share=0.03):
    """Twelve features of a radar cell; a ship shows as a bright or as a smeared echo."""
    ship = rng.random(n) < share
    kind = rng.integers(0, 2, n)
    x = rng.normal(size=(n, 12)) + 3.4 * ship[:, None] * direction[kind]
    return x.astype("float32"), ship.astype("float32")


x, y = echoes(12000)
x_test, y_test = echoes(6000)

net = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(24, activation="relu"),
    layers.Dense(1),
])
opt = keras.optimizers.Adam(1e-3)
BATCH, HARDEST = 256, 12


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        logit = net(xb, training=True)[:, 0]
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels=yb, logits=logit)
        worst, _ = tf.math.top_k(each, HARDEST)
        loss = tf.reduce_mean(worst)
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


cells = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(12000, seed=2).batch(BATCH, drop_remainder=True)
for epoch in range(15):
    losses = [float(train_step(a, b)) for a, b in cells]
    if epoch % 3 == 2:
        print("epoch %d  loss of the hardest %d: %.4f" % (epoch + 1, HARDEST, np.mean(losses)))

auc = roc_auc_score(y_test, net.predict(x_test, batch_size=1000, verbose=0)[:, 0])


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(net.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=auc:%.4f" % auc)
