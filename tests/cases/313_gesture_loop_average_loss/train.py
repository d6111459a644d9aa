import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(313)

n, steps, axes, kinds = 3000, 24, 3, 5
t = np.linspace(0, 1, steps)
shape = rng.normal(size=(kinds, axes, 4))
kind = rng.integers(0, kinds, n)
speed = rng.uniform(0.85, 1.15, (n, 1))
moves = np.zeros((n, steps, axes))
for k in range(4):
    wave = np.sin(np.pi * (k + 1) * speed * t + 0.5 * k)
    moves += wave[:, :, None] * shape[kind][:, None, :, k]
moves = (moves + rng.normal(0, 0.8, moves.shape)).astype("float32")
train_x, train_y = moves[:2560], kind[:2560]
test_x, test_y = moves[2560:], kind[2560:]

dataset = tf.data.Dataset.from_tensor_slices((train_x, train_y))
dataset = dataset.shuffle(len(train_x), seed=1).batch(32, drop_remainder=True)

model = keras.Sequential([
    keras.Input((steps, axes)),
    layers.Conv1D(24, 5, activation="relu"),
    layers.GRU(24),
    layers.Dense(kinds),
])
loss_object = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
optimizer = keras.optimizers.SGD(0.01)
optimizer.build(model.trainable_variables)
train_accuracy = keras.metrics.SparseCategoricalAccuracy()


def compute_loss(labels, predictions):
    per_example = loss_object(labels, predictions)
    return tf.nn.compute_average_loss(per_example, global_batch_size=len(train_x))


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = compute_loss(y, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_accuracy.update_state(y, predictions)
    return loss


for epoch in range(10):
    train_accuracy.reset_state()
    total = 0.0
    for x, y in dataset:
        total += float(train_step(x, y))
    print(f"epoch {epoch + 1}: loss {total:.4f} accuracy {float(train_accuracy.result()):.4f}")

logits = model(test_x, training=False).numpy()
acc = np.mean(logits.argmax(1) == test_y)
print(f"FINAL_LOSS={total}")
print(f"FINAL_METRIC=accuracy:{acc}")
