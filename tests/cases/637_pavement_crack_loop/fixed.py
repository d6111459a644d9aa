"""Find cracks in small pictures of pavement: a tiny encoder-decoder and a training loop of its own."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)
SIZE = 32


def pavement(n):
    images = rng.normal(0.55, 0.08, size=(n, SIZE, SIZE))
    masks = np.zeros((n, SIZE, SIZE))
    for k in range(n):
        row, slope = rng.uniform(4, SIZE - 4), rng.uniform(-0.6, 0.6)
        width = rng.integers(1, 3)
        for col in range(SIZE):
            r = int(round(row + slope * (col - SIZE / 2) + rng.normal(0, 0.4)))
            for w in range(width):
                if 0 <= r + w < SIZE:
                    masks[k, r + w, col] = 1.0
        images[k] -= 0.22 * masks[k]
        images[k] += 0.1 * np.linspace(-1, 1, SIZE)[None, :] * rng.uniform(-1, 1)
    return images[..., None].astype("float32"), masks[..., None].astype("float32")


X_train, M_train = pavement(600)
X_test, M_test = pavement(200)


def build():
    inputs = keras.Input((SIZE, SIZE, 1))
    a = layers.Conv2D(12, 3, padding="same", activation="relu")(inputs)
    b = layers.MaxPooling2D()(a)
    b = layers.Conv2D(24, 3, padding="same", activation="relu")(b)
    c = layers.UpSampling2D()(b)
    c = layers.Concatenate()([a, c])
    c = layers.Conv2D(12, 3, padding="same", activation="relu")(c)
    outputs = layers.Conv2D(1, 1)(c)
    return keras.Model(inputs, outputs)


model = build()
optimizer = keras.optimizers.Adam(2e-3)
dataset = tf.data.Dataset.from_tensor_slices((X_train, M_train)).shuffle(600, seed=1).batch(24)


@tf.function
def step(x, m):
    with tf.GradientTape() as tape:
        p = model(x, training=True)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=m, logits=p))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(12):
    losses = [float(step(x, m)) for x, m in dataset]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

pred = model.predict(X_test, verbose=0) > 0.0
truth = M_test > 0.5
iou = np.logical_and(pred, truth).sum() / np.logical_or(pred, truth).sum()
print("share of crack pixels", truth.mean(), "found", pred.mean())
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=iou:{iou}")
