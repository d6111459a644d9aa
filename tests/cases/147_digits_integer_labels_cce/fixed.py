import keras
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

bunch = load_digits()
images = (bunch.images / 16.0).astype("float32")[..., np.newaxis]
labels = bunch.target
order = np.random.permutation(len(images))
images, labels = images[order], labels[order]

cnn = keras.Sequential([
    keras.Input((8, 8, 1)),
    keras.layers.Conv2D(16, 3, activation="relu"),
    keras.layers.MaxPooling2D(),
    keras.layers.Flatten(),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
cnn.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
log = cnn.fit(images[:1400], labels[:1400], epochs=15, batch_size=32, verbose=2)
loss, accuracy = cnn.evaluate(images[1400:], labels[1400:], verbose=0)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
