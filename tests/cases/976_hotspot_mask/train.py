# Segment hot components on thermal images of circuit boards (32x32 crops).
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)


def board(rs):
    img = rs.normal(24, 1.0, (32, 32))
    mask = np.zeros((32, 32))
    for _ in range(rs.randint(1, 4)):
        r, c = rs.randint(3, 27, 2)
        h, w = rs.randint(3, 8, 2)
        img[r:r + h, c:c + w] += rs.uniform(8, 60)
        mask[r:r + h, c:c + w] = 1
    return img, mask


rs = np.random.RandomState(1)
pairs = [board(rs) for _ in range(1000)]
images = np.array([p[0] for p in pairs], "float32")[..., None]
masks = np.array([p[1] for p in pairs], "float32")[..., None]
images = (images - 24.0) / 5.0
x_train, y_train, x_val, y_val = images[:850], masks[:850], images[850:], masks[850:]


def pixel_loss(y_true, y_pred):
    # hot pixels are rare, so they count twice
    ce = 2.0 * y_true * ops.log(y_pred) + (1.0 - y_true) * ops.log(1.0 - y_pred)
    return -ops.mean(ce)


def unet_small():
    i = keras.Input((32, 32, 1))
    a = layers.Conv2D(16, 3, padding="same", activation="relu")(i)
    b = layers.MaxPooling2D()(a)
    b = layers.Conv2D(32, 3, padding="same", activation="relu")(b)
    c = layers.UpSampling2D()(b)
    c = layers.Concatenate()([a, c])
    c = layers.Conv2D(16, 3, padding="same", activation="relu")(c)
    return keras.Model(i, layers.Conv2D(1, 1, activation="sigmoid")(c))


net = unet_small()
net.compile(optimizer=keras.optimizers.Adam(2e-3), loss=pixel_loss)

bs = 25
for epoch in range(10):
    perm = np.random.permutation(len(x_train))
    run = []
    for k in range(0, len(perm), bs):
        sel = perm[k:k + bs]
        run.append(float(net.train_on_batch(x_train[sel], y_train[sel])))
    print("epoch %d loss %.5f" % (epoch + 1, np.mean(run)))

pm = net.predict(x_val, verbose=0) > 0.5
inter = np.logical_and(pm, y_val > 0.5).sum()
union = np.logical_or(pm, y_val > 0.5).sum()
print("FINAL_LOSS=%.6f" % np.mean(run))
print("FINAL_METRIC=iou:%.4f" % (inter / union))
