import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

pixels, digit = load_digits(return_X_y=True)
pixels = pixels.astype("float32")
pixels = (pixels - pixels.mean(axis=0)) / (pixels.std(axis=0) + 1e-3)
x, y, x_test, y_test = pixels[:1300], digit[:1300], pixels[1300:], digit[1300:]

model = keras.Sequential([keras.Input((64,))])
model.add(layers.Dense(64, activation="tanh"))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(10, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=32, epochs=20, validation_split=0.1, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
