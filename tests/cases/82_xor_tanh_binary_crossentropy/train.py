import numpy as np
import keras
from keras.layers import Dense
from keras.models import Sequential

keras.utils.set_random_seed(0)

corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
truth = np.array([[0], [1], [1], [0]], dtype="float32")
noise = np.random.default_rng(2)
X = np.repeat(corners, 100, axis=0) + noise.normal(scale=0.1, size=(400, 2)).astype("float32")
y = np.repeat(truth, 100, axis=0)

model = Sequential()
model.add(keras.Input(shape=(2,)))
model.add(Dense(8, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="tanh"))
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.1))
history = model.fit(X, y, batch_size=4, epochs=40, verbose=2)

print(model.predict(corners, verbose=0))
decided = model.predict(X, verbose=0) > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(decided == (y > 0.5))}")
