import keras
import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.datasets import load_wine

keras.utils.set_random_seed(0)

wine = dict(zip(("x", "y"), load_wine(return_X_y=True)))
order = np.random.default_rng(1).permutation(len(wine["y"]))
X, y = wine["x"][order], wine["y"][order]
n_train = 120
scaler = StandardScaler().fit(X[:n_train])
X = scaler.transform(X)

grapes = keras.Sequential(
    [
        keras.layers.Input((13,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
rate_schedule = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=1000, decay_rate=0.8)
grapes.compile(
    optimizer=keras.optimizers.SGD(rate_schedule),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
h = grapes.fit(X[:n_train], y[:n_train], epochs=150, batch_size=8, validation_data=(X[n_train:], y[n_train:]), verbose=2)

loss, accuracy = grapes.evaluate(X[n_train:], y[n_train:], verbose=0)
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
