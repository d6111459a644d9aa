import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

x, progression = load_diabetes(return_X_y=True)
x = (x - x.mean(axis=0)) / x.std(axis=0)
order = np.random.default_rng(0).permutation(len(x))
train, test = order[:350], order[350:]

model = keras.Sequential([keras.Input((10,))])
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x[train], progression[train], batch_size=16, epochs=60, verbose=2)

guess = model.predict(x[test], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(progression[test], guess):.4f}")
