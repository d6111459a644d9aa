import numpy as np
import keras
from keras import layers
import keras.ops as K

keras.utils.set_random_seed(0)
SPEAKERS, FRAMES, BINS = 8, 60, 20

voice = np.random.RandomState(3)
timbre = voice.normal(0, 1, (SPEAKERS, BINS))
liveliness = voice.uniform(0.3, 1.5, (SPEAKERS, BINS))


def utterances(batch, seed):
    r = np.random.RandomState(seed)
    while True:
        who = r.randint(0, SPEAKERS, batch)
        frames = r.normal(0, 1, (batch, FRAMES, BINS))
        frames = 0.6 * timbre[who][:, None] + liveliness[who][:, None] * frames
        frames = frames + r.normal(0, 0.8, (batch, 1, BINS))
        yield frames.astype("float32"), who.astype("int32")


class StatsPooling(layers.Layer):
    """Mean and standard deviation over time, as in x-vectors."""

    def call(self, h):
        mean = K.mean(h, axis=1)
        spread = K.sqrt(K.mean(K.square(h), axis=1) - K.square(mean))
        return K.concatenate([mean, spread], axis=-1)


xvector = keras.Sequential(name="xvector")
xvector.add(keras.Input((FRAMES, BINS)))
xvector.add(layers.Conv1D(48, 5, activation="relu"))
xvector.add(layers.Conv1D(48, 3, dilation_rate=2, activation="relu"))
xvector.add(layers.Conv1D(64, 1, activation="relu"))
xvector.add(StatsPooling())
xvector.add(layers.Dense(32, activation="relu"))
xvector.add(layers.Dense(SPEAKERS))
xvector.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
fit = xvector.fit(utterances(32, 10), steps_per_epoch=60, epochs=8, verbose=2)

frames, who = next(utterances(600, 99))
hit = np.argmax(xvector.predict(frames, verbose=0), axis=-1) == who
print("FINAL_LOSS={}".format(fit.history["loss"][-1]))
print("FINAL_METRIC=accuracy:{:.4f}".format(hit.mean()))
