import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

IMG = 16
BATCH = 32
EPOCHS = 10

digits = load_digits()
images = (digits.images / 16.0).astype("float32")[..., None]
images = tf.image.resize(images, (IMG, IMG)).numpy()
labels = keras.utils.to_categorical(digits.target, 10)
order = np.random.permutation(len(images))
images, labels = images[order], labels[order]
n_train = 1400


def jitter(img, lab):
    img = tf.pad(img, [[2, 2], [2, 2], [0, 0]])
    img = tf.image.random_crop(img, (IMG, IMG, 1))
    img = tf.image.random_brightness(img, 0.1)
    return img, lab


train_ds = (tf.data.Dataset.from_tensor_slices((images[:n_train], labels[:n_train]))
            .shuffle(n_train, seed=1)
            .map(jitter, num_parallel_calls=2)
            .batch(BATCH)
            .prefetch(2))
test_ds = tf.data.Dataset.from_tensor_slices((images[n_train:], labels[n_train:])).batch(128)


def conv_block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    return layers.Dropout(0.25)(x)


inp = keras.Input((IMG, IMG, 1))
h = conv_block(inp, 32)
h = conv_block(h, 64)
h = layers.Flatten()(h)
h = layers.Dense(256, activation="relu")(h)
h = layers.Dropout(0.5)(h)
out = layers.Dense(10, activation="softmax")(h)
net = keras.Model(inp, out)

net.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
hist = net.fit(train_ds, validation_data=test_ds, epochs=EPOCHS, verbose=2)

probs = net.predict(test_ds, verbose=0)
acc = np.mean(probs.argmax(1) == labels[n_train:].argmax(1))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
