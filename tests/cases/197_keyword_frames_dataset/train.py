"""Spoken commands: eight words, each clip is 16 mel frames of 12 bands, fed by a keras PyDataset."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
WORDS, FRAMES, BANDS = 8, 16, 12
rng = np.random.default_rng(51)
shapes = rng.normal(0.0, 1.0, (WORDS, FRAMES, BANDS))


def clips(n):
    word = rng.integers(0, WORDS, n)
    mel = shapes[word] + rng.normal(0.0, 1.0, (n, FRAMES, BANDS))
    return mel.astype("float32"), word.astype("int32")


class Commands(keras.utils.PyDataset):
    def __init__(self, mel, word, batch_size=32, **kwargs):
        super().__init__(**kwargs)
        self.mel, self.word, self.batch_size = mel, word, batch_size
        self.order = np.random.permutation(len(mel))

    def __len__(self):
        return len(self.mel) // self.batch_size

    def __getitem__(self, index):
        take = slice(index * self.batch_size, (index + 1) * self.batch_size)
        mel = self.mel[self.order[take]]
        mel = np.roll(mel, np.random.randint(-1, 2), axis=1)
        return mel, self.word[take]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


x, y = clips(1600)
x_test, y_test = clips(600)
model = keras.Sequential(
    [
        keras.Input((FRAMES, BANDS)),
        layers.Conv1D(32, 3, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Flatten(),
        layers.Dense(48, activation="relu"),
        layers.Dense(WORDS, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(Commands(x, y), epochs=10, verbose=2)

accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
