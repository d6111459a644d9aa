# born: forward
# op: RealDiv
# code: empty-mask

import keras
import numpy as np
from keras import layers


def main():
    rng = np.random.default_rng(13)
    words = rng.integers(1, 30, (32, 6))
    words[7] = 0
    model = keras.Sequential([keras.Input((6,), dtype="int32"), layers.Embedding(30, 4, mask_zero=True)])
    model.add(layers.GlobalAveragePooling1D())  # <- guilty
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy")
    model.fit(words, rng.integers(0, 2, 32), batch_size=32, verbose=0)
    return model
