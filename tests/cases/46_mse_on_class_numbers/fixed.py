import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

pixels, digit = load_digits(return_X_y=True)
x, x_test, y, y_test = train_test_split(pixels / 16.0, digit[:, None], test_size=0.25, random_state=46)

model = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
history = model.fit(x, y, batch_size=32, epochs=20, verbose=2)

guess = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(guess == y_test[:, 0]).mean():.4f}")
