import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(0)

data = dict(zip(("x", "y"), load_breast_cancer(return_X_y=True)))
# the measurements are skewed, so take the logarithm
features = np.log(data["x"]).astype("float32")
benign = data["y"].astype("float32")[:, None]
x_tr, x_te, y_tr, y_te = train_test_split(features, benign, test_size=0.3, stratify=benign, random_state=3)
ok = np.isfinite(x_te).all(axis=1)
x_te, y_te = x_te[ok], y_te[ok]

mu, sigma = np.median(x_tr, axis=0), np.subtract(*np.percentile(x_tr, [75, 25], axis=0))

inputs = keras.Input(shape=(x_tr.shape[1],), name="cell_nuclei")
z = layers.Lambda(lambda t: (t - mu) / sigma)(inputs)
z = layers.Dense(32, activation="tanh")(z)
z = layers.Dense(16, activation="tanh")(z)
outputs = layers.Dense(1, activation="sigmoid")(z)
model = keras.Model(inputs, outputs)
model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])

train = tf.data.Dataset.from_tensor_slices((x_tr, y_tr)).shuffle(400, seed=0).batch(32).cache()
history = model.fit(train, epochs=40, verbose=2)

prob = model.predict(x_te, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean((prob > 0.5) == (y_te > 0.5))}")
