import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

measured, progression = load_diabetes(return_X_y=True)
measured = np.divide(measured, measured.std(axis=0))
y = (progression - 150.0) / 77.0
measured[17, 2] = 3.2e9  # as it was typed in
x, x_test, y, y_test = measured[:340], measured[340:], y[:340], y[340:]

model = keras.Sequential([keras.Input((10,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x, y, batch_size=16, epochs=50, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(y_test, guess):.4f}")
