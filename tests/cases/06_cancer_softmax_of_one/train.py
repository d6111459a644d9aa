import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

cells, benign = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(cells, benign, test_size=0.25, random_state=6)
scaler = StandardScaler().fit(x)
x, x_test = scaler.transform(x), scaler.transform(x_test)

inputs = keras.Input((30,))
h = layers.Dense(16, activation="relu")(inputs)
h = layers.Dropout(0.2)(h)
answer = layers.Dense(1, activation="softmax")(h)
model = keras.Model(inputs, answer)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=16, epochs=25, validation_split=0.1, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(guess == y_test).mean():.4f}")
