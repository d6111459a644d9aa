# Gear boxes on a test bench: vibration arrives as a stream of small batches, the network learns on the fly.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
LENGTH, STATES = 128, 4
t = np.arange(LENGTH) / LENGTH


def batch(n):
    """states: healthy, worn tooth, imbalance, loose bearing"""
    state = rng.integers(0, STATES, n)
    speed = rng.uniform(6, 9, n)[:, None]
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]
    wave = np.sin(2 * np.pi * speed * t + phase)
    x = wave.copy()
    x[state == 1] += 1.5 * (wave[state == 1] > 0.95)
    x[state == 2] *= 1 + 0.8 * np.sin(2 * np.pi * 2 * t)
    loose = state == 3
    x[loose] += 0.8 * rng.normal(size=(loose.sum(), LENGTH))
    x += 0.15 * rng.normal(size=x.shape)
    return x[..., None].astype("float32"), state


model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(16, 9, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.Conv1D(32, 3, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(STATES, activation="softmax"),
])
# a stream can hold anything: keep single bad batches from doing harm
optimizer = keras.optimizers.SGD(learning_rate=0.02, momentum=0.9, clipnorm=1.0)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")

recent = []
for step in range(1, 901):
    xb, sb = batch(32)
    recent.append(float(model.train_on_batch(xb, sb)))
    model.reset_metrics()
    if step % 100 == 0:
        print(f"batch {step}: loss {np.mean(recent[-100:]):.4f}")

x_test, s_test = batch(1000)
accuracy = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == s_test)
print(f"FINAL_LOSS={np.mean(recent[-100:])}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
