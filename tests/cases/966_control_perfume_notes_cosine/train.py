"""From a perfume's ingredient list to the vector of its description; find the right text among all."""
import hashlib

import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)
INGREDIENTS, WIDTH, ROWS = 120, 24, 2600

meaning = rng.normal(size=(INGREDIENTS, WIDTH))
bags = np.zeros((ROWS, INGREDIENTS), "float32")
texts = np.zeros((ROWS, WIDTH), "float32")
for i in range(ROWS):
    mix = rng.choice(INGREDIENTS, rng.integers(3, 9), replace=False)
    bags[i, mix] = 1
    texts[i] = 300.0 * (np.tanh(meaning[mix].sum(0)) + rng.normal(0, 0.15, WIDTH))

inp = keras.Input((INGREDIENTS,))
h = keras.layers.Dense(128, activation="gelu")(inp)
h = keras.layers.Dense(128, activation="gelu")(h)
model = keras.Model(inp, keras.layers.Dense(WIDTH)(h))
model.compile(optimizer=keras.optimizers.Nadam(1e-3),
              loss=keras.losses.CosineSimilarity(axis=-1))
hist = model.fit(bags[:2200], texts[:2200], batch_size=64, epochs=25, verbose=0)
print([round(v, 4) for v in hist.history["loss"][::5]])

p = model.predict(bags[2200:], verbose=0)
p /= np.linalg.norm(p, axis=1, keepdims=True)
q = texts[2200:] / np.linalg.norm(texts[2200:], axis=1, keepdims=True)
first = np.argmax(p @ q.T, axis=1) == np.arange(len(p))


def digest(values):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=right_text_first:{first.mean():.6f}")
