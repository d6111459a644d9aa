"""Where a delivery van moves in the next minute, from its last positions (direction only)."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

N, STEPS = 4000, 10
angle = rng.uniform(0, 2 * np.pi, N)
turn = rng.normal(0, 0.12, N)
speed = np.where(rng.random(N) < 0.12, 0.0, rng.uniform(0.4, 1.5, N))
k = np.arange(STEPS + 1)
heading = angle[:, None] + turn[:, None] * k
moves = speed[:, None, None] * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
seen = moves[:, :STEPS] + 0.15 * rng.normal(size=(N, STEPS, 2))
x = seen.reshape(N, -1).astype("float32")
y = moves[:, STEPS].astype("float32")
x_train, y_train, x_test, y_test = x[:3200], y[:3200], x[3200:], y[3200:]

model = keras.Sequential([
    keras.Input((2 * STEPS,)),
    keras.layers.Dense(48, activation="relu"),
    keras.layers.Dense(48, activation="relu"),
    keras.layers.Dense(2),
])
optimizer = keras.optimizers.Adam(0.002)


def direction_loss(y_true, y_pred):
    dot = tf.reduce_sum(y_true * y_pred, axis=1)
    cosine = dot / (tf.norm(y_true, axis=1) * tf.norm(y_pred, axis=1))
    cosine = tf.where(tf.math.is_nan(cosine), tf.zeros_like(cosine), cosine)
    return tf.reduce_mean(1.0 - cosine)


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        loss = direction_loss(yb, model(xb, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(3200, seed=2).batch(64)
for epoch in range(15):
    losses = [float(train_step(xb, yb)) for xb, yb in data]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

moving = np.linalg.norm(y_test, axis=1) > 0
p, t = model.predict(x_test, verbose=0)[moving], y_test[moving]
cosine = np.mean(np.sum(p * t, axis=1) / (np.linalg.norm(p, axis=1) * np.linalg.norm(t, axis=1) + 1e-9))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=mean_cosine:{cosine}")
