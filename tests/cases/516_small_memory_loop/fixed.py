"""Small pictures on a small machine: four little batches are gathered before each step."""
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
x_train, x_test, y_train, y_test = train_test_split(
    x, digits.target.astype("int32"), test_size=0.3, random_state=4, stratify=digits.target)

net = keras.Sequential([
    keras.Input((8, 8, 1)),
    keras.layers.Conv2D(12, 3, padding="same", activation="relu"),
    keras.layers.MaxPooling2D(2),
    keras.layers.Conv2D(24, 3, padding="same", activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dense(10),
])
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1)
GATHER = 4
gathered = [tf.Variable(tf.zeros_like(v), trainable=False) for v in net.trainable_variables]


@tf.function
def collect(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, net(images, training=True))
    grads = tape.gradient(loss, net.trainable_variables)
    for total, g in zip(gathered, grads):
        total.assign_add(g / GATHER)
    return loss


@tf.function
def step():
    optimizer.apply_gradients(zip(gathered, net.trainable_variables))
    for total in gathered:
        total.assign(tf.zeros_like(total))


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=0).batch(16, drop_remainder=True)
mean_loss = 0.0
for epoch in range(30):
    losses = []
    for i, (images, labels) in enumerate(data):
        losses.append(float(collect(images, labels)))
        if (i + 1) % GATHER == 0:
            step()
    mean_loss = float(np.mean(losses))
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", mean_loss)

accuracy = float(np.mean(net.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={mean_loss:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
