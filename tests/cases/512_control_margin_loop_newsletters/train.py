import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# two kinds of newsletter as word counts, +1 and -1
n, words = 1800, 300
label = rng.choice([-1.0, 1.0], n)
rate = rng.gamma(0.3, 0.25, words)
tilt = rng.normal(0, 1.0, words)
counts = rng.poisson(rate * np.exp(0.35 * label[:, None] * tilt))
X = np.log1p(counts).astype("float32")
y = label.astype("float32")[:, None]
X_test, y_test = X[1500:], y[1500:]
stream = tf.data.Dataset.from_tensor_slices((X[:1500], y[:1500])).shuffle(1500, seed=0).batch(1)

model = keras.Sequential([keras.Input((words,)), layers.Dense(1, kernel_initializer="zeros")])
optimizer = keras.optimizers.SGD(0.05)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.maximum(0.0, 1.0 - yb * model(xb, training=True)))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(2):
    losses = np.array([float(step(xb, yb)) for xb, yb in stream])
    print(f"pass {epoch}: mean loss {losses.mean():.4f}, letters with loss zero {np.mean(losses == 0):.2f}, "
          f"largest {losses.max():.2f}")

acc = float(np.mean(np.sign(model.predict(X_test, verbose=0)) == y_test))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in optimizer.variables])}")
print(f"FINAL_LOSS={losses.mean():.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
