import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

x, progression = load_diabetes(return_X_y=True)
order = np.random.default_rng(23).permutation(len(x))
x, y = x[order] / x.std(axis=0), progression[order]

model = keras.Sequential([keras.Input((10,)), layers.Dense(48, activation="relu"), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.03, momentum=0.9), loss="mse")
history = model.fit(x[:350], y[:350], batch_size=16, epochs=30, verbose=2)

guess = model.predict(x[350:], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(y[350:], np.nan_to_num(guess)):.4f}")
