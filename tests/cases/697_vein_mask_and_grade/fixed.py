"""Veins on an eye photograph: a mask of the veins and the grade of the widest one."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
SIDE = 32


def eyes(n):
    x = np.zeros((n, SIDE, SIDE, 1), "float32")
    m = np.zeros((n, SIDE, SIDE, 1), "float32")
    g = np.zeros(n, "int32")
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    for i in range(n):
        g[i] = rng.integers(0, 3)
        veins = np.zeros((SIDE, SIDE), bool)
        for _ in range(3):
            a = rng.uniform(0, np.pi)
            off = rng.uniform(-9, 9)
            bend = rng.uniform(-0.02, 0.02)
            u = (xx - 16) * np.cos(a) + (yy - 16) * np.sin(a)
            v = -(xx - 16) * np.sin(a) + (yy - 16) * np.cos(a)
            veins |= np.abs(u - off - bend * v ** 2) < 0.7 + 0.7 * g[i]
        shade = 0.6 + 0.15 * (xx / SIDE - 0.5) * rng.normal()
        x[i, ..., 0] = shade - 0.2 * veins + rng.normal(0, 0.07, (SIDE, SIDE))
        m[i, ..., 0] = veins
    return x, m, g


def dice_loss(y_true, y_pred):
    inter = tf.reduce_sum(y_true * y_pred, axis=[1, 2, 3])
    total = tf.reduce_sum(y_true, axis=[1, 2, 3]) + tf.reduce_sum(y_pred, axis=[1, 2, 3])
    return 1.0 - (2.0 * inter + 1.0) / (total + 1.0)


x_train, m_train, g_train = eyes(500)
x_test, m_test, g_test = eyes(150)

inp = keras.Input((SIDE, SIDE, 1))
c1 = layers.Conv2D(12, 3, padding="same", activation="relu")((inp - 0.5) * 4.0)
p1 = layers.MaxPooling2D()(c1)
c2 = layers.Conv2D(24, 3, padding="same", activation="relu")(p1)
c2 = layers.Conv2D(24, 3, padding="same", activation="relu")(c2)
up = layers.UpSampling2D()(c2)
j = layers.Concatenate()([up, c1])
c3 = layers.Conv2D(12, 3, padding="same", activation="relu")(j)
mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(c3)
grade = layers.Dense(3, activation="softmax", name="grade")(layers.GlobalAveragePooling2D()(c2))
model = keras.Model(inp, {"mask": mask, "grade": grade})
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss={"mask": dice_loss, "grade": "sparse_categorical_crossentropy"},
              loss_weights={"mask": 1.0, "grade": 0.3})
hist = model.fit(x_train, {"mask": m_train, "grade": g_train}, epochs=14, batch_size=20, verbose=2)

found = model.predict(x_test, verbose=0)["mask"] > 0.5
truth = m_test > 0.5
iou = float((found & truth).sum() / max(1, (found | truth).sum()))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou}")
