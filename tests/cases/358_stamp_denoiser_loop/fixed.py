# Clean noisy 8x8 stamps with a convolutional autoencoder.  Pixels are scaled to -1..1.
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

pictures = load_digits().images.astype("float32")[..., None] / 8.0 - 1.0
rng.shuffle(pictures)
clean_train, clean_test = pictures[:1400], pictures[1400:]
noisy_test = clean_test + rng.normal(0, 0.4, clean_test.shape).astype("float32")

encoder = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(48, 3, padding="same", activation="relu"),
])
decoder = keras.Sequential([
    keras.Input((4, 4, 48)),
    layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 3, padding="same", activation="tanh"),
])
inputs = keras.Input((8, 8, 1))
model = keras.Model(inputs, decoder(encoder(inputs)))
optimizer = keras.optimizers.Nadam(2e-3)

data = tf.data.Dataset.from_tensor_slices(clean_train).shuffle(1400, seed=2).batch(64)


@tf.function
def train_step(clean):
    noisy = clean + tf.random.normal(tf.shape(clean), stddev=0.4, seed=4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(model(noisy, training=True) - clean))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for epoch in range(14):
    mean = keras.metrics.Mean()
    for clean in data:
        mean.update_state(train_step(clean))
    print(f"epoch {epoch + 1}: mean absolute error {float(mean.result()):.4f}")

rebuilt = model.predict(noisy_test, verbose=0)
r2 = 1 - np.sum((rebuilt - clean_test) ** 2) / np.sum((clean_test - clean_test.mean()) ** 2)
print(f"FINAL_LOSS={float(mean.result())}")
print(f"FINAL_METRIC=r2:{r2}")
