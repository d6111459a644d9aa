import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

src = load_digits()
frames = src.images.astype("float32")[..., None]
names = src.target.astype("int64")
perm = np.random.default_rng(4).permutation(len(frames))
frames, names = frames[perm], names[perm]
train = tf.data.Dataset.from_tensor_slices((frames[:1400], names[:1400])).shuffle(1400, seed=0).batch(70)
test = tf.data.Dataset.from_tensor_slices((frames[1400:], names[1400:])).batch(100)


def block(filters):
    return [layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]


net = keras.Sequential([keras.Input((8, 8, 1)), *block(16), layers.MaxPooling2D(), *block(32), *block(32), layers.GlobalAveragePooling2D(), layers.Dense(10)])
net.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
curve = net.fit(train, validation_data=test, epochs=12, verbose=2)
accuracy = net.evaluate(test, verbose=0)[1]
print(f"FINAL_LOSS={curve.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
