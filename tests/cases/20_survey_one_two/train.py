import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(20)

items = rng.integers(1, 6, (1800, 12)).astype("float32")
score = (items - 3) @ rng.normal(size=12) + rng.normal(0, 1, 1800)
answer = 1 + (score > 0)  # 1: no, 2: yes, as in the codebook

inputs = keras.Input((12,))
h = layers.Rescaling(0.5, offset=-1.5)(inputs)
h = layers.Dense(24, activation="tanh")(h)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "binary_crossentropy")
history = model.fit(items[:1400], answer[:1400], batch_size=32, epochs=25, verbose=2)

guess = 1 + (model.predict(items[1400:], verbose=0)[:, 0] > 0.5)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == answer[1400:]):.4f}")
