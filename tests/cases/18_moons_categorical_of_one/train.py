import keras
import numpy as np
from keras import layers
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)

x, y = make_moons(1500, noise=0.2, random_state=2)
x_test, y_test = make_moons(600, noise=0.2, random_state=3)

model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
history = model.fit(x, y[:, None], batch_size=32, epochs=20, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == (y_test > 0.5)):.4f}")
