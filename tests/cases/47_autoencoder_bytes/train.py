import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

scans = np.round(load_digits().data * 15.9375).astype("float32")  # 0 to 255
x, x_test = scans[:1400], scans[1400:]

inputs = keras.Input((64,))
code = layers.Dense(24, activation="relu")(inputs)
back = layers.Dense(64, activation="sigmoid")(code)
model = keras.Model(inputs, back, name="autoencoder")
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy")
history = model.fit(x, x, batch_size=32, epochs=30, verbose=2)

error = np.mean((model.predict(x_test, verbose=0) - x_test) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - error / np.mean((x_test - x_test.mean(axis=0)) ** 2):.4f}")
