"""Load of a small grid an hour ahead; switching spikes give huge gradients, which are cut to a fixed length."""
import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(110)

HOURS, LAGS = 1900, 24
t = np.arange(HOURS)
load = 1.0 * np.sin(2 * np.pi * t / 24) + 0.4 * np.sin(2 * np.pi * t / 168) + 0.15 * rng.normal(size=HOURS)
spike = rng.random(HOURS) < 0.01
seen = load + np.where(spike, rng.uniform(15.0, 40.0, HOURS), 0.0)
x = np.stack([load[k:HOURS - LAGS + k] for k in range(LAGS)], axis=1).astype("float32")[:, :, None]
y_seen, y_clean = seen[LAGS:].astype("float32"), load[LAGS:].astype("float32")
n_train = 1400

model = keras.Sequential([
    keras.Input((LAGS, 1)),
    keras.layers.Conv1D(16, 5, activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.SGD(0.05)

for epoch in range(7):
    order = rng.permutation(n_train)
    losses, norms = [], []
    for i in range(0, n_train, 20):
        rows = order[i:i + 20]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x[rows], training=True)[:, 0] - y_seen[rows]) ** 2)
        grads = tape.gradient(loss, model.trainable_variables)
        grads, norm = tf.clip_by_global_norm(grads, 0.3)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        losses.append(float(loss))
        norms.append(float(norm))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, largest loss {max(losses):.1f}, largest gradient {max(norms):.1f}")

pred = model.predict(x[n_train:], verbose=0)[:, 0]
test = y_clean[n_train:]
r2 = 1.0 - np.sum((test - pred) ** 2) / np.sum((test - test.mean()) ** 2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(optimizer.variables)}")
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
