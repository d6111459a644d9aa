import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)
x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)

# sparse convolutional code that rebuilds the picture and also names the digit
inp = keras.Input((8, 8, 1))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
h = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
code = layers.Dense(64, activation="relu", activity_regularizer=regularizers.l1(0.5 / 128), name="code")(h)
r = layers.Dense(4 * 4 * 16, activation="relu")(code)
r = layers.Reshape((4, 4, 16))(r)
r = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(r)
picture = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="picture")(r)
digit = layers.Dense(10, activation="softmax", name="digit")(code)

model = keras.Model(inp, {"picture": picture, "digit": digit})
model.compile(optimizer="adam",
              loss={"picture": "binary_crossentropy", "digit": "sparse_categorical_crossentropy"})
hist = model.fit(x_train, {"picture": x_train, "digit": y_train}, batch_size=128, epochs=25, verbose=2)

pred = model.predict(x_test, verbose=0)
acc = float(np.mean(pred["digit"].argmax(1) == y_test))
err = np.sum((pred["picture"] - x_test) ** 2)
print("rebuilt R2 %.3f" % (1 - err / np.sum((x_test - x_train.mean(0)) ** 2)))
active = keras.Model(inp, code).predict(x_test, verbose=0)
print("active share of the code %.3f" % np.mean(active > 0))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
