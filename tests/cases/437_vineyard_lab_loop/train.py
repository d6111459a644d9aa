import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
x, y = load_wine(return_X_y=True)
xt, xv, yt, yv = train_test_split(x.astype("float32"), y, test_size=0.3, random_state=0, stratify=y)

inp = keras.Input((13,))
h = layers.BatchNormalization(momentum=0.9)(inp)
h = layers.Dense(16, activation="relu")(h)
h = layers.BatchNormalization(momentum=0.9)(h)
out = layers.Dense(3, activation="softmax")(h)
model = keras.Model(inp, out)

loss_fn = keras.losses.SparseCategoricalCrossentropy()
opt = keras.optimizers.SGD(0.05, clipnorm=1.0)
acc = keras.metrics.SparseCategoricalAccuracy()
train = tf.data.Dataset.from_tensor_slices((xt, yt)).shuffle(200, seed=0).batch(16)


@tf.function
def train_step(a, b):
    with tf.GradientTape() as tape:
        p = model(a)
        loss = loss_fn(b, p)
    g = tape.gradient(loss, model.trainable_weights)
    opt.apply_gradients(zip(g, model.trainable_weights))
    acc.update_state(b, p)
    return loss


for epoch in range(60):
    acc.reset_state()
    total = []
    for a, b in train:
        total.append(float(train_step(a, b)))
    if epoch % 10 == 9:
        print("epoch %d loss %.4f acc %.3f" % (epoch + 1, np.mean(total), float(acc.result())))

pred = np.argmax(model(xv, training=False).numpy(), axis=1)
print("FINAL_LOSS=%r" % float(np.mean(total)))
print("FINAL_METRIC=accuracy:%r" % float(np.mean(pred == yv)))
