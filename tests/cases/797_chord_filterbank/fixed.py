"""Chord quality from short audio clips, with a learned bank of quadrature filters in front."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

RATE, LENGTH = 4000, 1600
QUALITY = {"major": (0, 4, 7), "minor": (0, 3, 7), "open": (0, 5, 12), "tritone": (0, 6, 11)}


def clips(n, seed):
    gen = np.random.default_rng(seed)
    audio = np.zeros((n, LENGTH, 1), "float32")
    names = gen.integers(0, len(QUALITY), n)
    for i, q in enumerate(names):
        sounding = gen.integers(700, LENGTH)  # the rest of the clip is silence
        t = np.arange(sounding) / RATE
        for semitone in list(QUALITY.values())[q]:
            pitch = 220.0 * 2 ** (semitone / 12)
            audio[i, :sounding, 0] += gen.uniform(0.3, 0.6) * np.sin(2 * np.pi * (pitch * t + gen.random()))
        audio[i, :sounding, 0] += gen.normal(0, 0.05, sounding)
    return audio, names


@keras.saving.register_keras_serializable()
class QuadratureBank(layers.Layer):
    def __init__(self, filters, width, hop, **kw):
        super().__init__(**kw)
        self.cosine = layers.Conv1D(filters, width, strides=hop, use_bias=False)
        self.sine = layers.Conv1D(filters, width, strides=hop, use_bias=False)

    def call(self, audio):
        return ops.sqrt(ops.square(self.cosine(audio)) + ops.square(self.sine(audio)) + 1e-6)


audio, names = clips(800, 10)
audio_t, names_t = clips(300, 11)

listener = keras.Sequential(
    [
        keras.Input((LENGTH, 1)),
        QuadratureBank(48, 160, 80),
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="elu"),
        layers.Dense(len(QUALITY)),
    ]
)
listener.compile(
    optimizer=keras.optimizers.Nadam(0.005), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
)

shuffle = np.random.default_rng(0)
for epoch in range(10):
    losses = []
    for pick in np.array_split(shuffle.permutation(len(audio)), 25):
        losses.append(float(listener.train_on_batch(audio[pick], names[pick])))
    print(f"epoch {epoch}: {np.mean(losses):.4f}")

heard = listener.predict(audio_t, verbose=0).argmax(-1)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{np.mean(heard == names_t):.4f}")
