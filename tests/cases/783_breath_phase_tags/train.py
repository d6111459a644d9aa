"""Breathing belt: every time step of a recording is tagged as inhale, hold, exhale or pause."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
STEPS, PHASES = 80, 4
rng = np.random.default_rng(41)


def record():
    """One belt recording (volume, flow) with the phase of each step."""
    volume, tags, level, phase = [], [], 0.0, int(rng.integers(PHASES))
    if phase in (1, 2):
        level = 1.0
    while len(tags) < STEPS:
        length = int(rng.integers(6, 14))
        goal = (1.0, 1.0, 0.0, 0.0)[phase]
        for part in np.linspace(level, goal, length, endpoint=False):
            volume.append(part)
            tags.append(phase)
        level, phase = goal, (phase + 1) % PHASES
    v = np.array(volume[:STEPS]) + rng.normal(0, 0.03, STEPS)
    return np.stack([v, np.gradient(v)], axis=1), np.array(tags[:STEPS])


pairs = [record() for _ in range(900)]
signal = np.stack([p[0] for p in pairs]).astype("float32")
signal = (signal - signal.mean((0, 1))) / signal.std((0, 1))
tags = np.stack([p[1] for p in pairs])
onehot = np.eye(PHASES, dtype="float32")[tags]


class Tagger(keras.Model):
    def __init__(self):
        super().__init__()
        self.front = keras.layers.Conv1D(24, 7, padding="same", activation="tanh")
        self.memory = keras.layers.Bidirectional(keras.layers.GRU(16, return_sequences=True))
        self.phase = keras.layers.Dense(PHASES, activation="relu")

    def call(self, x):
        return self.phase(self.memory(self.front(x)))


tagger = Tagger()
opt = keras.optimizers.Nadam(4e-3)
cce = keras.losses.CategoricalCrossentropy()
stream = tf.data.Dataset.from_tensor_slices((signal[:700], onehot[:700])).shuffle(700, seed=3).batch(35)


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        value = cce(y, tagger(x))
    opt.apply_gradients(zip(tape.gradient(value, tagger.trainable_variables), tagger.trainable_variables))
    return value


for epoch in range(5):
    losses = [float(step(x, y)) for x, y in stream]
    print("epoch", epoch, "loss", np.mean(losses))

found = tagger(signal[700:]).numpy().argmax(-1)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{np.mean(found == tags[700:]):.4f}")
