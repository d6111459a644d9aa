"""Which of six machines is running?  Frames of band energies -> frame layers -> mean and
deviation over time -> machine, the layout of speaker recognition."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(336)

FRAMES, BANDS, MACHINES = 50, 12, 6
profile = rng.normal(0, 0.6, (MACHINES, BANDS))
swing = rng.uniform(0.2, 1.5, (MACHINES, BANDS))
period = rng.uniform(4, 15, MACHINES)


def recordings(n):
    who = rng.integers(0, MACHINES, n)
    t = np.arange(FRAMES)[None, :, None]
    beat = np.sin(2 * np.pi * t / period[who][:, None, None] + rng.uniform(0, 6.3, (n, 1, 1)))
    bands = profile[who][:, None, :] + swing[who][:, None, :] * beat
    room = rng.normal(0, 0.7, (n, 1, BANDS))
    return (bands + room + rng.normal(0, 0.5, (n, FRAMES, BANDS))).astype("float32"), who


class StatisticsPooling(layers.Layer):
    def call(self, x):
        mean = ops.mean(x, axis=1)
        deviation = ops.sqrt(ops.var(x, axis=1) + 1e-5)
        return ops.concatenate([mean, deviation], axis=-1)


x_train, y_train = recordings(1500)
x_test, y_test = recordings(400)

model = keras.Sequential([
    keras.Input((FRAMES, BANDS)),
    layers.Conv1D(48, 5, activation="relu"),
    layers.Conv1D(48, 3, activation="relu", dilation_rate=2),
    layers.Conv1D(64, 1, activation="relu", bias_initializer=keras.initializers.Constant(-0.3)),
    StatisticsPooling(),
    layers.Dense(48, activation="relu"),
    layers.Dense(MACHINES, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=12, batch_size=32, validation_split=0.1, verbose=2)

prob = model.predict(x_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(prob.argmax(1) == y_test)}")
