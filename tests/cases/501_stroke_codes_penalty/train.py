import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

x = (load_digits().data / 16.0).astype("float32")
np.random.default_rng(0).shuffle(x)
x_train, x_test = x[:1500], x[1500:]

inp = keras.Input((64,))
encoded = layers.Dense(32, activation="relu",
                       activity_regularizer=regularizers.l1(1e-1))(inp)
decoded = layers.Dense(64, activation="sigmoid")(encoded)
autoencoder = keras.Model(inp, decoded)
encoder = keras.Model(inp, encoded)

autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
hist = autoencoder.fit(x_train, x_train, epochs=25, batch_size=32,
                       validation_data=(x_test, x_test), verbose=2)

rec = autoencoder.predict(x_test, verbose=0)
r2 = 1 - np.mean((rec - x_test) ** 2) / np.mean((x_test - x_train.mean(0)) ** 2)
print("mean activity of a code unit:", float(encoder.predict(x_test, verbose=0).mean()))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
