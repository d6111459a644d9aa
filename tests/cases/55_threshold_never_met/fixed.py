import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(55)

flight = rng.normal(size=(2000, 6)).astype("float32")
minutes = np.clip(20 + 12 * flight[:, 0] - 9 * flight[:, 1] + 3 * rng.normal(size=2000), 0, 59)
late = (minutes > 20).astype("int32")
truth = minutes > 20

model = keras.Sequential(
    [keras.Input((6,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy")
history = model.fit(flight[:1600], late[:1600], batch_size=32, epochs=15, verbose=2)

guess = model.predict(flight[1600:], verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == truth[1600:]):.4f}")
