import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# 600 expression levels, a few dozen of which follow the tissue
N_GENES, N_TISSUES = 600, 8
profile = rng.normal(0, 1.0, (N_TISSUES, N_GENES)) * (rng.random(N_GENES) < 0.08)


def samples(n):
    tissue = rng.integers(0, N_TISSUES, n)
    level = profile[tissue] + rng.normal(0, 1.0, (n, N_GENES))
    return level.astype("float32"), tissue


x_train, y_train = samples(2000)
x_val, y_val = samples(300)
x_test, y_test = samples(800)

model = keras.Sequential([
    layers.Input((N_GENES,)),
    layers.Dropout(0.3),
    layers.Dense(256, activation="relu"),
    layers.Dropout(0.8),
    layers.Dense(128, activation="relu"),
    layers.Dropout(0.8),
    layers.Dense(N_TISSUES, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=50, epochs=25, verbose=2,
                    validation_data=(x_val, y_val))

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
