import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

digits = load_digits()
x = (digits.data / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(
    x, digits.target, test_size=0.25, random_state=0, stratify=digits.target)

act = "relu"
model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(128, activation=act),
    layers.Dense(64, activation=act),
    layers.Dense(32, activation=act),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=25, batch_size=32, verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
