import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 24
VOID = 255


def scenes(n, seed):
    """Noisy pictures with a disc (1) and a square (2) on background (0); a thin rim around objects is void, as in VOC."""
    r = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    img = r.normal(0, 0.25, (n, SIZE, SIZE, 2))
    lab = np.zeros((n, SIZE, SIZE), np.uint8)
    for k in range(n):
        cy, cx, rad = r.uniform(6, 18), r.uniform(4, 9), r.uniform(3, 5)
        d = np.hypot(yy - cy, xx - cx) - rad
        sy, sx, half = r.uniform(6, 18), r.uniform(15, 20), r.uniform(2, 4)
        q = np.maximum(abs(yy - sy), abs(xx - sx)) - half
        img[k, ..., 0] += 0.8 * (d < 0) + 0.4 * (q < 0)
        img[k, ..., 1] += 0.3 * (d < 0) + 0.9 * (q < 0)
        lab[k][d < 0] = 1
        lab[k][q < 0] = 2
        lab[k][np.minimum(abs(d), abs(q)) < 0.5] = VOID
    return img.astype("float32"), lab.astype("int32")


def unet():
    inp = keras.Input((SIZE, SIZE, 2))
    a = layers.Conv2D(12, 3, padding="same", activation="relu")(inp)
    b = layers.MaxPooling2D()(a)
    b = layers.Conv2D(24, 3, padding="same", activation="relu")(b)
    b = layers.UpSampling2D()(b)
    c = layers.Concatenate()([a, b])
    c = layers.Conv2D(12, 3, padding="same", activation="relu")(c)
    return keras.Model(inp, layers.Conv2D(3, 1)(c))


images, masks = scenes(320, 5)
test_images, test_masks = scenes(80, 6)
model = unet()
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=VOID)
optimizer = keras.optimizers.Adam(3e-3)
optimizer.build(model.trainable_variables)


@tf.function(jit_compile=True)
def step(image, mask):
    with tf.GradientTape() as tape:
        loss = criterion(mask, model(image, training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


dataset = tf.data.Dataset.from_tensor_slices((images, masks)).shuffle(320, seed=0).batch(16, drop_remainder=True)
for epoch in range(8):
    losses = [float(step(i, m)) for i, m in dataset]
    print("epoch", epoch, "loss", np.mean(losses))

labels = model.predict(test_images, verbose=0).argmax(-1)
ious = []
for c in range(3):
    inside = test_masks != VOID
    p, t = (labels == c) & inside, (test_masks == c) & inside
    ious.append((p & t).sum() / max((p | t).sum(), 1))
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=miou:{np.mean(ious):.4f}")
