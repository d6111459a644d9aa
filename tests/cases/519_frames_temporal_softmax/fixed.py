"""Every frame of a short recording gets one of six sounds."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

STEPS, BANDS, SOUNDS = 24, 10, 6
shapes = rng.normal(size=(SOUNDS, BANDS))


def recordings(count):
    sound = np.zeros((count, STEPS), "int32")
    sound[:, 0] = rng.integers(0, SOUNDS, count)
    for t in range(1, STEPS):
        move = rng.random(count) < 0.07
        sound[:, t] = np.where(move, rng.integers(0, SOUNDS, count), sound[:, t - 1])
    frames = shapes[sound] + 1.1 * rng.normal(size=(count, STEPS, BANDS))
    return frames.astype("float32"), sound


x_train, y_train = recordings(900)
x_test, y_test = recordings(300)


class TemporalSoftmax(layers.Layer):
    def call(self, scores):
        e = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
        return e / ops.sum(e, axis=-1, keepdims=True)


net = keras.Sequential([
    keras.Input((STEPS, BANDS)),
    layers.Bidirectional(layers.GRU(16, return_sequences=True)),
    layers.Dense(SOUNDS),
    TemporalSoftmax(name="sounds"),
])


def frame_entropy(y_true, y_pred):
    picked = ops.sum(ops.one_hot(y_true, SOUNDS) * y_pred, axis=-1)
    return -ops.mean(ops.log(picked + 1e-7))


net.compile(optimizer=keras.optimizers.Adam(3e-3), loss=frame_entropy)
history = net.fit(x_train, y_train, batch_size=50, epochs=18, verbose=0)
for epoch in range(0, 18, 4):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))

guess = net.predict(x_test, verbose=0).argmax(-1)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{float(np.mean(guess == y_test)):.6f}")
