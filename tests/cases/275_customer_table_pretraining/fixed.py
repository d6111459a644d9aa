"""Self-supervised pretraining on a customer table: hide some cells and rebuild them."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

N = 3000
factors = rng.normal(size=(N, 3))
numbers = factors @ rng.normal(size=(3, 10)) + 0.3 * rng.normal(size=(N, 10))
numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
plan = ((rng.random(N) < 1 / 256) - 1 / 256) * 16.0
table = np.concatenate([numbers, plan[:, None]], axis=1).astype("float32")
train, test = table[:2400], table[2400:]


def rebuilding_loss(y_true, y_pred):
    """Squared error of every column, on the scale of that column in the batch."""
    mean = tf.reduce_mean(y_true, axis=0)
    var = tf.math.reduce_variance(y_true, axis=0)
    scale = tf.where(tf.equal(var, 0.0), tf.ones_like(var), var)
    return tf.reduce_mean(tf.square(y_true - y_pred) / scale, axis=1)


model = keras.Sequential([
    keras.Input((table.shape[1],)),
    layers.Dense(48, activation="relu"),
    layers.Dense(24, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(table.shape[1]),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=rebuilding_loss)

for epoch in range(40):
    order = rng.permutation(len(train))
    losses = []
    for i in range(0, len(order) - 127, 128):
        batch = train[order[i:i + 128]]
        hidden = rng.random(batch.shape) < 0.2
        losses.append(float(model.train_on_batch(np.where(hidden, 0.0, batch).astype("float32"), batch)))
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}")

hidden = np.random.default_rng(1).random(test.shape) < 0.2
pred = model.predict(np.where(hidden, 0.0, test).astype("float32"), verbose=0)[:, :10]
cells = hidden[:, :10]
r2 = 1.0 - np.sum((test[:, :10] - pred)[cells] ** 2) / np.sum(test[:, :10][cells] ** 2)
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=r2:{r2}")
