import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

# grey pictures with one signboard, a plain or a striped one; box = left, top, right, bottom in 0..1
SIZE = 24


def pictures(n):
    x = 0.25 * rng.random((n, SIZE, SIZE, 1))
    box = np.zeros((n, 4))
    striped = rng.integers(0, 2, n)
    for i in range(n):
        w, h = rng.integers(4, 11, 2)
        l, t = rng.integers(0, SIZE - w), rng.integers(0, SIZE - h)
        x[i, t:t + h, l:l + w] += 0.7
        if striped[i]:
            x[i, t:t + h:2, l:l + w] -= 0.4
        box[i] = [l, t, l + w, t + h]
    return x.astype("float32"), (box / SIZE).astype("float32"), striped.astype("float32")


x_train, box_train, kind_train = pictures(3000)
x_test, box_test, kind_test = pictures(600)


def overlap(a, b):
    left_top = ops.maximum(a[:, :2], b[:, :2])
    right_bottom = ops.minimum(a[:, 2:], b[:, 2:])
    side = ops.relu(right_bottom - left_top)
    inter = side[:, 0] * side[:, 1]
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    return inter / (area_a + area_b - inter)


def iou_loss(true, pred):
    return -ops.log(overlap(true, pred) + 1e-7)


inp = keras.Input((SIZE, SIZE, 1))
h = layers.Conv2D(12, 3, strides=2, padding="same", activation="relu")(inp)
h = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Conv2D(24, 3, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(64, activation="relu")(h)
centre = layers.Dense(2, activation="sigmoid")(h)
half = layers.Rescaling(0.5)(layers.Dense(2, activation="sigmoid")(h))
box = layers.Concatenate(name="box")([layers.Subtract()([centre, half]), layers.Add()([centre, half])])
kind = layers.Dense(1, activation="sigmoid", name="kind")(h)

model = keras.Model(inp, {"box": box, "kind": kind})
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss={"box": iou_loss, "kind": "binary_crossentropy"})
hist = model.fit(x_train, {"box": box_train, "kind": kind_train}, batch_size=50, epochs=10, verbose=2)

pred = model.predict(x_test, verbose=0)
iou = np.nan_to_num(ops.convert_to_numpy(overlap(ops.convert_to_tensor(box_test),
                                                 ops.convert_to_tensor(pred["box"]))))
print("striped or plain %.3f" % np.mean((pred["kind"][:, 0] > 0.5) == (kind_test > 0.5)))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=mean_iou:%f" % iou.mean())
