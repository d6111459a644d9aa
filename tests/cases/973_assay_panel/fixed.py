# Multi-task activity model: 12 assays, most compounds were measured in a few of them only.
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

N, BITS, TASKS = 3000, 256, 12
fps = (rng.random((N, BITS)) < 0.12).astype("float32")
latent = fps @ rng.normal(0, 0.35, (BITS, 6))
activity = np.tanh(latent) @ rng.normal(0, 0.8, (6, TASKS)) + rng.normal(0, 0.15, (N, TASKS))
activity = activity.astype("float32")

measured = rng.random((N, TASKS)) < 0.4
panel = np.where(measured, activity, np.nan).astype("float32")   # as exported from the database

tr, te = slice(0, 2500), slice(2500, N)
ds = tf.data.Dataset.from_tensor_slices((fps[tr], panel[tr])).shuffle(2500, seed=0).batch(64)

inputs = keras.Input((BITS,))
x = keras.layers.Dense(128, activation="gelu")(inputs)
x = keras.layers.Dropout(0.1)(x)
x = keras.layers.Dense(64, activation="gelu")(x)
model = keras.Model(inputs, keras.layers.Dense(TASKS)(x))
opt = keras.optimizers.AdamW(2e-3, weight_decay=1e-3)


def masked_mse(y_true, y_pred):
    known = tf.math.logical_not(tf.math.is_nan(y_true))
    y_true = tf.where(known, y_true, tf.zeros_like(y_true))
    err = tf.square(y_true - y_pred) * tf.cast(known, tf.float32)
    return tf.reduce_mean(tf.reduce_sum(err, axis=1))


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = masked_mse(yb, model(xb, training=True))
    g = tape.gradient(loss, model.trainable_weights)
    opt.apply_gradients(zip(g, model.trainable_weights))
    return loss


for epoch in range(40):
    losses = [float(step(xb, yb)) for xb, yb in ds]
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "loss", np.mean(losses))

pred = model.predict(fps[te], verbose=0)
truth = activity[te]
r2 = 1 - np.sum((truth - pred) ** 2) / np.sum((truth - truth.mean(0)) ** 2)
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
