import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

pixels, digit = load_digits(return_X_y=True)
x, x_test, y, y_test = train_test_split(pixels / 16.0, digit, test_size=0.25, random_state=11)

model = keras.Sequential([keras.Input((64,))])
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=32, epochs=20, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
