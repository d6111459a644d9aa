"""Is the picture an eight? Large-margin classifier, trained in an own loop."""
import os
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(len(data["x"]), -1) / 16.0).astype("float32")
y = (data["y"] == 8).astype("float32")
order = np.random.default_rng(0).permutation(len(x))
train, test = order[:1300], order[1300:]

model = keras.Sequential([
    keras.Input((x.shape[1],)),
    keras.layers.Dense(24, activation="tanh"),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.Adam(0.005)

rng = np.random.default_rng(1)
for epoch in range(15):
    rng.shuffle(train)
    losses = []
    for i in range(0, len(train), 50):
        rows = train[i:i + 50]
        with tf.GradientTape() as tape:
            score = model(x[rows], training=True)[:, 0]
            loss = tf.reduce_mean(tf.maximum(1.0 - y[rows] * score, 0.0))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        losses.append(float(loss))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

score = model.predict(x[test], verbose=0)[:, 0]
acc = np.mean((score > 0) == (y[test] > 0.5))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{acc}")
