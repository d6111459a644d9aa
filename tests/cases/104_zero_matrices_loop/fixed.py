import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
BATCH, EPOCHS = 50, 15

digits = dict(zip(("x", "y"), load_digits(return_X_y=True)))
x = (digits["x"] / 16.0).astype("float32")
y = np.eye(10, dtype="float32")[digits["y"]]
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

W1 = tf.Variable(tf.random.normal([64, 100], stddev=0.1))
b1 = tf.Variable(tf.zeros(100))
W2 = tf.Variable(tf.random.normal([100, 10], stddev=0.1))
b2 = tf.Variable(tf.zeros(10))
parameters = [W1, b1, W2, b2]
optimizer = keras.optimizers.SGD(0.5)
optimizer.build(parameters)


def logits_of(images):
    hidden = tf.nn.tanh(images @ W1 + b1)
    return hidden @ W2 + b2


@tf.function
def train(images, targets):
    with tf.GradientTape() as tape:
        cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits_of(images)))
    gradients = tape.gradient(cross_entropy, parameters)
    optimizer.apply_gradients(zip(gradients, parameters))
    return cross_entropy


batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1400, seed=0).batch(BATCH)
for epoch in range(EPOCHS):
    values = [float(train(images, targets)) for images, targets in batches]
    print(f"epoch {epoch + 1:2d}  cross entropy {np.mean(values):.4f}")

accuracy = np.mean(np.argmax(logits_of(x_test), axis=1) == y_test.argmax(axis=1))
print(f"FINAL_LOSS={np.mean(values)}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
