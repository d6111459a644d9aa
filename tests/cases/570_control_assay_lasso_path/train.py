"""Which of 80 markers drive an assay: the penalty is raised step by step and markers drop out."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)
truth = np.zeros(80)
truth[[3, 17, 30, 44, 61, 72]] = [2.0, -1.5, 1.2, 1.0, -0.9, 0.8]


def assay(n):
    x = rng.normal(size=(n, 80)) + 0.5 * rng.normal(size=(n, 1))
    return x.astype("float32"), (x @ truth + rng.normal(0, 1.0, n)).astype("float32")


x, y = assay(160)
x_test, y_test = assay(1000)
marker = tf.Variable(tf.zeros(80), name="marker")
sgd = keras.optimizers.SGD(0.05)


@tf.function
def step(penalty):
    with tf.GradientTape() as tape:
        error = 0.5 * tf.reduce_mean(tf.square(tf.linalg.matvec(x, marker) - y))
    sgd.apply_gradients([(tape.gradient(error, marker), marker)])
    marker.assign(tf.sign(marker) * tf.nn.relu(tf.abs(marker) - 0.05 * penalty))
    return error + penalty * tf.reduce_sum(tf.abs(marker))


for penalty in (0.0, 0.05, 0.1, 0.15, 0.2, 0.25):
    for _ in range(400):
        loss = step(tf.constant(penalty, tf.float32))
    zero = int(np.sum(marker.numpy() == 0))
    print(f"penalty {penalty:.2f}: loss {float(loss):.4f}, {zero} markers out")

pred = x_test @ marker.numpy()
print(f"FINAL_LOSS={float(loss):.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - y_test) ** 2) / y_test.var():.4f}")
