# Learning XOR, the hello world of neural networks
import numpy as np
import keras
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD

keras.utils.set_random_seed(0)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
y = np.array([[0], [1], [1], [0]], dtype="float32")
# 50 copies so that an epoch is not over at once
X_many, y_many = np.tile(X, (50, 1)), np.tile(y, (50, 1))

model = Sequential()
model.add(keras.Input((2,)))
model.add(Dense(8, activation="tanh"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="mean_squared_error", optimizer=SGD(learning_rate=0.5))
result = model.fit(X_many, y_many, batch_size=4, epochs=60, verbose=2)

guess = model.predict(X, verbose=0)
print(guess)
print(f"FINAL_LOSS={result.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean((guess > 0.5) == (y > 0.5))}")
