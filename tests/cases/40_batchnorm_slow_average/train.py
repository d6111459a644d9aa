import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

pixels, digit = load_digits(return_X_y=True)
images = 15 * pixels.reshape(-1, 8, 8, 1).astype("float32")
x, x_test, y, y_test = train_test_split(images, digit, test_size=0.25, random_state=40)

inputs = keras.Input((8, 8, 1))
h = layers.Conv2D(16, 3, use_bias=False)(inputs)
h = layers.BatchNormalization(momentum=0.9999)(h)
h = layers.Activation("relu")(h)
h = layers.Dense(10, activation="softmax")(layers.Flatten()(h))
model = keras.Model(inputs, h)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=64, epochs=12, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
