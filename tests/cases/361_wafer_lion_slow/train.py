# Defect patterns on wafer maps.  Narrow, deep network, Lion with a very small rate and
# strong weight decay: slow, but it gets there.
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)


def wafer_maps(rng, n, size=16):
    yy, xx = (np.mgrid[0:size, 0:size] - (size - 1) / 2) / (size / 2)
    radius = np.hypot(yy, xx)
    kind = rng.integers(0, 4, n)
    maps = np.zeros((n, size, size, 1), "float32")
    for i, k in enumerate(kind):
        density = 0.05 + 0 * radius
        if k == 0:
            density = density + 0.6 * np.exp(-(radius / 0.35) ** 2)
        elif k == 1:
            density = density + 0.6 * np.exp(-((radius - 0.9) / 0.12) ** 2)
        elif k == 2:
            angle = rng.uniform(0, np.pi)
            density = density + 0.6 * np.exp(-((yy * np.cos(angle) - xx * np.sin(angle)) / 0.12) ** 2)
        maps[i, :, :, 0] = (rng.uniform(size=(size, size)) < density) & (radius < 1)
    return maps, kind


rng = np.random.default_rng(51)
x_train, y_train = wafer_maps(rng, 1200)
x_test, y_test = wafer_maps(rng, 300)

model = keras.Sequential([keras.Input((16, 16, 1))])
for filters in (16, 16, 32, 32):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="selu", kernel_initializer="lecun_normal"))
    if filters == 32:
        model.add(layers.AveragePooling2D(2))
model.add(layers.Flatten())
for _ in range(4):
    model.add(layers.Dense(24, activation="selu", kernel_initializer="lecun_normal"))
model.add(layers.Dense(4, activation="softmax"))

model.compile(optimizer=keras.optimizers.Lion(learning_rate=3e-5, weight_decay=0.1),
              loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.2), metrics=["accuracy"])
history = model.fit(x_train, keras.utils.to_categorical(y_train, 4), epochs=10, batch_size=48, verbose=2)

accuracy = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
weights = hashlib.sha256(b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())).hexdigest()
state = hashlib.sha256(b"".join(np.ascontiguousarray(v.numpy()).tobytes() for v in model.optimizer.variables)).hexdigest()
print(f"WEIGHTS_SHA256={weights}")
print(f"OPTIMIZER_SHA256={state}")
