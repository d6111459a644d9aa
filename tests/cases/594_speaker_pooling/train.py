"""Which of three people speaks?  Frames are pooled to their mean and spread over time."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
FRAMES, BANDS = 40, 12


def clips(n, seed):
    gen = np.random.default_rng(seed)
    who = gen.integers(0, 3, n)
    voice = np.random.default_rng(99).uniform(0.4, 1.6, (3, BANDS))
    sound = gen.normal(size=(n, FRAMES, BANDS)) * voice[who][:, None, :]
    sound = sound + gen.normal(0.0, 0.3, (n, 1, BANDS))
    return sound.astype("float32"), who


x, y = clips(1200, seed=71)
x[::150] = 0.0  # the microphone was muted
x_test, y_test = clips(500, seed=72)


class Pooling(layers.Layer):
    def call(self, frames):
        centre = ops.mean(frames, axis=1)
        spread = ops.sqrt(ops.var(frames, axis=1))
        return ops.concatenate([centre, spread], axis=1)


clip = keras.Input((FRAMES, BANDS))
pooled = Pooling()(layers.Dense(24)(clip))
hidden = layers.Dense(32, activation="relu")(pooled)
model = keras.Model(clip, layers.Dense(3, activation="softmax")(hidden))
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=40, epochs=10, verbose=2)

accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
