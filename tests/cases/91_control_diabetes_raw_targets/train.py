import keras
import numpy as np
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.datasets import load_diabetes

keras.utils.set_random_seed(0)

npz = dict(zip(("x", "y"), load_diabetes(return_X_y=True)))
X_train, X_test, y_train, y_test = train_test_split(npz["x"] * 20, npz["y"], test_size=0.25, random_state=42)

# progression is 25..346, used as it is
model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(32, activation="relu", kernel_regularizer="l2"),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.02), metrics=["mae"])
history = model.fit(X_train, y_train, validation_split=0.1, epochs=120, batch_size=32, verbose=2)

print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(y_test, model.predict(X_test, verbose=0).ravel())}")
