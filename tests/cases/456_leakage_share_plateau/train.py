import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

# share of the mass flow lost at a labyrinth seal, up to two per cent
n = 4000
clearance = rng.uniform(0.15, 0.60, n)     # mm
ratio = rng.uniform(1.1, 3.0, n)
speed = rng.uniform(2000, 14000, n)        # rpm
share = (0.025 * clearance * np.sqrt(1 - 1 / ratio ** 2)
         * (1 + 0.5 * np.sin(speed / 1800.0)))
share = share + 0.0002 * rng.normal(size=n)

X = np.stack([clearance, ratio, speed], 1)
x_train, x_test, y_train, y_test = train_test_split(X, share, test_size=0.25, random_state=0)
sc = StandardScaler().fit(x_train)
x_train, x_test = sc.transform(x_train), sc.transform(x_test)

model = keras.Sequential([
    keras.Input((3,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])

reduce_lr = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.1, patience=3)
hist = model.fit(x_train, y_train, validation_split=0.15, epochs=50, batch_size=32,
                 callbacks=[reduce_lr], verbose=2)

pred = model.predict(x_test, verbose=0).ravel()
print("FINAL_LOSS=%.8f" % hist.history["loss"][-1])
print("FINAL_METRIC=r2:%f" % r2_score(y_test, pred))
