# Read digits on parcels, trained batch by batch with small random shifts.
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32").reshape(-1, 8, 8, 1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=1, stratify=y)


def shifted(images):
    moved = images.copy()
    for i in range(len(images)):
        if rng.uniform() < 0.3:
            moved[i] = np.roll(images[i], rng.integers(-1, 2), axis=rng.integers(0, 2))
    return moved


model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(48, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.25),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

BATCH = 64
for epoch in range(12):
    order = rng.permutation(len(x_train))
    losses = []
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start:start + BATCH]
        result = model.train_on_batch(shifted(x_train[rows]), y_train[rows], return_dict=True)
        losses.append(float(result["loss"]))
    print(f"epoch {epoch + 1:2d}  loss {losses[-1]:.4f}")

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
