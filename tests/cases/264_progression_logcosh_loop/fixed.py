"""Disease progression after one year (diabetes data), own loop with the log-cosh loss."""
import os
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "diabetes.npz"))
x, y = data["x"].astype("float32"), data["y"].astype("float32")
x = (x - x.mean(axis=0)) / x.std(axis=0)
order = np.random.default_rng(0).permutation(len(x))
train, test = order[:342], order[342:]

model = keras.Sequential([
    keras.Input((x.shape[1],)),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.Adam(0.02)


def log_cosh(y_true, y_pred):
    e = y_pred - y_true
    return tf.reduce_mean(e + tf.math.softplus(-2.0 * e) - np.log(2.0))


rng = np.random.default_rng(1)
for epoch in range(40):
    rng.shuffle(train)
    losses = []
    for i in range(0, len(train), 38):
        rows = train[i:i + 38]
        with tf.GradientTape() as tape:
            pred = model(x[rows], training=True)
            loss = log_cosh(y[rows, None], pred)
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        losses.append(float(loss))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

pred = model.predict(x[test], verbose=0)[:, 0]
r2 = 1.0 - np.sum((y[test] - pred) ** 2) / np.sum((y[test] - y[test].mean()) ** 2)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
