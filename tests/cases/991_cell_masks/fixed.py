"""Segment cells in small fluorescence tiles; a second head counts the cells."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

SIZE = 32


def tiles(n, seed):
    r = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    img = r.normal(0.15, 0.05, (n, SIZE, SIZE))
    mask = np.zeros((n, SIZE, SIZE))
    count = r.integers(1, 5, n)
    for i in range(n):
        for _ in range(count[i]):
            cy, cx = r.uniform(5, SIZE - 5, 2)
            rad = r.uniform(2.5, 4.5)
            inside = (yy - cy) ** 2 + (xx - cx) ** 2 < rad ** 2
            mask[i][inside] = 1.0
            img[i][inside] += r.uniform(0.5, 0.9)
    return img[..., None].astype("float32"), mask[..., None].astype("float32"), count[:, None].astype("float32")


x_train, m_train, c_train = tiles(600, 3)
x_test, m_test, c_test = tiles(150, 4)

image = keras.Input((SIZE, SIZE, 1))
f1 = layers.Conv2D(12, 3, padding="same", activation="relu")(image)
f2 = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")(f1)
f2 = layers.Conv2D(24, 3, padding="same", activation="relu")(f2)
up = layers.UpSampling2D()(f2)
both = layers.Concatenate()([f1, up])
f3 = layers.Conv2D(12, 3, padding="same", activation="relu")(both)
mask_out = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(f3)
count_out = layers.Dense(1, name="count")(layers.Dense(32, activation="relu")(layers.GlobalAveragePooling2D()(f2)))
model = keras.Model(image, [mask_out, count_out])

POS_WEIGHT = 2.0


def mask_loss(truth, prob):
    prob = tf.clip_by_value(prob, 1e-6, 1.0 - 1e-6)
    per_pixel = POS_WEIGHT * truth * tf.math.log(prob) + (1.0 - truth) * tf.math.log(1.0 - prob)
    return -tf.reduce_mean(per_pixel)


opt = keras.optimizers.Adam(3e-3)
ds = tf.data.Dataset.from_tensor_slices((x_train, m_train, c_train)).shuffle(600, seed=9).batch(30)


@tf.function
def train_step(img, mask, count):
    with tf.GradientTape() as tape:
        prob, number = model(img, training=True)
        seg = mask_loss(mask, prob)
        cnt = tf.reduce_mean(tf.abs(number - count))
        loss = seg + 0.1 * cnt
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


for epoch in range(10):
    loss = np.mean([float(train_step(*b)) for b in ds])
    print(f"epoch {epoch + 1:2d}  loss {loss:.4f}")

prob, _ = model.predict(x_test, verbose=0)
hard = (prob > 0.5).astype("float32")
dice = 2 * np.sum(hard * m_test) / (np.sum(hard) + np.sum(m_test))
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=dice:{dice}")
