"""Vowels of dialect speakers from formant tracks; network taken over from a torch project."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(621)
VOWELS = ["a", "e", "i", "o", "u", "ae", "oe", "ue"]
CENTRES = np.array([[750, 1250], [500, 1900], [290, 2250], [480, 850], [320, 750], [680, 1750], [470, 1500],
                    [300, 1700]], float)


def track(vowel):
    tract = rng.normal(1.0, 0.06)
    f = CENTRES[vowel] * tract
    t = np.linspace(-1, 1, 20)[:, None]
    glide = rng.normal(size=2) * [40, 90]
    noise = rng.normal(size=(20, 2)) * [25, 60]
    pitch = rng.normal(150, 35) + 8 * t + rng.normal(size=(20, 1)) * 3
    energy = 60 + 8 * (1 - t ** 2) + rng.normal(size=(20, 1))
    return np.concatenate([f + glide * t + noise, pitch, energy], axis=1)


labels = rng.integers(0, len(VOWELS), 2102)
x = np.stack([track(v) for v in labels])
x_train, x_test = x[:1602], x[1602:]
y_train, y_test = labels[:1602], labels[1602:]
mean, std = x_train.mean(axis=(0, 1)), x_train.std(axis=(0, 1))
x_train, x_test = ((x_train - mean) / std).astype("float32"), ((x_test - mean) / std).astype("float32")


def block(units):
    return [
        layers.Dense(units, use_bias=False),
        layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
        layers.ReLU(),
    ]


model = keras.Sequential(
    [keras.Input((20, 4)),
     layers.Conv1D(24, 5, padding="same", activation="relu"),
     layers.MaxPooling1D(2),
     layers.Conv1D(32, 3, padding="same", activation="relu"),
     layers.Flatten()]
    + block(64) + block(64) + block(32)
    + [layers.Dense(len(VOWELS), activation="softmax")]
)
model.compile(optimizer=keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=16,
                    validation_data=(x_test, y_test), verbose=2)

guess = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test):.4f}")
