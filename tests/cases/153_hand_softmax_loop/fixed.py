# Softmax regression from scratch, TF1 tutorial moved to tf.function
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

data = load_digits()
X = data.data.astype(np.float32)
Y = np.eye(10, dtype=np.float32)[data.target]
perm = np.random.permutation(len(X))
train_idx, test_idx = perm[:1400], perm[1400:]

W = tf.Variable(tf.random.normal([64, 10], seed=2))
b = tf.Variable(tf.zeros([10]))
learning_rate = 0.05


def hypothesis(x):
    return tf.nn.softmax(tf.matmul(x, W) + b)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, tf.matmul(x, W) + b))
    dW, db = tape.gradient(cost, [W, b])
    W.assign_sub(learning_rate * dW)
    b.assign_sub(learning_rate * db)
    return cost


for step in range(2500):
    batch = np.random.choice(train_idx, 100)
    cost = train_step(X[batch], Y[batch])
    if step % 250 == 0:
        print(step, cost.numpy())

hit = np.argmax(hypothesis(X[test_idx]).numpy(), axis=1) == data.target[test_idx]
print(f"FINAL_LOSS={float(cost)}")
print(f"FINAL_METRIC=accuracy:{hit.mean():.4f}")
