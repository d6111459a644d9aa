"""A convolutional trunk learnt on the digits 0..4 is frozen and gets a new head for the digits 5..9."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).reshape(-1, 8, 8, 1).astype("float32")

low, high = y < 5, y >= 5
X_low, y_low = X[low], y[low]
X_tr, X_te, y_tr, y_te = train_test_split(X[high], y[high] - 5, test_size=0.3, random_state=2, stratify=y[high])

trunk = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(64, 3, padding="same", activation="relu"),
    layers.Flatten(),
], name="trunk")

source = keras.Sequential([trunk, layers.Dense(48, activation="relu"), layers.Dense(5, activation="softmax")])
source.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
source.fit(X_low, y_low, epochs=12, batch_size=32, verbose=0)
print("source task", source.evaluate(X_low, y_low, verbose=0))

trunk.trainable = False

target = keras.Sequential([
    trunk,
    layers.Dense(48, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(5, activation="softmax"),
])
target.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-5),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=8, restore_best_weights=True)
history = target.fit(X_tr, y_tr, validation_split=0.15, epochs=12, batch_size=32, callbacks=[stop], verbose=2)

_, accuracy = target.evaluate(X_te, y_te, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
